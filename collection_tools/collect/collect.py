"""Collect: every photograph of some folders, archives and lists goes into a store, every other file onto a list.

Next comes :mod:`collection_tools.curate.curate`.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collection_tools.collect.exif import read_capture
from collection_tools.collect.sources import UNKNOWN_LICENCE, Stated
from collection_tools.collect.store import (
    Collected,
    Format,
    Known,
    Rejected,
    StoreWriter,
    read_rejected,
    read_withdrawn,
)
from collection_tools.collect.twins import Twins
from collection_tools.collect.walk import given_folder, given_source, walk
from collection_tools.reasons import kind
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.files import locked, make_folder
from nlcl_bench.core.images import decode, pixel_digest
from nlcl_bench.core.progress import Track, silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from collection_tools.collect.found import Found
    from nlcl_bench.data.record import Domain, Rights

__all__ = ["Collection", "collect"]

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
    """Collect all photographs of some folders, archives and lists into a store.

    Args:
        folders: The folders, archives and lists, searched in this order.
        into: The store; made if it is not there.
        domain: Whether it rains in these photographs.
        given: What is stated about their rights, where neither a list nor a ``sources.toml`` says otherwise.
        clean: A folder or archive of rain-free twins, with the same paths but for the suffix.
        track: Shows how far it is.

    Returns:
        Counts for a summary; the rejected files are listed in the store.

    Raises:
        InputError: A folder does not exist, rights or a list are not valid, or twins do not go with the domain.
        StorageError: The store cannot be written, or another run is writing to it.
        ManifestError: The store is damaged.
    """
    if clean is not None and domain == "clean":
        raise InputError("pairs need rainy photographs", where="--clean", fix="use it with --domain rainy")
    roots = [given_source(folder) for folder in folders]
    twins = Twins(None if clean is None else given_folder(clean))
    with locked(make_folder(into)), closing(twins):
        run = _Run(StoreWriter(into), given, twins, read_rejected(into))
        total = sum(1 for _ in _all_of(roots, into, domain))
        for found in track(_all_of(roots, into, domain), what="collect", total=total):
            run.take(found, domain)
        run.store.close(run.rejected)
    return run.done


def _all_of(roots: Sequence[Path], into: Path, domain: Domain) -> Iterator[Found]:
    store = into.resolve()
    for root in roots:
        for found in walk(root, store=store):
            if found.twin is not None and domain == "clean":
                raise InputError("pairs need rainy photographs", where=root, fix="leave its column clean empty")
            yield found


class _Run:
    """One run: the store it writes to, and what it has counted."""

    def __init__(self, store: StoreWriter, given: Stated, twins: Twins, rejected: dict[str, Rejected]) -> None:
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
            data = found.read()
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
        wanted = self.twins.wanted(found)
        pairing = wanted and (known is None or known.clean_sha256 is None)
        if known is not None and known.rights == rights and not pairing:
            self._count(known, known, wanted=wanted)
            return
        row = _examine(found, data, sha256, domain, rights)
        self._refuse_withdrawn(row.pixels)
        clean = self._twin(found, row) if pairing else known and known.clean_sha256
        row = row.model_copy(update={"clean_sha256": clean})
        now = Known.of(row)
        if now != known:
            self.store.add(row, data)
        self._count(known, now, wanted=wanted)

    def _refuse_withdrawn(self, digest: str) -> None:
        if digest in self._withdrawn:
            raise ImageError(f"was withdrawn: {self._withdrawn[digest].reason}")

    def _rights(self, found: Found, known: Known | None) -> Rights:
        """Return what is stated now, unless a licence is on record already."""
        if known is not None and known.rights.licence != UNKNOWN_LICENCE:
            return known.rights
        stated = found.rights(self.given)
        return known.rights if known is not None and stated.licence == UNKNOWN_LICENCE else stated

    def _twin(self, found: Found, row: Collected) -> str | None:
        """Collect the rain-free twin of a rainy photograph; return its digest, None if there is no usable one."""
        twin = self.twins.of(found)
        if twin is None:
            return None
        sha256 = None
        try:
            data = twin.read()
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
        self._count(known, Known.of(clean), wanted=False)
        self._accept(twin)
        return sha256

    def _count(self, before: Known | None, now: Known, *, wanted: bool) -> None:
        self.done.unlicensed += now.rights.licence == UNKNOWN_LICENCE
        self.done.unpaired += wanted and now.clean_sha256 is None
        if before is None:
            self.done.added += 1
        elif before == now:
            self.done.known += 1
        else:
            self.done.completed += 1

    def _accept(self, found: Found) -> None:
        for name in found.names():
            if name not in self._refused:
                self.rejected.pop(name, None)

    def _refuse(self, found: Found, sha256: str | None, reason: str) -> None:
        self.rejected[found.file] = Rejected(file=found.file, sha256=sha256, reason=reason[:2000])
        self._refused.add(found.file)
        self.done.reasons[kind(reason)] += 1


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
