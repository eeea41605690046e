"""The comparison of encoders as a picture: one panel per source and question, a dot and its interval per layer.

Only the geometry is computed here, in the units of the picture; the template draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from baselines.analysis.contrasts import QUESTIONS
from nlcl_bench.core.templates import templates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from baselines.analysis.contrasts import EncoderRow, EncodersReport

__all__ = ["draw_encoders"]

_LEFT, _PANEL, _GAP, _STEP, _TOP, _FOOT, _RIGHT = 150.0, 170.0, 24.0, 15.0, 74.0, 44.0, 16.0
_LOWEST = 0.3  # left end of the axis; what is below is drawn there
_TICKS = (0.5, 0.75, 1.0)
_COLOURS = ("#6b7280", "#9a6b00", "#1565c0", "#1b7f4d", "#a3265e", "#6a3fb5")


@dataclass(frozen=True, slots=True)
class Mark:
    """One layer's dot, its interval and its words."""

    x: float
    low: float
    high: float
    y: float
    colour: str
    words: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One source and question."""

    title: str
    left: float
    top: float
    bottom: float
    ticks: Sequence[tuple[float, str]]
    marks: Sequence[Mark]


def draw_encoders(report: EncodersReport) -> str:
    """Return the figure as SVG; names in it are escaped."""
    sources = list(report.photographs)
    lines = list(dict.fromkeys((row.encoder, row.layer) for row in report.rows))
    encoders = list(dict.fromkeys(encoder for encoder, _ in lines))
    colours = {encoder: _COLOURS[index % len(_COLOURS)] for index, encoder in enumerate(encoders)}
    block = _TOP + len(lines) * _STEP + _FOOT
    return (
        templates("baselines.analysis")
        .get_template("encoders.svg.jinja")
        .render(
            width=_LEFT + len(QUESTIONS) * (_PANEL + _GAP) - _GAP + _RIGHT,
            height=block * len(sources),
            right=_LEFT + len(QUESTIONS) * (_PANEL + _GAP) - _GAP,
            sources=[
                (number * block + 20, source, len(report.photographs[source])) for number, source in enumerate(sources)
            ],
            labels=[
                (number * block + _TOP + (index + 0.5) * _STEP, f"{encoder}, layer {layer}", colours[encoder])
                for number in range(len(sources))
                for index, (encoder, layer) in enumerate(lines)
            ],
            panels=[
                _panel(question, column, number * block, [row for row in report.rows if row.source == source], colours)
                for number, source in enumerate(sources)
                for column, question in enumerate(QUESTIONS)
            ],
        )
    )


def _panel(question: str, column: int, above: float, rows: Sequence[EncoderRow], colours: dict[str, str]) -> Panel:
    left = _LEFT + column * (_PANEL + _GAP)

    def x(value: float) -> float:
        return round(left + (max(value, _LOWEST) - _LOWEST) / (1 - _LOWEST) * _PANEL, 1)

    asked = [row for row in rows if row.question == question]
    marks = [
        Mark(
            x=x(row.area.mean),
            low=x(row.area.mean if row.area.low is None else row.area.low),
            high=x(row.area.mean if row.area.high is None else row.area.high),
            y=above + _TOP + (index + 0.5) * _STEP,
            colour=colours[row.encoder],
            words=f"{row.encoder}, layer {row.layer}, {question}: {row.area}",
        )
        for index, row in enumerate(asked)
    ]
    ticks = [(x(value), f"{value:g}") for value in _TICKS]
    return Panel(question, left, above + _TOP, above + _TOP + len(asked) * _STEP, ticks, marks)
