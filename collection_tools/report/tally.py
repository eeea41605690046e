"""Counting and sampling in bounded memory, whatever the number of photographs and the names that strangers gave."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Line", "Spread", "Tally", "most"]

T = TypeVar("T")

_MOST_NAMES = 10_000


@dataclass(slots=True)
class Line:
    """What became of the files of one name.

    Attributes:
        met: All of them.
        published: Those that are published.
        lost: The others, by reason.
    """

    met: int = 0
    published: int = 0
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, other: Line) -> None:
        """Count the files of another line, too."""
        self.met += other.met
        self.published += other.published
        self.lost.update(other.lost)


class Tally:
    """Files by name, e.g. of their folder; of very many names the later ones are counted together."""

    def __init__(self) -> None:
        self._lines: defaultdict[str, Line] = defaultdict(Line)
        self._beyond = Line()

    def count(self, name: str, reason: str | None) -> None:
        """Count a file; without a reason against it, it is published."""
        known = name in self._lines or len(self._lines) < _MOST_NAMES
        line = self._lines[name] if known else self._beyond
        line.met += 1
        line.published += reason is None
        if reason is not None:
            line.lost[reason] += 1

    def largest(self, count: int) -> tuple[list[tuple[str, Line]], Line]:
        """Return the names with most files, and all other names together."""
        ordered = sorted(self._lines.items(), key=lambda item: (-item[1].met, item[0]))
        rest = Line()
        for line in [self._beyond, *(line for _, line in ordered[count:])]:
            rest.add(line)
        return ordered[:count], rest


class Spread(Generic[T]):
    """The first few items of a stream, taken from as many sources as possible and about as many from each.

    In the order of digests, the first ones are a random sample that is the same every time.

    >>> few = Spread(3)
    >>> for source, item in [("a", 1), ("a", 2), ("a", 3), ("a", 4), ("b", 5)]:
    ...     few.offer(source, item)
    >>> list(few)
    [1, 5, 2]
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: dict[str, list[T]] = {}
        self._count = 0

    def offer(self, source: str, item: T) -> None:
        """Take an item, or leave it."""
        mine = self._held.get(source, [])
        if self._count == self._limit:
            largest = max(self._held, key=lambda name: (len(self._held[name]), name), default="")
            if not self._limit or len(self._held[largest]) <= len(mine) + 1:
                return
            self._held[largest].pop()
            self._count -= 1
        self._held.setdefault(source, mine).append(item)
        self._count += 1

    def __iter__(self) -> Iterator[T]:
        """Yield one item of each source, then the next of each, and so on."""
        ordered = [self._held[source] for source in sorted(self._held)]
        for turn in range(max(map(len, ordered), default=0)):
            yield from (items[turn] for items in ordered if turn < len(items))


def most(counts: Counter[str]) -> list[tuple[str, int]]:
    """Return names and counts, the largest first.

    >>> most(Counter("abbcc"))
    [('b', 2), ('c', 2), ('a', 1)]
    """
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
