"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Verdict"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a photograph is kept.

    Attributes:
        keep: Whether it is.
        reason: Why not; empty if it is kept.
        measure: The number that was compared with the recipe, if there is one.
    """

    keep: bool
    reason: str = ""
    measure: float | None = None
