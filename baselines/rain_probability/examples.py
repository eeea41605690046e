"""What the network is shown: pairs of crops that differ in the rain and in nothing else.

Photographs of rain come from other cameras and other websites than photographs without, so whoever compares the two
learns to tell the websites. Here both crops of a pair are of one photograph, and spoiled alike:

- a crop of a photograph without rain, with rendered rain and without; half of them lie on their side before it rains;
- a real rainy crop, and the same crop on its side, where its rain runs level, which rain does not;
- that crop on its side again, with rendered rain and without, so that what lies on its side is not rain-free for that.

Sources, which are the subfolders that photographs lie in, are drawn by the square root of their size.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy import ndimage

from baselines.nlcl.rain import rain_on, vary
from nlcl_bench.core.digest import sha256_bytes, sha256_lines
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.images import decode
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.metrics.pictures import luma, reduced

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    Floats = npt.NDArray[np.float32]

__all__ = ["CROP", "Examples", "Photograph", "digest", "draw_pair", "read"]

CROP = 96
"""Side of a crop, in pixels of the size of measuring."""

_REAL, _TURNED = 0.3, 0.2
"""Shares of the pairs that are real rain, and rain rendered on turned real rain; the others are rendered on clean."""

_VISIBLE = 0.002
"""Mean difference, in [0, 1], from which on rendered rain counts as rain; on a white sky there is none to be seen."""

_FILTERS = (Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


@dataclass(frozen=True, slots=True)
class Photograph:
    """A photograph at the size of measuring.

    Attributes:
        pixels: uint8 ``(H, W, 3)``.
        source: Where it is from: the folder in its name.
        sha256: Of its file.
    """

    pixels: Bytes
    source: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Examples:
    """What pairs are drawn from.

    Attributes:
        rainy: Photographs with rain.
        clean: Photographs without.
        layers: Layers of rain, as :func:`baselines.nlcl.rain.draw_layers` draws them.
    """

    rainy: Sequence[Photograph]
    clean: Sequence[Photograph]
    layers: Bytes


def read(
    photographs: Iterable[tuple[str, bytes]], *, domain: str, track: Track = silent
) -> tuple[list[Photograph], list[str]]:
    """Decode and reduce photographs.

    Args:
        photographs: Names and bytes.
        domain: ``rainy`` or ``clean``, for messages.
        track: Shows progress.

    Returns:
        The photographs in the order of sources and digests, and what could not be used and why.

    Raises:
        InputError: There are fewer than ten, too few to keep every fifth aside.
    """
    found, skipped = [], []
    for name, data in track(photographs, what=f"decode {domain} photographs"):
        try:
            image = np.asarray(decode(data, where=name), dtype=np.float32).transpose(2, 0, 1)
        except ImageError as error:
            skipped.append(str(error))
            continue
        if min(image.shape[1:]) < CROP:
            skipped.append(f"{name}: {image.shape[2]}x{image.shape[1]} is smaller than a crop of {CROP}")
            continue
        pixels = reduced(image).round().astype(np.uint8)
        found.append(Photograph(pixels, name.rpartition("/")[0], sha256_bytes(data)))
    if len(found) < 10:  # noqa: PLR2004
        raise InputError(
            f"{len(found)} {domain} photographs can be used" + (f"; not {skipped[0]}" if skipped else ""),
            where=domain,
            fix=f"give at least ten of {CROP}x{CROP} pixels or more",
        )
    return sorted(found, key=lambda one: (one.source, one.sha256)), skipped


def digest(photographs: Iterable[Photograph]) -> str:
    """Return the digest of the photographs' digests, in the order of those."""
    return sha256_lines(sorted(one.sha256 for one in photographs))


def draw_pair(examples: Examples, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw two crops that differ in the rain.

    Shape:
        returns: luma ``(CROP, CROP)``, in [0, 1] in steps of 1/255: with rain, without.
    """
    kind = rng.random()
    if kind < _REAL:
        crop = _crop(examples.rainy, rng)
        pair = _unit(crop), _unit(_turned(crop, rng))
    elif kind < _REAL + _TURNED:
        pair = _rained(_turned(_crop(examples.rainy, rng), rng), examples.layers, rng)
    else:
        crop = _crop(examples.clean, rng)
        pair = _rained(crop if rng.random() < 0.5 else _turned(crop, rng), examples.layers, rng)  # noqa: PLR2004
    across, down = (int(sign) for sign in rng.choice((-1, 1), 2))
    rainy, dry = (luma(one.astype(np.float64))[::down, ::across] for one in pair)
    return _spoiled(rainy, dry, rng)


def _crop(photographs: Sequence[Photograph], rng: np.random.Generator) -> Bytes:
    """Draw a crop; half of them are shrunk, to down to half their size."""
    pixels = _drawn(photographs, rng).pixels
    shrink = rng.uniform(1, 2) if rng.random() < 0.5 else 1.0  # noqa: PLR2004
    side = min(round(CROP * shrink), *pixels.shape[:2])
    top, left = (int(rng.integers(length - side + 1)) for length in pixels.shape[:2])
    piece = pixels[top : top + side, left : left + side]
    if side == CROP:
        return piece
    how = _FILTERS[rng.integers(len(_FILTERS))]
    return np.asarray(Image.fromarray(piece).resize((CROP, CROP), how))


def _drawn(photographs: Sequence[Photograph], rng: np.random.Generator) -> Photograph:
    sources, sizes = np.unique([one.source for one in photographs], return_counts=True)
    source = sources[rng.choice(len(sources), p=np.sqrt(sizes) / np.sqrt(sizes).sum())]
    members = [one for one in photographs if one.source == source]
    return members[rng.integers(len(members))]


def _unit(crop: Bytes) -> Floats:
    return np.divide(crop, 255, dtype=np.float32)


def _turned(crop: Bytes, rng: np.random.Generator) -> Bytes:
    return np.rot90(crop, rng.choice((1, 3)))


def _rained(dry: Bytes, layers: Bytes, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Render rain that can be seen, if there is a place where it can."""
    varied = vary(dry, rng)
    for _ in range(8):
        pair = rain_on(varied, layers, rng)
        if float(np.abs(pair[0] - pair[1]).mean()) > _VISIBLE:
            break
    return pair


def _spoiled(
    rainy: npt.NDArray[np.float64], dry: npt.NDArray[np.float64], rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Do to both what cameras, websites and methods do to pictures: blur, sharpen, add noise, compress."""
    chances = rng.random(4) < (0.35, 0.25, 0.3, 0.5)
    blur, sharpen, noise = rng.exponential(0.8), rng.uniform(0.3, 1.5), rng.exponential(0.015)
    quality = int(rng.integers(30, 97))
    done = []
    for plane in (rainy, dry):
        if chances[0]:
            plane = ndimage.gaussian_filter(plane, blur, mode="nearest")  # noqa: PLW2901
        if chances[1]:
            plane = plane + sharpen * (plane - ndimage.gaussian_filter(plane, 1.0, mode="nearest"))  # noqa: PLW2901
        if chances[2]:
            plane = plane + rng.normal(0, noise, plane.shape)  # noqa: PLW2901
        grey = (np.clip(plane, 0, 1) * 255).round().astype(np.uint8)
        done.append(np.divide(_compressed(grey, quality) if chances[3] else grey, 255, dtype=np.float32))
    return done[0], done[1]


def _compressed(grey: Bytes, quality: int) -> Bytes:
    stream = io.BytesIO()
    Image.fromarray(grey).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))
