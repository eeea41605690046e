"""Every photograph of a store with all that became of it, one after the other.

The store, the findings, the records and the list of what is not published are all sorted by digest; they are read side
by side, so that no more than a few rows of each are in memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from collection_tools.curate.curated import read_dropped
from collection_tools.reasons import kind
from nlcl_bench.core.errors import ManifestError
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from collection_tools.collect.store import Collected
    from collection_tools.curate.finding import Dropped, Finding
    from collection_tools.report.opened import Opened

__all__ = ["UNDECIDED", "Case", "cases"]

T = TypeVar("T")

UNDECIDED = "was collected after this curation"

_COPY = re.compile(r"(?:near-)?duplicate of ([0-9a-f]{16})$")


@dataclass(frozen=True, slots=True)
class Case:
    """One photograph.

    Attributes:
        row: Its row in the store.
        finding: What was found out about it, if it could be examined.
        record: Its record, if it is published.
        dropped: Why it is not, if that was decided.
    """

    row: Collected
    finding: Finding | None
    record: Record | None
    dropped: Dropped | None

    @property
    def reason(self) -> str | None:
        """Why it is not published, in the words of the curation; None if it is."""
        if self.dropped is not None:
            return self.dropped.reason
        return None if self.record is not None else UNDECIDED

    @property
    def kind(self) -> str | None:
        """The reason without what differs from image to image; see :func:`collection_tools.reasons.kind`."""
        return None if self.reason is None else kind(self.reason)

    @property
    def copied_from(self) -> str | None:
        """The name of the picture that is kept in place of this one, if it is a copy."""
        found = _COPY.match(self.reason or "")
        return found[1] if found else None


def cases(opened: Opened, *, examined: bool = True) -> Iterator[Case]:
    """Yield every photograph of the store, in the order of the digests.

    Args:
        opened: What to read.
        examined: Whether to say what was found out about each; without, it is done sooner.

    Raises:
        ManifestError: A list is damaged, or the curation speaks of photographs that the store does not hold.
    """
    found = _Sorted(opened.findings.rows() if examined else iter(()), lambda finding: finding.sha256)
    dropped = _Sorted(read_dropped(opened.curated), lambda one: one.sha256)
    records = _Sorted(manifest.read(opened.curated / "manifest", Record), lambda record: record.image_id)
    decided = 0
    for row in opened.rows.rows():
        against = dropped.at(row.sha256)
        record = records.at(row.sha256[:16]) if against is None else None
        decided += against is not None or record is not None
        yield Case(row, found.at(row.sha256), record, against)
    if decided != opened.curation.kept + sum(opened.curation.rejected.values()):
        raise ManifestError("does not fit its store", where=opened.curated, fix="curate again")


class _Sorted(Generic[T]):
    """Rows sorted by name, read as far as they are asked for."""

    def __init__(self, rows: Iterator[T], name: Callable[[T], str]) -> None:
        self._rows = rows
        self._name = name
        self._next = next(rows, None)

    def at(self, name: str) -> T | None:
        """Return the row of a name, if there is one; the names must be asked for in order."""
        while self._next is not None and self._name(self._next) < name:
            self._next = next(self._rows, None)
        return self._next if self._next is not None and self._name(self._next) == name else None
