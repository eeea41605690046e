"""The critical-difference figure: mean ranks on an axis, and bars over rows that cannot be told apart (Demsar, 2006).

Demsar's bars are of one length, Nemenyi's; ours join neighbours that the signed-rank test with Holm's step-down cannot
tell apart, as Benavoli, Corani and Mangili recommend instead (Should we really use post-hoc tests based on mean-
ranks?, JMLR 17, 2016). Only the geometry is computed here; the template draws it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.rank import Ranking, Row

__all__ = ["Diagram", "diagram"]

_LEFT, _RIGHT, _STEP, _TOP, _BAR = 190.0, 690.0, 22.0, 34.0, 9.0
_LABEL = 24  # characters that fit left of the axis
_MOST = 60
"""Rows of a figure that one can still read."""


@dataclass(frozen=True, slots=True)
class Point:
    """One row: its dot and its words."""

    label: str
    words: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A group of rows that cannot be told apart: from the first to the last of them."""

    letter: str
    x: float
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Diagram:
    """The figure in units of the picture."""

    width: float
    height: float
    ticks: Sequence[tuple[float, int]]
    points: Sequence[Point]
    bars: Sequence[Bar]


def diagram(ranking: Ranking) -> Diagram | None:
    """Return the figure of a board; None with fewer than two ranked rows, or more than can be read."""
    rows = [row for row in ranking.rows if row.standing is not None]
    if not 2 <= len(rows) <= _MOST:  # noqa: PLR2004 (one row is compared with nothing)
        return None
    last = math.ceil(max(row.mean_rank or 0.0 for row in rows))

    def x(rank: float) -> float:
        return round(_LEFT + (rank - 1) / max(1, last - 1) * (_RIGHT - _LEFT), 1)

    bars = _bars(rows)
    step = max(1, math.ceil((last - 1) / 12))
    return Diagram(
        width=_RIGHT + 24 + _BAR * len(bars),
        height=_TOP + _STEP * len(rows) + 6,
        ticks=[(x(rank), rank) for rank in range(1, last + 1, step)],
        points=[_point(row, line, x(row.mean_rank or 0.0)) for line, row in enumerate(rows)],
        bars=bars,
    )


def _point(row: Row, line: int, x: float) -> Point:
    shown = row.label if len(row.label) <= _LABEL else f"{row.label[: _LABEL - 1]}…"
    return Point(shown, f"{row.label}: mean rank {row.mean_rank:.2f}", x, _TOP + (line + 0.5) * _STEP)


def _bars(rows: Sequence[Row]) -> list[Bar]:
    """Return a bar for every letter that at least two rows share, in their order."""
    lines: dict[str, list[int]] = {}
    for line, row in enumerate(rows):
        for letter in row.standing.tied.split() if row.standing else ():
            lines.setdefault(letter, []).append(line)
    shared = [(letter, mine) for letter, mine in lines.items() if len(mine) > 1]
    return [
        Bar(letter, _RIGHT + 16 + _BAR * number, _TOP + (mine[0] + 0.2) * _STEP, _TOP + (mine[-1] + 0.8) * _STEP)
        for number, (letter, mine) in enumerate(shared)
    ]
