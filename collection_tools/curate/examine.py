"""One photograph from the store, looked at once: is it sound, is it what the recipe asks for, what does it show?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.collect.exif import read_moment
from collection_tools.curate.checks import Opened, Photo, checked
from collection_tools.curate.finding import Checked, Finding
from collection_tools.curate.looks import appearance, detail
from collection_tools.metadata.publish import publishable
from collection_tools.privacy.faces import find_faces
from collection_tools.published import stored
from collection_tools.rain.light import night
from collection_tools.rain.measure import Measured, measure, tags, time_of_day
from collection_tools.rain.view import view
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import decode, pixel_digest
from nlcl_bench.data.record import Measure, RainMeasures

if TYPE_CHECKING:
    from pathlib import Path

    from collection_tools.collect.store import Collected
    from collection_tools.curate.checks.verdict import Verdict
    from collection_tools.curate.recipe import Recipe
    from collection_tools.rain.cue import Cue

__all__ = ["examine"]


def examine(row: Collected, store: Path, recipe: Recipe, *, faces: bool) -> Finding:
    """Look at one photograph; what is found depends on its bytes, its row and the recipe only.

    Args:
        row: Its row in the store.
        store: The store.
        recipe: What is asked of a photograph.
        faces: Whether to look for faces, which needs the extra ``privacy``.
    """
    try:
        data = stored(store, row)
        published = publishable(data, where=row.file)
        photo = Photo(row, _opened(row, data, published.data))
        said = tuple(_checked(name, verdict) for name, verdict in checked(photo, recipe))
    except ImageError as error:
        return Finding(sha256=row.sha256, damage=error.what[:2000])
    image = photo.opened.image
    # rain is measured only where somebody said that it rains: a lawn is streaky and fog is a veil
    rain = measure(image) if row.domain == "rainy" else None
    time = time_of_day(night(view(photo.small)) if rain is None else rain.night, recipe.rain)
    return Finding(
        sha256=row.sha256,
        checks=said,
        published=sha256_bytes(published.data),
        suffix=published.suffix,
        converted=published.converted,
        pixels=photo.opened.pixels,
        **appearance(photo.small)._asdict(),
        detail=detail(photo.grey),
        moment=read_moment(data),
        rain=None if rain is None else _measures(rain),
        kinds=() if rain is None else tags(rain, recipe.rain),
        night=None if time is None else time == "night",
        private=find_faces(image, recipe.privacy.maybe) if faces else None,
    )


def _checked(name: str, verdict: Verdict) -> Checked:
    return Checked(check=name, reason=None if verdict.keep else verdict.reason, measure=verdict.measure)


def _measures(rain: Measured) -> RainMeasures:
    return RainMeasures(
        presence=_measure(rain.presence),
        streak_density=_measure(rain.density),
        streak_angle=_measure(rain.angle),
        veil=_measure(rain.veil),
        drops=_measure(rain.drops),
        night=_measure(rain.night),
    )


def _measure(cue: Cue) -> Measure:
    """Round to what means anything, so that the last bits of a processor's arithmetic change no digest."""
    return Measure(value=round(cue.value, _DIGITS), confidence=round(cue.confidence, _DIGITS))


_DIGITS = 4


def _opened(row: Collected, data: bytes, published: bytes) -> Opened:
    image = decode(published, where=row.file)
    pixels = pixel_digest(image)
    # A newer decoder may round differently than the one it was collected with: then the original decides.
    if pixels != row.pixels and pixels != pixel_digest(decode(data, where=row.file)):
        raise ImageError("removing its metadata would change its picture")
    return Opened(published, image, pixels)
