"""Dot-and-interval plots: one panel per metric, one line per method, and zero is doing nothing.

Only the geometry is computed here, in the units of the picture; the template draws it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard.plain import plain
from leaderboard.wording import ARROWS, changed, decimals, number, partly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.changes import Change
    from leaderboard.rank import Ranking
    from nlcl_bench.evaluation.run import MetricEntry

__all__ = ["Panel", "panels", "ticks"]

_LEFT, _RIGHT, _STEP, _TOP = 116.0, 372.0, 22.0, 8.0
_LABEL = 16  # characters that fit left of the axis


@dataclass(frozen=True, slots=True)
class Mark:
    """One method: its dot, its interval (equal ends where there is none) and its words."""

    label: str
    words: str
    verdict: str
    y: float
    x: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Panel:
    """One metric's picture."""

    title: str
    better: str
    height: float
    bottom: float
    zero: float
    marks: Sequence[Mark]
    ticks: Sequence[tuple[float, str]]


def panels(ranking: Ranking) -> list[Panel]:
    """Return a panel for every metric under which something can be compared with doing nothing, on all images."""
    places = decimals(ranking)
    found = []
    for column, metric in enumerate(ranking.metrics):
        rows = [(row.label, row.cells[column].change) for row in ranking.rows]
        changes = [(label, change) for label, change in rows if change is not None and not partly(change.n, ranking)]
        if changes:
            found.append(_panel(metric, changes, places[metric.id]))
    return found


def _panel(metric: MetricEntry, changes: Sequence[tuple[str, Change]], places: int) -> Panel:
    low, high = _range([change for _, change in changes])

    def x(value: float) -> float:
        return round(_LEFT + (value - low) / (high - low) * (_RIGHT - _LEFT), 1)

    def mark(line: int, label: str, change: Change) -> Mark:
        ends = (change.interval.low, change.interval.high) if change.interval else (change.mean, change.mean)
        verdict = change.verdict if change.interval else "unclear"
        shown = label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"
        y = _TOP + (line + 0.5) * _STEP
        return Mark(shown, f"{label}: {changed(change, places)}", verdict, y, x(change.mean), x(ends[0]), x(ends[1]))

    bottom = _TOP + len(changes) * _STEP
    return Panel(
        title=plain(metric.title, 40),
        better=f"{ARROWS[metric.better]} {metric.better} is better",
        height=bottom + 22,
        bottom=bottom,
        zero=x(0.0),
        marks=[mark(line, label, change) for line, (label, change) in enumerate(changes)],
        ticks=[(x(value), number(value, _tick_places(low, high), signed=True)) for value in ticks(low, high)],
    )


def _range(changes: Sequence[Change]) -> tuple[float, float]:
    """Return the span of all dots, intervals and zero, with a margin."""
    values = [0.0, *(change.mean for change in changes)]
    values += [end for change in changes if change.interval for end in (change.interval.low, change.interval.high)]
    low, high = min(values), max(values)
    margin = 0.06 * (high - low) or 1.0
    return low - margin, high + margin


def _tick_step(low: float, high: float) -> float:
    """Return a step of 1, 2 or 5 times a power of ten that gives at most five ticks."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough)


def _tick_places(low: float, high: float) -> int:
    return max(0, -math.floor(math.log10(_tick_step(low, high)) + 1e-9))


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers on an axis.

    >>> ticks(-0.9, 1.3)
    [0.0, 1.0]
    >>> ticks(-1.3, 0.1)
    [-1.0, -0.5, 0.0]
    """
    step = _tick_step(low, high)
    return [index * step for index in range(math.ceil(low / step), math.floor(high / step) + 1)]
