"""Rain rendered on rain-free photographs: streaks at several depths, splashes, and the veil of what is too far to see.

What is modelled, in linear light:

- A falling drop sees nearly the whole scene and shows its mean radiance E, so a streak is brighter than a dark
  background and all but invisible before the sky; motion blur over the exposure makes it transparent
  (Garg and Nayar, Detection and Removal of Rain from Videos, CVPR 2004; Vision and Rain, IJCV 2007):
  J = B + alpha max(E - B, 0).
- Near streaks are few, long, wide and out of focus; far ones many, short and thin.
- Rain too far to be resolved attenuates and scatters like fog: I = t J + (1 - t) A with t = exp(-beta d) (Koschmieder
  1924). A photograph has no depth; d grows from the lower edge to the upper one, as it does in most street scenes.
- A drop that hits the ground throws up a low crown of droplets, which shine as falling ones do. The ground is the part
  below a horizon; crowns lie on it as perspective has it, the smaller the nearer to the horizon.
- A camera's response is not sRGB's curve alone but steeper in the middle (Grossberg and Nayar, What is the Space of
  Camera Response Functions?, CVPR 2003): S(x) = x^p / (x^p + (1 - x)^p) over it, which p -> 1/p undoes. Rain of the
  same light is then fainter in shadows and highlights than in between.

Lengths are fractions of the picture's height, so that a photograph rains alike at every resolution.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["Rain", "draw_streak", "from_linear", "render", "sample_rain", "streak_layer", "to_linear", "toned"]

_LAYERS = ((1.0, 0.04), (2.0, 0.16), (4.0, 0.80))
"""Relative distance of each layer of streaks, and its share of all: numbers grow with the square of distance."""

_WIDTH = 0.0028
"""Half width of a streak at distance 1, as a fraction of the height; a drop of 2 mm, one metre away."""

_FOCUS = 4.0
"""The distance in focus; nearer streaks widen by defocus."""

_HORIZON = 0.45
"""Where the ground ends, as a fraction of the height from above."""

_CROWN = 0.02
"""Height of a crown of droplets at the lower edge, as a fraction of the height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rain:
    """One kind of rain, as a camera sees it.

    Attributes:
        angle: Direction of the fall, in degrees from the vertical; positive leans to the right going down.
        spread: Standard deviation of single streaks' directions, in degrees.
        length: Length of a streak at distance 1, as a fraction of the height: fall speed times exposure.
        density: Streaks per picture of square format.
        strength: Opacity of the strongest streaks, in [0, 1].
        veil: Scattering beta over the full depth; 0 is clear air, 1 is dense.
        splashes: Crowns on the ground, per picture of square format.
        response: Natural logarithm of p, by which the camera's response is steeper than sRGB; 0 is sRGB.
    """

    angle: float
    spread: float
    length: float
    density: float
    strength: float
    veil: float
    splashes: float = 0.0
    response: float = 0.0


def sample_rain(rng: np.random.Generator, *, full: bool = False) -> Rain:
    """Draw a plausible rain, from drizzle to downpour: heavier rain is denser, longer and veils more.

    Args:
        rng: Source of randomness.
        full: Draw splashes and the camera's response too, after all else.
    """
    heaviness = rng.beta(2.0, 1.6)
    rain = Rain(
        angle=float(np.clip(rng.normal(0, 14), -35, 35)),
        spread=float(rng.uniform(1.0, 4.0)),
        length=float(rng.uniform(0.08, 0.14) + 0.14 * heaviness),
        density=float(250 + 1600 * heaviness * rng.uniform(0.6, 1.4)),
        strength=float(rng.uniform(0.35, 0.55) + 0.25 * heaviness),
        veil=float(0.55 * heaviness * rng.uniform(0.3, 1.0)),
    )
    if not full:
        return rain
    return replace(rain, splashes=float(500 * heaviness * rng.uniform()), response=float(rng.uniform(0, 0.4)))


def render(clean: Array, rain: Rain, rng: np.random.Generator) -> Array:
    """Render rain on a photograph.

    Args:
        clean: The rain-free photograph.
        rain: The kind of rain.
        rng: The source of every streak's place and size.

    Shape:
        clean: float ``(H, W, 3)``, sRGB, values in [0, 1].
        returns: the same; equal to ``clean`` up to rounding where there are neither streaks nor splashes nor veil.
    """
    scene = to_linear(toned(clean, -rain.response))
    height, width = scene.shape[:2]
    environment = _environment(scene)
    for distance, share in reversed(_LAYERS):
        alpha = rain.strength * streak_layer((height, width), rain, distance, share, rng)[..., None]
        scene = scene + alpha * np.maximum(environment - scene, 0)
    if rain.splashes:
        alpha = rain.strength * _splash_layer((height, width), rain.splashes, rng)[..., None]
        scene = scene + alpha * np.maximum(environment - scene, 0)
    return toned(from_linear(_veiled(scene, rain.veil, environment, rng)), rain.response)


def _environment(scene: Array) -> Array:
    """Return the radiance that a drop shows: the scene's mean with the sky, the upper third, counted twice.

    Shape:
        scene: linear ``(H, W, 3)``.
        returns: ``(3,)``, half desaturated, as light through water from all sides is.
    """
    upper = scene[: max(1, scene.shape[0] // 3)]
    mean = (scene.mean(axis=(0, 1)) + 2 * upper.mean(axis=(0, 1))) / 3
    bright: Array = np.maximum(0.5 * mean + 0.5 * mean.mean(), 0.02) * 1.8
    return np.minimum(bright, 0.95)


def streak_layer(size: tuple[int, int], rain: Rain, distance: float, share: float, rng: np.random.Generator) -> Array:
    """Draw the opacity of the streaks at one distance.

    Args:
        size: Height and width, in pixels.
        rain: The kind of rain.
        distance: Relative distance, 1 is near.
        share: This layer's share of all streaks.
        rng: Source of places and sizes.

    Shape:
        returns: ``(H, W)``, in [0, 1].
    """
    height, width = size
    layer = np.zeros(size)
    count = rng.poisson(rain.density * share * width / height)
    defocus = abs(1 / distance - 1 / _FOCUS) * 0.0018
    half_width = max(0.45, np.hypot(_WIDTH / distance, defocus) * height)
    faintness = _WIDTH / distance * height / half_width
    for _ in range(count):
        length = max(2.0, rain.length / distance * height * rng.lognormal(0, 0.3))
        angle = np.radians(rain.angle + rng.normal(0, rain.spread))
        centre = rng.uniform(-0.05, 1.05, 2) * size
        opacity = min(1.0, faintness) * rng.beta(2, 3)
        draw_streak(layer, centre, length / 2, half_width * rng.uniform(0.7, 1.3), angle, opacity)
    return np.clip(layer, 0, 1)


def _splash_layer(size: tuple[int, int], splashes: float, rng: np.random.Generator) -> Array:
    """Draw the opacity ``(H, W)`` of the crowns on the ground, evenly over it: most of the far ones are too small."""
    height, width = size
    layer = np.zeros(size)
    for _ in range(rng.poisson(splashes * width / height)):
        nearness = rng.uniform(0.1, 1.0)  # 1 is the lower edge; rows below the horizon go as one over the distance
        foot = np.array(((_HORIZON + (1 - _HORIZON) * nearness) * height, rng.uniform(-0.05, 1.05) * width))
        crown = max(1.0, _CROWN * nearness * height * rng.lognormal(0, 0.3))
        half_width, opacity = max(0.45, 0.12 * crown), rng.beta(2, 3)
        draw_streak(layer, foot, 0.5 * crown, half_width, np.pi / 2, opacity)
        for _ in range(1 + rng.poisson(3)):
            angle = rng.normal(0, 0.6)
            up = crown * rng.uniform(0.3, 1.0) * np.array((np.cos(angle), np.sin(angle)))
            draw_streak(layer, foot - up, max(0.8, 0.25 * crown), half_width, angle, opacity * rng.uniform(0.4, 1))
    return np.clip(layer, 0, 1)


def draw_streak(
    layer: Array,
    centre: Array,
    half_length: float,
    half_width: float,
    angle: float,
    opacity: float,
    *,
    edge: float = 2.0,
    fade: float = 0.45,
) -> None:
    """Add one streak in place: bell-shaped across, flat along with soft ends; only its bounding box is touched.

    Args:
        layer: Opacities ``(H, W)``; overlapping streaks add up.
        centre: Row and column, in pixels.
        half_length: Half of its length, in pixels.
        half_width: Standard deviation across, in pixels.
        angle: From the vertical, in radians.
        opacity: In its middle, in [0, 1].
        edge: Exponent of the bell, at least 2: Gaussian; the larger, the more like a box.
        fade: Over which share of the half length the ends fade.
    """
    down, across = np.cos(angle), np.sin(angle)
    reach = np.abs([down, across]) * half_length * (1 + fade / 3) + 3 * half_width + 1
    top, left = np.maximum(np.floor(centre - reach), 0).astype(int)
    bottom, right = np.minimum(np.ceil(centre + reach) + 1, layer.shape).astype(int)
    if top >= bottom or left >= right:
        return
    rows = np.arange(top, bottom)[:, None] - centre[0]
    columns = np.arange(left, right)[None, :] - centre[1]
    along = np.abs(rows * down + columns * across) / half_length
    beside = np.abs(columns * down - rows * across) / half_width
    ends = np.clip((1 + fade / 3 - along) / fade, 0, 1)
    layer[top:bottom, left:right] += opacity * ends * ends * (3 - 2 * ends) * np.exp(-0.5 * beside**edge)


def _veiled(scene: Array, veil: float, airlight: Array, rng: np.random.Generator) -> Array:
    """Lay the veil of unresolved rain over a scene; its density drifts slowly over the picture."""
    if veil == 0:
        return scene
    height, width = scene.shape[:2]
    drift = ndimage.zoom(rng.normal(1, 0.15, (4, 4)), (height / 4, width / 4), order=3, mode="nearest", grid_mode=True)
    depth = np.linspace(1.0, 0.35, height)[:, None] * drift[:height, :width]
    transmission = np.exp(-veil * np.clip(depth, 0, None))[..., None]
    veiled: Array = scene * transmission + airlight * (1 - transmission)
    return veiled


def toned(encoded: Array, response: float) -> Array:
    """Put a camera's S-shaped tone curve over sRGB's, ``x^p / (x^p + (1 - x)^p)``.

    Args:
        encoded: Values in [0, 1].
        response: Natural logarithm of p; the curve of ``-response`` undoes it, and 0 changes nothing at all.

    >>> np.round(toned(np.array([0.0, 0.2, 0.5, 0.8, 1.0]), np.log(2)), 3).tolist()
    [0.0, 0.059, 0.5, 0.941, 1.0]
    """
    if response == 0:
        return encoded
    power = np.exp(response)
    light: Array = encoded**power
    curved: Array = light / (light + (1 - encoded) ** power)
    return curved


def to_linear(srgb: Array) -> Array:
    """Decode sRGB to linear light (IEC 61966-2-1).

    >>> np.round(to_linear(np.array([0.0, 0.5, 1.0])), 4).tolist()
    [0.0, 0.214, 1.0]
    """
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 (the standard's)


def from_linear(linear: Array) -> Array:
    """Encode linear light as sRGB, clipped to [0, 1] (IEC 61966-2-1)."""
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)  # noqa: PLR2004
