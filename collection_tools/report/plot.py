"""Histograms as pictures: their geometry, in the units of the picture; the template draws it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collection_tools.report.histograms import BINS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collection_tools.report.histograms import Fate, Histogram, Limit

__all__ = ["HEIGHT", "WIDTH", "Figure", "figure", "figures", "number"]

WIDTH, HEIGHT = 184.0, 108.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 2.0, 182.0, 6.0, 90.0
_LEAST = 1.5
"""Height of the lowest bar that is not empty: one photograph among thousands can be seen."""

_WHOLE = 1000
"""From here on decimals say nothing."""

_CLASSES: Mapping[Fate, str] = {"published": "kept", "rejected otherwise": "other", "rejected by it": "cut"}
"""From the bottom to the top of a bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a bar and what it says."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One histogram."""

    title: str
    words: str
    bars: Sequence[Bar]
    ghost: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure before and after, with the recipe's lines."""

    title: str
    unit: str
    notes: Sequence[str]
    panels: Sequence[Panel]
    lines: Sequence[float]
    shades: Sequence[tuple[float, float]]
    ticks: Sequence[tuple[float, str, str]]


def figures(histograms: Mapping[str, Histogram], limits: Mapping[str, Sequence[Limit]]) -> list[Figure]:
    """Return a figure for everything that was measured of some photograph."""
    return [
        figure(one, limits.get(name, ()))
        for name, one in histograms.items()
        if one.total("published", "rejected by it", "rejected otherwise")
    ]


def figure(histogram: Histogram, limits: Sequence[Limit]) -> Figure:
    """Return the figure of one measure."""
    axis, counts = histogram.axis, histogram.counts
    everyone = histogram.total("published", "rejected by it", "rejected otherwise")
    cut, kept = histogram.total("rejected by it"), histogram.total("published")
    scale = (_BOTTOM - _TOP) / max(map(sum, zip(*counts.values(), strict=True)))
    seen = [one for one in limits if axis.ticks[0] <= one.value <= axis.ticks[-1]]
    return Figure(
        title=axis.title,
        unit=axis.unit,
        notes=_notes(histogram, limits, cut),
        panels=[
            Panel("before", f"{everyone:,} before", _bars(histogram, _CLASSES, scale), ()),
            Panel("after", f"{kept:,} published", _bars(histogram, ("published",), scale), _ghost(histogram, scale)),
        ],
        lines=[_x(axis.place(one.value)) for one in seen],
        shades=[_shade(axis.place(one.value), one) for one in seen if one.side != "named"],
        ticks=[_tick(axis.place(value), value) for value in axis.ticks],
    )


def _notes(histogram: Histogram, limits: Sequence[Limit], cut: int) -> list[str]:
    notes = [f"{one.words} {number(one.value)}" for one in limits]
    notes += [f"rejects {cut:,}"] if cut else []
    notes += [histogram.axis.note] if histogram.axis.note else []
    return notes + ([f"{histogram.unmeasured:,} without this measure"] if histogram.unmeasured else [])


def _bars(histogram: Histogram, fates: Sequence[Fate] | Mapping[Fate, str], scale: float) -> list[Bar]:
    edges, found = histogram.axis.edges(), []
    for place in range(BINS):
        top = _BOTTOM
        for fate in fates:
            count = histogram.counts[fate][place]
            if count:
                height = max(_LEAST, count * scale)
                top -= height
                span = f"{number(edges[place])} to {number(edges[place + 1])}: {count:,} {fate}"
                found.append(_bar(place, max(0.0, top), height, _CLASSES[fate], span))
    return found


def _ghost(histogram: Histogram, scale: float) -> list[Bar]:
    """Return the outline of what there was before."""
    total = [sum(bins) for bins in zip(*histogram.counts.values(), strict=True)]
    return [
        _bar(place, _BOTTOM - max(_LEAST, count * scale), max(_LEAST, count * scale), "ghost", "")
        for place, count in enumerate(total)
        if count
    ]


def _bar(place: int, top: float, height: float, kind: str, words: str) -> Bar:
    step = (_RIGHT - _LEFT) / BINS
    return Bar(round(_LEFT + place * step, 2), round(top, 2), round(step - 0.8, 2), round(height, 2), kind, words)


def _x(place: float) -> float:
    return round(_LEFT + place * (_RIGHT - _LEFT), 1)


def _shade(place: float, limit: Limit) -> tuple[float, float]:
    """Return from where to where the recipe rejects."""
    return (_LEFT, _x(place)) if limit.side == "least" else (_x(place), _RIGHT)


def _tick(place: float, value: float) -> tuple[float, str, str]:
    return _x(place), number(value), "start" if place == 0 else "end" if place == 1 else "middle"


def number(value: float) -> str:
    """Return a number as short as it can be read.

    >>> number(0.123456), number(1536.0)
    ('0.123', '1536')
    """
    text = f"{value:.0f}" if abs(value) >= _WHOLE else f"{value:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")
