"""Checks of the size, which need no picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.curate.checks.verdict import Verdict

if TYPE_CHECKING:
    from collection_tools.curate.checks.photo import Photo
    from collection_tools.curate.recipe import Recipe

__all__ = ["aspect", "resolution"]


def resolution(photo: Photo, recipe: Recipe) -> Verdict:
    """Keep what is large enough."""
    side = min(photo.row.width, photo.row.height)
    keep = side >= recipe.resolution.shorter_side
    return Verdict(keep, "" if keep else f"shorter side under {recipe.resolution.shorter_side} pixels", float(side))


def aspect(photo: Photo, recipe: Recipe) -> Verdict:
    """Keep what is no stripe."""
    ratio = max(photo.row.width, photo.row.height) / min(photo.row.width, photo.row.height)
    keep = ratio <= recipe.aspect.ratio
    return Verdict(keep, "" if keep else f"longer side over {recipe.aspect.ratio:g} times the shorter", ratio)
