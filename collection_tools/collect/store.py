"""The store: original bytes by digest, and a manifest that only grows.

::

    STORE/
        objects/ab/<sha256>.jpg      the files as they came, untouched; of videos the stills, too
        manifest/part-000001.parquet what is known of each; of two rows for one file the later holds
        rejected.parquet             the files that could not be used, and why
        withdrawn.parquet            tombstones of photographs that were taken back
        decisions.jsonl              what people said of them; see :mod:`collection_tools.decisions`
        shards/                      while several machines collect; see :mod:`collection_tools.collect.sharded`

A row is appended only after its bytes are on disk. Every part but a run's last holds the same number of rows, in
the order in which the run meets the files; so a run that was killed and started again ends with the same parts.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Annotated, NamedTuple

from pydantic import Field

from nlcl_bench.core.errors import ManifestError
from nlcl_bench.core.files import locked, make_folder, writing
from nlcl_bench.core.kinds import Kind
from nlcl_bench.data import manifest
from nlcl_bench.data.indexed import Indexed
from nlcl_bench.data.record import Capture, Digest, Domain, Frame, Rights, Row, Text

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Collected",
    "Format",
    "Known",
    "Rejected",
    "StoreWriter",
    "Tombstone",
    "object_path",
    "open_store",
    "read_rejected",
    "read_withdrawn",
    "remove_video",
    "write_object",
    "write_video",
    "write_withdrawn",
]

Format = Kind
FileName = Annotated[str, Field(max_length=4096)]

ROWS_PER_PART = 256

_SUFFIXES: dict[Format, str] = {
    "JPEG": "jpg",
    "PNG": "png",
    "TIFF": "tif",
    "WEBP": "webp",
    "BMP": "bmp",
    "HEIF": "heic",
    "RAW": "raw",
}


class Collected(Row):
    """One photograph in the store.

    Attributes:
        sha256: Digest of the file's bytes; its name in the store.
        pixels: Digest of the upright sRGB picture, as :func:`nlcl_bench.core.images.pixel_digest` gives it.
        file: The name it was collected under: the given folder's name and the path inside it.
        format: Kind of file, by its first bytes.
        bytes: Length of the file.
        width: Columns of the upright picture, in pixels.
        height: Rows of the upright picture, in pixels.
        domain: Whether it rains in the picture.
        capture: How it was taken.
        rights: Who may do what with it.
        clean_sha256: The photograph in the store that shows the same without rain, if there is one.
        frame: Where in which video, if it is a still of one.
        estimate: How it was computed from other pictures, if no camera took it.
    """

    sha256: Digest
    pixels: Digest
    file: FileName
    format: Format
    bytes: Annotated[int, Field(gt=0)]
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    domain: Domain
    capture: Capture
    rights: Rights
    clean_sha256: Digest | None = None
    frame: Frame | None = None
    estimate: Text | None = None


class Rejected(Row):
    """One file that could not be used, and why; the digest is None where it could not even be read."""

    file: FileName
    sha256: Digest | None
    reason: Text


class Tombstone(Row):
    """One photograph that was taken back.

    Attributes:
        sha256: Digest of the file's bytes.
        pixels: Digest of its picture.
        file: The name it was collected under.
        reason: Why it was taken back.
        video: The video it is a still of, if it is one.
        hash: Perceptual hash, 64 bits in hexadecimal digits, by which copies are known; None if it could not be read.
        thumbnail: See :class:`collection_tools.curate.looks.Appearance`, in base 64; None if it could not be read.
    """

    sha256: Digest
    pixels: Digest
    file: FileName
    reason: Text
    video: Digest | None = None
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")] | None = None
    thumbnail: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{683}=$")] | None = None


class Known(NamedTuple):
    """What a run must remember of a photograph that is in the store."""

    domain: Domain
    rights: Rights
    clean_sha256: str | None

    @classmethod
    def of(cls, row: Collected) -> Known:
        """Return what is to be remembered of a row."""
        return cls(row.domain, row.rights, row.clean_sha256)


def object_path(store: Path, sha256: str, format_: Format) -> Path:
    """Return where a photograph's bytes lie."""
    return store / "objects" / sha256[:2] / f"{sha256}.{_SUFFIXES[format_]}"


def write_object(store: Path, row: Collected, data: bytes) -> None:
    """Keep a photograph's bytes, unless they are there.

    Raises:
        StorageError: The disk is full or read-only.
    """
    path = object_path(store, row.sha256, row.format)
    if path.exists():
        return
    with locked(make_folder(path.parent), wait=True):  # another process may have met the same bytes
        if not path.exists():
            with writing(path) as part:
                part.write_bytes(data)


def video_path(store: Path, sha256: str, suffix: str) -> Path:
    """Return where the bytes of a video lie, of which there are stills in the store."""
    return store / "objects" / sha256[:2] / f"{sha256}{suffix.lower()}"


def write_video(store: Path, sha256: str, video: Path) -> None:
    """Keep a video's bytes, unless they are there.

    Raises:
        StorageError: The disk is full or read-only.
    """
    path = video_path(store, sha256, video.suffix)
    if path.exists():
        return
    with locked(make_folder(path.parent), wait=True):
        if not path.exists():
            with writing(path) as part:
                shutil.copyfile(video, part)


def remove_video(store: Path, sha256: str) -> None:
    """Delete a video's bytes."""
    for path in (store / "objects" / sha256[:2]).glob(f"{sha256}.*"):
        path.unlink()


def open_store(store: Path) -> Indexed[Collected]:
    """Return all photographs by digest, in the order of the digests.

    Raises:
        ManifestError: The folder is no store, or its manifest is damaged.
    """
    rows = Indexed([store / "manifest"], Collected, key="sha256")
    if not rows:
        raise ManifestError("is no store: it holds no photographs", where=store, fix="collect some into it first")
    return rows


def read_rejected(store: Path) -> dict[str, Rejected]:
    """Return the files that could not be used, by name.

    Raises:
        ManifestError: The list is damaged.
    """
    path = store / "rejected.parquet"
    return {row.file: row for row in manifest.read_part(path, Rejected)} if path.exists() else {}


def read_withdrawn(store: Path) -> dict[str, Tombstone]:
    """Return the tombstones by the digest of the withdrawn file.

    Raises:
        ManifestError: The list is damaged.
    """
    path = store / "withdrawn.parquet"
    return {row.sha256: row for row in manifest.read_part(path, Tombstone)} if path.exists() else {}


def write_withdrawn(store: Path, tombstones: dict[str, Tombstone]) -> None:
    """Write the tombstones.

    Raises:
        StorageError: The disk is full or read-only.
    """
    rows = [tombstones[sha256] for sha256 in sorted(tombstones)]
    manifest.write_part(rows, Tombstone, store / "withdrawn.parquet")


class StoreWriter:
    """Appends photographs to a store, in parts; what it remembers of each is a few bytes.

    Args:
        store: The folder, which exists.
    """

    def __init__(self, store: Path) -> None:
        self.store = store
        self._parts = make_folder(store / "manifest")
        self._waiting: list[Collected] = []
        self._known: dict[bytes, Known] = {}
        self._rights: dict[Rights, Rights] = {}
        for row in manifest.read(self._parts, Collected):
            self._remember(row)

    def known(self, sha256: str) -> Known | None:
        """Return what is remembered of a photograph, None if it is not in the store."""
        return self._known.get(bytes.fromhex(sha256))

    def add(self, row: Collected) -> None:
        """Append a row, whose bytes lie in the store already.

        Raises:
            StorageError: The disk is full or read-only.
        """
        self._remember(row)
        self._waiting.append(row)
        if len(self._waiting) == ROWS_PER_PART:
            self._flush()

    def close(self, rejected: dict[str, Rejected]) -> None:
        """Write the rows that still wait, and the list of files that could not be used.

        Raises:
            StorageError: The disk is full or read-only.
        """
        if self._waiting:
            self._flush()
        rows = [rejected[file] for file in sorted(rejected)]
        manifest.write_part(rows, Rejected, self.store / "rejected.parquet")

    def _remember(self, row: Collected) -> None:
        rights = self._rights.setdefault(row.rights, row.rights)  # many rows share one value
        self._known[bytes.fromhex(row.sha256)] = Known.of(row)._replace(rights=rights)

    def _flush(self) -> None:
        last = max((int(part.stem.removeprefix("part-")) for part in manifest.parts(self._parts)), default=0)
        manifest.write_part(self._waiting, Collected, self._parts / f"part-{last + 1:06d}.parquet")
        self._waiting = []
