"""Collect: every photograph below some folders goes into a store, every other file onto a list with the reason.

Next comes :mod:`collection_tools.curate.curate`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from collection_tools.collect.exif import read_capture
from collection_tools.collect.sources import UNKNOWN_LICENCE, Stated, rights_of
from collection_tools.collect.store import (
    Collected,
    Format,
    Known,
    Rejected,
    StoreWriter,
    read_rejected,
    read_withdrawn,
)
from collection_tools.collect.walk import Found, files_in, walk
from collection_tools.reasons import kind
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.files import existing_folder, locked, make_folder
from nlcl_bench.core.images import decode, pixel_digest
from nlcl_bench.core.progress import Track, silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nlcl_bench.data.record import Domain, Rights

__all__ = ["Collection", "collect"]

_LARGEST_FILE = 512 * 1024 * 1024

# Asked only of files that were decoded, so that a prefix is enough; TIFF has several, BigTIFF's among them.
_SIGNATURES: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"II", "TIFF"),
    (b"MM", "TIFF"),
    (b"RIFF", "WEBP"),
    (b"BM", "BMP"),
)


@dataclass(slots=True)
class Collection:
    """What one run did.

    Attributes:
        added: Photographs that are new in the store.
        completed: Photographs that were there, and of which the licence or the rain-free twin is known now.
        known: Files whose photograph was there already.
        unpaired: Rainy photographs for which no usable rain-free twin was found.
        unlicensed: Photographs met whose licence nobody stated.
        reasons: How many files could not be used, by reason.
    """

    added: int = 0
    completed: int = 0
    known: int = 0
    unpaired: int = 0
    unlicensed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def usable(self) -> int:
        """Files that hold a photograph which is now in the store."""
        return self.added + self.completed + self.known


def collect(
    folders: Sequence[Path],
    into: Path,
    *,
    domain: Domain,
    given: Stated,
    clean: Path | None = None,
    track: Track = silent,
) -> Collection:
    """Collect all photographs below some folders into a store.

    Args:
        folders: The folders, searched in this order.
        into: The store; made if it is not there.
        domain: Whether it rains in these photographs.
        given: What is stated about their rights, where no ``sources.toml`` says otherwise.
        clean: A folder of rain-free twins, with the same paths but for the suffix.
        track: Shows how far it is.

    Returns:
        Counts for a summary; the rejected files are listed in the store.

    Raises:
        InputError: A folder does not exist, rights are not valid, or ``clean`` does not go with the domain.
        StorageError: The store cannot be written, or another run is writing to it.
        ManifestError: The store is damaged.
    """
    if clean is not None and domain == "clean":
        raise InputError("pairs need rainy photographs", where="--clean", fix="use it with --domain rainy")
    roots = [existing_folder(folder).resolve() for folder in folders]
    twins = None if clean is None else existing_folder(clean).resolve()
    with locked(make_folder(into)):
        run = _Run(StoreWriter(into), given, twins, read_rejected(into))
        store = into.resolve()
        total = sum(1 for root in roots for _ in walk(root, store=store))
        for found in track((entry for root in roots for entry in walk(root, store=store)), what="collect", total=total):
            run.take(found, domain)
        run.store.close(run.rejected)
    return run.done


class _Run:
    """One run: the store it writes to, and what it has counted."""

    def __init__(self, store: StoreWriter, given: Stated, twins: Path | None, rejected: dict[str, Rejected]) -> None:
        self.store = store
        self.given = given
        self.twins = twins
        self.rejected = rejected
        self.done = Collection()
        self._refused: set[str] = set()
        self._withdrawn = {
            name: one for one in read_withdrawn(store.store).values() for name in (one.sha256, one.pixels)
        }

    def take(self, found: Found, domain: Domain) -> None:
        """Collect one file, or note why it cannot be used."""
        sha256 = None
        try:
            data = _read(found)
            sha256 = sha256_bytes(data)
            self._keep(found, data, sha256, domain)
        except ImageError as error:
            self._refuse(found, sha256, error.what)
        else:
            self._accept(found)

    def _keep(self, found: Found, data: bytes, sha256: str, domain: Domain) -> None:
        self._refuse_withdrawn(sha256)
        known = self.store.known(sha256)
        if known is not None and known.domain != domain:
            raise ImageError(f"is in the store already, as {known.domain}")
        rights = self._rights(found, known)
        pairing = self.twins is not None and (known is None or known.clean_sha256 is None)
        if known is not None and known.rights == rights and not pairing:
            self._count(known, known)
            return
        row = _examine(found, data, sha256, domain, rights)
        self._refuse_withdrawn(row.pixels)
        clean = self._twin(found, row) if pairing else known and known.clean_sha256
        row = row.model_copy(update={"clean_sha256": clean})
        now = Known.of(row)
        if now != known:
            self.store.add(row, data)
        self._count(known, now)

    def _refuse_withdrawn(self, digest: str) -> None:
        if digest in self._withdrawn:
            raise ImageError(f"was withdrawn: {self._withdrawn[digest].reason}")

    def _rights(self, found: Found, known: Known | None) -> Rights:
        """Return what is stated now, unless a licence is on record already."""
        if known is not None and known.rights.licence != UNKNOWN_LICENCE:
            return known.rights
        stated = rights_of(found.path, found.root, self.given)
        return known.rights if known is not None and stated.licence == UNKNOWN_LICENCE else stated

    def _twin(self, found: Found, row: Collected) -> str | None:
        """Collect the rain-free twin of a rainy photograph; return its digest, None if there is no usable one."""
        twin = None if self.twins is None else _twin_file(found, self.twins)
        if twin is None:
            return None
        sha256 = None
        try:
            data = _read(twin)
            sha256 = sha256_bytes(data)
            known = self.store.known(sha256)
            if sha256 == row.sha256 or (known is not None and known.domain != "clean"):
                raise ImageError("is given as the rain-free twin, but it is a rainy photograph")  # noqa: TRY301
            self._refuse_withdrawn(sha256)
            clean = _examine(twin, data, sha256, "clean", self._rights(twin, known))
            self._refuse_withdrawn(clean.pixels)
            if (clean.width, clean.height) != (row.width, row.height):
                raise ImageError("has another size than its rainy photograph")  # noqa: TRY301
        except ImageError as error:
            self._refuse(twin, sha256, error.what)
            return None
        if Known.of(clean) != known:
            self.store.add(clean, data)
        self._count(known, Known.of(clean))
        self._accept(twin)
        return sha256

    def _count(self, before: Known | None, now: Known) -> None:
        self.done.unlicensed += now.rights.licence == UNKNOWN_LICENCE
        self.done.unpaired += self.twins is not None and now.domain == "rainy" and now.clean_sha256 is None
        if before is None:
            self.done.added += 1
        elif before == now:
            self.done.known += 1
        else:
            self.done.completed += 1

    def _accept(self, found: Found) -> None:
        if found.file not in self._refused:
            self.rejected.pop(found.file, None)

    def _refuse(self, found: Found, sha256: str | None, reason: str) -> None:
        self.rejected[found.file] = Rejected(file=found.file, sha256=sha256, reason=reason[:2000])
        self._refused.add(found.file)
        self.done.reasons[kind(reason)] += 1


def _read(found: Found) -> bytes:
    if found.refusal is not None:
        raise ImageError(found.refusal)
    try:
        if found.path.stat().st_size > _LARGEST_FILE:
            raise ImageError(f"is larger than {_LARGEST_FILE >> 20} MiB")
        return found.path.read_bytes()
    except OSError as error:
        raise ImageError(f"cannot be read: {error.strerror}") from error


def _examine(found: Found, data: bytes, sha256: str, domain: Domain, rights: Rights) -> Collected:
    image = decode(data, where=found.path)
    return Collected(
        sha256=sha256,
        pixels=pixel_digest(image),
        file=found.file,
        format=next(format_ for signature, format_ in _SIGNATURES if data.startswith(signature)),
        bytes=len(data),
        width=image.width,
        height=image.height,
        domain=domain,
        capture=read_capture(data),
        rights=rights,
    )


def _twin_file(found: Found, twins: Path) -> Found | None:
    """Return the file of the same path but for the suffix; the first by name if there are several."""
    same = (twin for twin in _listing(twins / found.relative.parent, twins) if twin.path.stem == found.path.stem)
    return next(same, None)


@lru_cache(maxsize=1)
def _listing(folder: Path, root: Path) -> list[Found]:
    return files_in(folder, root)
