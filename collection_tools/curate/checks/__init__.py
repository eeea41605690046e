"""What a photograph must be: pure functions from a photograph and the recipe to a verdict.

The order of :data:`CHECKS` is that in which they are asked; the first that rejects decides. It goes from what costs
nothing to know, over what damages a file, to what a picture looks like. Sharpness comes before upscaling: what is
enlarged a lot is blurred too, and in a blur the blocks of a JPEG can look like the period of an enlargement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.curate.checks.colour import monochrome
from collection_tools.curate.checks.compression import jpeg
from collection_tools.curate.checks.exposure import clipping, exposure
from collection_tools.curate.checks.frame import borders, integrity
from collection_tools.curate.checks.photo import Opened, Photo
from collection_tools.curate.checks.sharpness import sharpness
from collection_tools.curate.checks.size import aspect, file_kind, resolution
from collection_tools.curate.checks.upscaling import upscaling
from collection_tools.curate.checks.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from collection_tools.curate.recipe import Recipe

__all__ = ["CHECKS", "Opened", "Photo", "Verdict", "check"]

CHECKS: tuple[Callable[[Photo, Recipe], Verdict], ...] = (
    file_kind,
    resolution,
    aspect,
    integrity,
    jpeg,
    exposure,
    clipping,
    borders,
    monochrome,
    sharpness,
    upscaling,
)


def check(photo: Photo, recipe: Recipe) -> Verdict:
    """Return the first verdict that rejects, or the last that keeps.

    Raises:
        ImageError: A check asked for the picture, and it is not sound.
    """
    verdict = Verdict(keep=True)
    for one in CHECKS:
        verdict = one(photo, recipe)
        if not verdict.keep:
            break
    return verdict
