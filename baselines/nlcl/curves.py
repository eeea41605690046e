"""Loss curves as a drawing: a line per loss, of means over equal stretches of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from baselines.nlcl.step import TERMS

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["HEIGHT", "WIDTH", "Curve", "curves"]

WIDTH, HEIGHT = 300, 90
"""Of a drawing, in its own units."""

_POINTS = 150


class Curve(NamedTuple):
    """One loss over the steps.

    Attributes:
        name: Of the loss.
        points: Of the line, as SVG wants them.
        lowest, highest: Ends of the vertical axis.
        last: The mean of the last stretch.
    """

    name: str
    points: str
    lowest: float
    highest: float
    last: float


def curves(history: Tensor) -> list[Curve]:
    """Return a curve of each loss that was ever computed.

    Args:
        history: ``(steps, len(TERMS))``; NaN where a step computed none.

    >>> import torch
    >>> rising = torch.arange(4.0)[:, None].expand(4, len(TERMS))
    >>> curves(rising)[0].points
    '0.0,90.0 100.0,60.0 200.0,30.0 300.0,0.0'
    """
    return [_curve(name, column) for name, column in zip(TERMS, history.unbind(1), strict=True) if _any(column)]


def _any(column: Tensor) -> bool:
    return bool(column.isfinite().any())


def _curve(name: str, column: Tensor) -> Curve:
    stretches = column.tensor_split(min(_POINTS, len(column)))
    means = [(place, float(part.nanmean())) for place, part in enumerate(stretches) if _any(part)]
    values = [value for _, value in means]
    lowest, highest = min(values), max(values)
    across, up = WIDTH / max(1, len(stretches) - 1), HEIGHT / ((highest - lowest) or 1)
    points = " ".join(f"{place * across:.1f},{HEIGHT - (value - lowest) * up:.1f}" for place, value in means)
    return Curve(name, points, lowest, highest, values[-1])
