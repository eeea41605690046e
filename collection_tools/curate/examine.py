"""One photograph from the store, looked at once: is it sound, is it what the recipe asks for, what does it show?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import imagehash
import numpy as np
from PIL import Image
from pydantic import Field

from collection_tools.collect.store import Collected, object_path
from collection_tools.curate.checks import Opened, Photo, check
from collection_tools.metadata.strip import strip_metadata
from collection_tools.rain.measure import measure, tags
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import decode, pixel_digest
from nlcl_bench.data.record import Digest, ImageId, Row, Text

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from collection_tools.curate.recipe import Recipe

__all__ = ["Dropped", "Examined", "drop", "examine", "image_id", "thumbnail"]

_THUMBNAIL_SIDE = 16


class Dropped(Row):
    """One collected photograph that is not published, and why.

    Attributes:
        image_id: Its name, were it published.
        sha256: Digest of the collected bytes.
        file: The name it was collected under.
        reason: Why.
        measure: The number that was compared with the recipe, if there is one.
    """

    image_id: ImageId
    sha256: Digest
    file: Annotated[str, Field(max_length=4096)]
    reason: Text
    measure: float | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """What later stages need of a sound photograph: under a kilobyte, whatever its size.

    Attributes:
        row: Its row in the store.
        published: Digest of its bytes without metadata.
        pixels: Digest of its picture.
        hash: Perceptual hash, uint8 ``(8,)``.
        thumbnail: See :func:`thumbnail`.
        rain_kinds: Kinds of rain that were seen; see :func:`collection_tools.rain.measure.tags`.
    """

    row: Collected
    published: str
    pixels: str
    hash: npt.NDArray[np.uint8]
    thumbnail: npt.NDArray[np.float16]
    rain_kinds: tuple[str, ...]

    @property
    def image_id(self) -> str:
        """Its name."""
        return image_id(self.row)


def image_id(row: Collected) -> str:
    """Return the name under which a photograph is published."""
    return row.sha256[:16]


def drop(row: Collected, reason: str, measure: float | None = None) -> Dropped:
    """Return the row that says why a photograph is not published."""
    return Dropped(image_id=image_id(row), sha256=row.sha256, file=row.file, reason=reason[:2000], measure=measure)


def examine(row: Collected, store: Path, recipe: Recipe) -> Examined | Dropped:
    """Look at one photograph: first the checks that need no pixel, then the bytes, then the picture."""
    photo = Photo(row, lambda: _opened(row, store))
    try:
        verdict = check(photo, recipe)
        if not verdict.keep:
            return drop(row, verdict.reason, verdict.measure)
        found = photo.opened
    except ImageError as error:
        return drop(row, error.what)
    # kinds are named only where somebody said that it rains: a lawn is streaky and fog is a veil
    kinds = tags(measure(found.image), recipe.rain) if row.domain == "rainy" else ()
    published = sha256_bytes(found.published)
    return Examined(row, published, found.pixels, _hash(found.image), thumbnail(found.image), kinds)


def _opened(row: Collected, store: Path) -> Opened:
    data = _stored(row, store)
    published = strip_metadata(data, where=row.file)
    image = decode(published, where=row.file)
    pixels = pixel_digest(image)
    # A newer decoder may round differently than the one it was collected with: then the original decides.
    if pixels != row.pixels and pixels != pixel_digest(decode(data, where=row.file)):
        raise ImageError("removing its metadata would change its picture")
    return Opened(published, image, pixels)


def _stored(row: Collected, store: Path) -> bytes:
    try:
        data = object_path(store, row.sha256, row.format).read_bytes()
    except OSError as error:
        raise ImageError("its bytes are missing from the store") from error
    if sha256_bytes(data) != row.sha256:
        raise ImageError("its bytes in the store are damaged")
    return data


def _hash(image: Image.Image) -> npt.NDArray[np.uint8]:
    return np.packbits(imagehash.phash(image).hash.ravel())


def thumbnail(image: Image.Image) -> npt.NDArray[np.float16]:
    """Return a tiny grey picture, zero-mean and of unit length, so that a dot product of two is their correlation.

    It is averaged in floating point: even a night scene of a few grey levels keeps its structure. A flat picture
    gives zeros and so correlates with nothing.

    Shape:
        returns: float16 ``(256,)``.
    """
    size = (_THUMBNAIL_SIDE, _THUMBNAIL_SIDE)
    grey = np.asarray(image.convert("L").convert("F").resize(size, Image.Resampling.BOX), dtype=np.float64).ravel()
    grey -= grey.mean()
    length = float(np.linalg.norm(grey))
    return (grey / length if length > _FLAT else np.zeros_like(grey)).astype(np.float16)


_FLAT = 1e-3 * _THUMBNAIL_SIDE
"""Below a deviation of a thousandth of a grey level there is no picture, only rounding."""
