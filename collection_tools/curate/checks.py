"""What a photograph must be: pure functions from what was collected to a verdict, in the order they are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from collection_tools.collect.store import Collected
    from collection_tools.curate.recipe import Recipe

__all__ = ["CHECKS", "Verdict", "check"]

# The kinds of file whose metadata can be removed without encoding the picture again.
_CLEANABLE = ("JPEG", "PNG")


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


def file_kind(row: Collected, recipe: Recipe) -> Verdict:  # noqa: ARG001 (one signature for all checks)
    """Keep JPEG and PNG."""
    keep = row.format in _CLEANABLE
    return Verdict(keep, "" if keep else f"is {row.format}, of which metadata cannot be removed without re-encoding")


def resolution(row: Collected, recipe: Recipe) -> Verdict:
    """Keep what is large enough."""
    side = min(row.width, row.height)
    keep = side >= recipe.resolution.shorter_side
    return Verdict(keep, "" if keep else f"shorter side under {recipe.resolution.shorter_side} pixels", float(side))


def aspect(row: Collected, recipe: Recipe) -> Verdict:
    """Keep what is no stripe."""
    ratio = max(row.width, row.height) / min(row.width, row.height)
    keep = ratio <= recipe.aspect.ratio
    return Verdict(keep, "" if keep else f"longer side over {recipe.aspect.ratio:g} times the shorter", ratio)


CHECKS: tuple[Callable[[Collected, Recipe], Verdict], ...] = (file_kind, resolution, aspect)


def check(row: Collected, recipe: Recipe) -> Verdict:
    """Return the first verdict that rejects, or the last that keeps."""
    verdict = Verdict(keep=True)
    for one in CHECKS:
        verdict = one(row, recipe)
        if not verdict.keep:
            break
    return verdict
