"""Intervals small enough for a cell: where dot, ends and zero lie on a scale that a column's rows share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.rank import Ranking, Row
    from nlcl_bench.evaluation.changes import Change

__all__ = ["Drawn", "Scale", "scale"]

_WIDTH, _EDGE = 100.0, 6.0
_FENCE = 1.5
"""Quartile ranges beyond the quartiles from which on a row is far off (Tukey, Exploratory Data Analysis, 1977)."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One interval in units of the picture, which is 100 wide.

    Attributes:
        zero: Where doing nothing lies.
        low: Where the interval begins; at the edge if that is beyond it.
        mean: Where the mean change lies.
        high: Where the interval ends.
        beyond: ``left`` or ``right`` if the mean lies beyond that edge, else empty.
    """

    zero: int
    low: int
    mean: int
    high: int
    beyond: str


@dataclass(frozen=True, slots=True)
class Scale:
    """The changes that a column's pictures reach from and to."""

    low: float
    high: float

    def draw(self, change: Change) -> Drawn | None:
        """Return where a change lies; None where it has no interval."""
        if change.interval is None:
            return None
        low, high = self._x(change.interval.low), self._x(change.interval.high)
        beyond = "left" if change.mean < self.low else "right" if change.mean > self.high else ""
        return Drawn(self._x(0.0), low, self._x(change.mean), high, beyond)

    def _x(self, value: float) -> int:
        place = _EDGE + (value - self.low) / (self.high - self.low) * (_WIDTH - 2 * _EDGE)
        return round(min(max(place, 0.0), _WIDTH))


def scale(ranking: Ranking, metric: str) -> Scale:
    """Return the scale of a metric's column: zero and the intervals of the ranked rows, else of all rows.

    A row that changes a score beyond all others would make one dot of them: controls that blur do so, and do not
    count, nor does a ranked row that is far off the others.
    """
    changes = _changes([row for row in ranking.rows if not row.gates], metric) or _changes(ranking.rows, metric)
    if not changes:
        return Scale(-1.0, 1.0)
    first, third = np.percentile([change.mean for change in changes], [25, 75])
    near = 1e-9 + _FENCE * (third - first)
    values = [0.0]
    for change in changes:
        if first - near <= change.mean <= third + near:
            values += [change.mean] if change.interval is None else [change.interval.low, change.interval.high]
    low, high = min(values), max(values)
    return Scale(low, high) if low < high else Scale(-1.0, 1.0)


def _changes(rows: Sequence[Row], metric: str) -> list[Change]:
    return [cell.change for row in rows for cell in row.cells if cell.metric == metric and cell.change is not None]
