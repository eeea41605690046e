"""From what was seen of each file, in the order of the walk, to the store's manifest: the short part of collecting.

It is the same whether this process looked at the files, several did, or several machines: so is the manifest.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collection_tools.collect.sources import UNKNOWN_LICENCE
from collection_tools.collect.store import Known, Rejected, StoreWriter, read_rejected
from collection_tools.reasons import kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from collection_tools.collect.look import Look, Looked
    from nlcl_bench.data.record import Rights

__all__ = ["Collection", "Fold"]


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
        videos: Whether the camera stood still, by the name of the video.
    """

    added: int = 0
    completed: int = 0
    known: int = 0
    unpaired: int = 0
    unlicensed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    videos: dict[str, str] = field(default_factory=dict)

    @property
    def usable(self) -> int:
        """Files that hold a photograph which is now in the store."""
        return self.added + self.completed + self.known


class Fold:
    """Takes one look after the other into a store's manifest.

    Args:
        store: The store, locked by the caller.

    Raises:
        ManifestError: The store is damaged.
    """

    def __init__(self, store: Path) -> None:
        self.done = Collection()
        self._store = StoreWriter(store)
        self._rejected = read_rejected(store)
        self._refused: set[str] = set()

    def take(self, seen: Look, afresh: Callable[[], Look]) -> None:
        """Take in what was seen of one file and its twin.

        Args:
            seen: It.
            afresh: Looks again, decoding what was not decoded because it seemed to be known.

        Raises:
            StorageError: The disk is full or read-only.
        """
        one = seen.one
        if one.refusal is not None or one.sha256 is None or one.rights is None:
            self._refuse(one, one.refusal or "cannot be read")
            return
        known = self._store.known(one.sha256)
        if known is not None and known.domain != seen.domain:
            self._refuse(one, f"is in the store already, as {known.domain}")
            return
        rights = _settled(one.rights, known)
        pairing = seen.wanted and (known is None or known.clean_sha256 is None)
        if known is not None and known.rights == rights and not pairing:
            self._count(known, known, wanted=seen.wanted)
        elif one.photograph is None:
            self.take(afresh(), afresh)
            return
        else:
            clean = self._twin(seen) if pairing else known and known.clean_sha256
            row = one.photograph.model_copy(update={"rights": rights, "clean_sha256": clean})
            now = Known.of(row)
            if now != known:
                self._store.add(row)
            self._count(known, now, wanted=seen.wanted)
        self._accept(one)

    def close(self) -> None:
        """Write what still waits.

        Raises:
            StorageError: The disk is full or read-only.
        """
        self._store.close(self._rejected)

    def _twin(self, seen: Look) -> str | None:
        """Take in the rain-free twin of a rainy photograph; return its digest, None if there is no usable one."""
        twin = seen.twin
        if twin is None:
            return None
        known = self._store.known(twin.sha256) if twin.sha256 else None
        refusal = twin.refusal or _no_twin(seen, known)
        if refusal is not None or twin.photograph is None or twin.rights is None:
            self._refuse(twin, refusal or "cannot be read")
            return None
        row = twin.photograph.model_copy(update={"rights": _settled(twin.rights, known)})
        if Known.of(row) != known:
            self._store.add(row)
        self._count(known, Known.of(row), wanted=False)
        self._accept(twin)
        return row.sha256

    def _count(self, before: Known | None, now: Known, *, wanted: bool) -> None:
        self.done.unlicensed += now.rights.licence == UNKNOWN_LICENCE
        self.done.unpaired += wanted and now.clean_sha256 is None
        if before is None:
            self.done.added += 1
        elif before == now:
            self.done.known += 1
        else:
            self.done.completed += 1

    def _accept(self, one: Looked) -> None:
        for name in one.names:
            if name not in self._refused:
                self._rejected.pop(name, None)

    def _refuse(self, one: Looked, reason: str) -> None:
        name = one.names[0]
        self._rejected[name] = Rejected(file=name, sha256=one.sha256, reason=reason)
        self._refused.add(name)
        self.done.reasons[kind(reason)] += 1


def _settled(stated: Rights, known: Known | None) -> Rights:
    """Return what is stated now, unless a licence is on record already."""
    if known is None or (known.rights.licence == UNKNOWN_LICENCE and stated.licence != UNKNOWN_LICENCE):
        return stated
    return known.rights


def _no_twin(seen: Look, known: Known | None) -> str | None:
    """Return why a twin cannot be one."""
    twin, rainy = seen.twin, seen.one.photograph
    if twin is None or twin.photograph is None or rainy is None:
        return None
    if twin.sha256 == seen.one.sha256 or (known is not None and known.domain != "clean"):
        return "is given as the rain-free twin, but it is a rainy photograph"
    if (twin.photograph.width, twin.photograph.height) != (rainy.width, rainy.height):
        return "has another size than its rainy photograph"
    return None
