"""One measured quantity and how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cue", "ramp"]


@dataclass(frozen=True, slots=True)
class Cue:
    """A value and the confidence in it.

    Attributes:
        name: What was measured.
        value: The value, in the unit that the measuring function states; 0 where nothing could be measured.
        confidence: From 0, nothing could be measured, to 1. It is no probability: it tells which values to compare.
    """

    name: str
    value: float
    confidence: float


def ramp(value: float, low: float, high: float) -> float:
    """Return 0 up to ``low``, 1 from ``high``, and a straight line between them; descending if low > high.

    >>> ramp(5.0, 0.0, 10.0), ramp(1.0, 4.0, 2.0)
    (0.5, 1.0)
    """
    return float(min(1.0, max(0.0, (value - low) / (high - low))))
