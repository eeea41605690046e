"""Rendered rain for the warm-up: streaks and splashes of all kinds, drawn on clean crops as they are needed.

:mod:`nlcl_bench.data.rendering` renders plausible rain on whole photographs; a network that is to meet any camera
needs more than what is plausible on average. So lengths, widths, numbers and opacities are drawn here from wide ranges,
in pixels, since it is pixels that the network sees: the same rain is three pixels wide in a small video and thirty in
a large photograph. Layers of opacity are drawn once; each crop then takes pieces of some of them.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from nlcl_bench.data.rendering import draw_streak

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Bytes = npt.NDArray[np.uint8]

__all__ = ["draw_layers", "rain_on", "vary"]

_SIDE = 320


def draw_layers(count: int, seed: int, side: int = _SIDE) -> Bytes:
    """Draw layers of rain: opacities, ``(count, side, side)``, 255 is opaque.

    Args:
        count: How many.
        seed: Of all that is drawn.
        side: Of each, in pixels.
    """
    rng = np.random.default_rng([seed, 1])
    layers = np.empty((count, side, side), np.uint8)
    for layer in layers:
        opacity = np.zeros((side, side))
        _fall(opacity, rng)
        if rng.random() < 0.35:  # noqa: PLR2004 (a share of the layers)
            _splash(opacity, rng)
        layer[:] = (np.clip(opacity, 0, 1) * 255).astype(np.uint8)
    return layers


def _fall(opacity: npt.NDArray[np.float64], rng: np.random.Generator) -> None:
    """Draw falling streaks: alike in direction, about alike in size, nearer ones larger."""
    side = len(opacity)
    angle, spread = np.radians(np.clip(rng.normal(0, 15), -50, 50)), np.radians(rng.uniform(0.5, 5))
    length, width = np.exp(rng.uniform(*np.log((6, 90)))), np.exp(rng.uniform(*np.log((0.45, 2.2))))
    covered, strength = np.exp(rng.uniform(*np.log((0.003, 0.12)))), rng.uniform(0.3, 1.0)
    chained = rng.random() < 0.3  # noqa: PLR2004
    edge, fade = rng.choice((2.0, 2.0, 4.0, 8.0)), rng.uniform(0.1, 0.6)  # in focus, a drop draws a strip
    for _ in range(1 + int(min(3000, covered * side * side / (length * width * 2.5)))):
        near = rng.lognormal(0, 0.35)
        centre, turn = rng.uniform(-0.05, 1.05, 2) * side, angle + rng.normal(0, spread)
        half_width, brightness = max(0.4, width * near * rng.uniform(0.7, 1.3)), strength * rng.beta(3, 2)
        for _ in range(1 + int(chained) * rng.poisson(1)):
            half_length = max(1.5, length * near * rng.lognormal(0, 0.25) / 2)
            shown = brightness * rng.uniform(0.7, 1.1)
            draw_streak(opacity, centre, half_length, half_width, turn, shown, edge=edge, fade=fade)
            step = half_length * rng.uniform(2.2, 4)  # a drop wobbles as it falls, and shines now and then
            centre = centre + step * np.array((np.cos(turn), np.sin(turn)))


def _splash(opacity: npt.NDArray[np.float64], rng: np.random.Generator) -> None:
    """Draw what drops throw up from the ground: specks, below some height of the picture."""
    side = len(opacity)
    top = rng.uniform(0, 0.7) * side
    for _ in range(int(rng.uniform(20, 600))):
        width = rng.uniform(0.5, 1.3)
        centre = np.array((rng.uniform(top, side), rng.uniform(0, side)))
        draw_streak(opacity, centre, width * rng.uniform(1, 2.2), width, rng.uniform(0, np.pi), rng.uniform(0.1, 0.6))


def vary(clean: Bytes, rng: np.random.Generator) -> Floats:
    """Return a clean crop in another light: half of them in another contrast, a third of them hazy.

    Shape:
        clean: uint8 ``(H, W, 3)``.
        returns: float32, the same shape, values in [0, 1].
    """
    varied: Floats = np.divide(clean, 255, dtype=np.float32)
    if rng.random() < 0.5:  # noqa: PLR2004 (shares of the crops, here and below)
        varied **= np.float32(np.exp(rng.normal(0, 0.25)))
    if rng.random() < 0.3:  # noqa: PLR2004
        contrast = rng.uniform(0.7, 1)
        varied *= np.float32(contrast)
        varied += np.float32(rng.uniform(0, 1 - contrast))
    return varied


def rain_on(clean: Floats, layers: Bytes, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Render rain on a clean crop, and save most pairs as a camera or a website would.

    A drop hides part of what is behind it and shows the sky: ``O = B + a max(s - B, 0)``; or, where light scatters,
    adds to it: ``O = B + a s``. Both pictures of a pair are sharpened and compressed alike, so that the network learns
    to remove rain and not the traces of cameras.

    Args:
        clean: The crop, B.
        layers: What :func:`draw_layers` drew, each at least as large as the crop.
        rng: Source of randomness.

    Shape:
        clean: float32 ``(H, W, 3)``, in [0, 1].
        returns: rainy and clean crop, the same.
    """
    opacity: Floats = np.zeros((*clean.shape[:2], 1), np.float32)
    for _ in range(rng.choice((0, 1, 2, 3), p=(0.2, 0.4, 0.28, 0.12))):  # where it does not rain, nothing is to go
        strength = min(1.0, rng.uniform(0.5, 1.3)) / 255
        opacity = 1 - (1 - opacity) * (1 - np.float32(strength) * _piece(layers, clean.shape[:2], rng)[..., None])
    sky = np.clip(rng.uniform(0.6, 1.05) + rng.normal(0, 0.02, 3), 0, 1.1).astype(np.float32)
    hiding = rng.random() < 0.6  # noqa: PLR2004
    rainy: Floats = clean + opacity * (
        np.maximum(sky - clean, 0) if hiding else sky * np.float32(rng.uniform(0.4, 0.9))
    )
    rainy = np.clip(rainy, 0, 1)
    if rng.random() < 0.7:  # noqa: PLR2004
        sharpening, quality = int(rng.choice((0, 0, 80, 160))), int(rng.integers(40, 97))
        return _saved(rainy, sharpening, quality), _saved(clean, sharpening, quality)
    return rainy, clean


def _piece(layers: Bytes, size: tuple[int, ...], rng: np.random.Generator) -> Bytes:
    layer = layers[rng.integers(len(layers))]
    top, left = (rng.integers(length - wanted + 1) for length, wanted in zip(layer.shape, size, strict=True))
    piece: Bytes = layer[top : top + size[0], left : left + size[1]]
    return piece[:, ::-1] if rng.random() < 0.5 else piece  # noqa: PLR2004


def _saved(crop: Floats, sharpening: int, quality: int) -> Floats:
    """Return a crop as a camera saves it: sharpened by some per cent, compressed with a quality."""
    picture, stream = Image.fromarray((crop * 255 + 0.5).astype(np.uint8)), io.BytesIO()
    if sharpening:
        picture = picture.filter(ImageFilter.UnsharpMask(radius=1, percent=sharpening, threshold=0))
    picture.save(stream, "JPEG", quality=quality)
    saved: Floats = np.divide(np.asarray(Image.open(stream)), 255, dtype=np.float32)
    return saved
