"""The report in a few tables, for the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collection_tools.report.steps import STEPS
from collection_tools.report.tally import most

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collection_tools.report.gather import Gathered
    from collection_tools.report.tally import Line, Tally

__all__ = ["LINES", "Funnel", "Source", "Summary", "named", "summed", "tables"]

LINES = 30
"""Lines of a table by source or camera; all others are summed in one more."""

_REASONS = 4


@dataclass(frozen=True, slots=True)
class Funnel:
    """One step.

    Attributes:
        title: The step in words.
        files: How many took it.
        lost: How many did not, by reason, the most frequent first.
    """

    title: str
    files: int
    lost: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one source, or of one camera.

    Attributes:
        name: Its name.
        met: Files that were met.
        published: Files that are published.
        lost: The others, by reason, the most frequent first.
    """

    name: str
    met: int
    published: int
    lost: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a curation made of a store.

    Attributes:
        met: Files that were met: photographs in the store, and files that could not be used.
        published: Images that are published.
        funnel: What was lost on the way.
        sources: The same by source; the last line sums up the small ones.
        scenes: Scenes of the published images.
        splits: Images per split.
        unsure: Published images of which a person has to say what is private.
        unlicensed: Published images whose licence nobody stated.
        bytes: Length of the page.
    """

    met: int
    published: int
    funnel: tuple[Funnel, ...]
    sources: tuple[Source, ...]
    scenes: int
    splits: dict[str, int]
    unsure: int
    unlicensed: int
    bytes: int


def tables(summary: Summary) -> list[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
    """Return title, head and rows of every table to print."""
    return [
        ("From the files met to what is published", ("step", "files", "lost", "because"), _funnel_rows(summary)),
        (
            "By source",
            ("source", "met", "published", "not published"),
            [(one.name, f"{one.met:,}", f"{one.published:,}", named(one.lost)) for one in summary.sources],
        ),
        (
            "Published",
            ("what", "number"),
            [
                ("scenes", f"{summary.scenes:,}"),
                *((f"images in {split}", f"{count:,}") for split, count in summary.splits.items()),
                ("images to be looked at for faces", f"{summary.unsure:,}"),
                ("images without a licence", f"{summary.unlicensed:,}"),
            ],
        ),
    ]


def _funnel_rows(summary: Summary) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("Files met", f"{summary.met:,}", "", "")]
    for step in summary.funnel:
        rows += [("", "", f"\N{MINUS SIGN}{count:,}", reason) for reason, count in step.lost]
        rows.append((step.title, f"{step.files:,}", "", ""))
    return rows


def funnel(got: Gathered) -> tuple[Funnel, ...]:
    """Return the steps with what was lost at each."""
    left, steps = got.met, []
    for step, title in STEPS.items():
        left -= got.lost[step].total()
        steps.append(Funnel(title, left, tuple(most(got.lost[step]))))
    return tuple(steps)


def summed(tally: Tally) -> tuple[Source, ...]:
    """Return the lines of a table: the names with most files, and the rest in one line."""
    shown, rest = tally.largest(LINES)
    lines = [_source(name, line) for name, line in shown]
    return tuple(lines if not rest.met else [*lines, _source("all others", rest)])


def named(lost: Sequence[tuple[str, int]]) -> str:
    """Return counts and reasons on one line; many reasons are cut short.

    >>> named([("is blurred", 2), ("duplicate", 1)])
    '2 is blurred, 1 duplicate'
    """
    words = [f"{count:,} {reason}" for reason, count in lost[:_REASONS]]
    rest = sum(count for _, count in lost[_REASONS:])
    return ", ".join([*words, f"{rest:,} for other reasons"] if rest else words)


def _source(name: str, line: Line) -> Source:
    return Source(name, line.met, line.published, tuple(most(line.lost)))
