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
from collection_tools.curate.checks.size import aspect, resolution
from collection_tools.curate.checks.upscaling import upscaling
from collection_tools.curate.checks.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from collection_tools.curate.recipe import Recipe

__all__ = ["CHECKS", "Opened", "Photo", "Verdict", "checked"]

CHECKS: tuple[Callable[[Photo, Recipe], Verdict], ...] = (
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


def checked(photo: Photo, recipe: Recipe) -> Iterator[tuple[str, Verdict]]:
    """Yield the name and the verdict of every check, in their order.

    Raises:
        ImageError: The picture is not sound.
    """
    for check in CHECKS:
        yield check.__name__, check(photo, recipe)
