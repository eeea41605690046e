"""Does the camera stand still? To a fraction of a pixel, and through rain.

Sixteen patches at full size are followed through some frames of a shot. First coarsely, all patches together, by phase
correlation (Kuglin and Hines, "The phase correlation image alignment method", ICCS 1975): rain is another in every
frame and adds up to nothing. If nothing moves by a pixel, then finely, patch by patch, against the temporal median B of
the patch, in which there is no rain: the shift d that minimises

    Σ w (I - B - o + d·∇B)²

(Lucas and Kanade, "An iterative image registration technique", IJCAI 1981), with an offset o for the light and Tukey's
weights w, for which a streak is an outlier. Patches without texture have no say; of the others, the median patch
speaks, so that a car or a tree in the wind moves no camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft
from scipy.ndimage import gaussian_filter, median_filter

if TYPE_CHECKING:
    import numpy.typing as npt

    from collection_tools.video.glance import Glance

    Floats = npt.NDArray[np.float32]

__all__ = ["Sampler", "Steadiness", "steadiness"]

MOST = 64
"""Frames of a shot that are followed, at most; half as many at least, if there are."""

FEWEST = 8
"""Frames below which nothing is said."""

DRIFT, JITTER = 0.5, 0.25
"""Pixels up to which a camera that drifts or shakes is still."""

TEXTURE = 1.5
"""Levels per pixel of gradient, root mean square in the weaker direction, that a patch must have."""

_SMOOTH = 1.0
_TUKEY = 4.685  # 95 % efficiency for normal noise
_TO_SIGMA = 1.4826
_ROUNDS = 4
_FINE = 1  # pixels of shift that linearising the picture bears


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How still a camera stands.

    Attributes:
        drift: The farthest that the picture wanders, in pixels.
        jitter: How much it trembles about its way, root mean square, in pixels.
        light: Range of the brightness, in levels of 255, its outermost twentieths left out.
        frames: How many frames were followed.
        patches: How many patches had texture; without, nothing can be told.
    """

    drift: float
    jitter: float
    light: float
    frames: int
    patches: int

    @property
    def told(self) -> bool:
        """Whether anything can be told: there are enough frames, with texture."""
        return self.frames >= FEWEST and self.patches > 0

    @property
    def still(self) -> bool:
        """Whether it is known to stand still."""
        return self.refusal is None

    @property
    def refusal(self) -> str | None:
        """Why no background can be computed from these frames; the measure stands after the colon."""
        if self.frames < FEWEST:
            return f"is too short to tell whether the camera stands still: {self.frames} frames"
        if not self.patches:
            return "is too plain to tell whether the camera stands still"
        if self.drift > DRIFT or self.jitter > JITTER:
            return f"the camera moves: drift {self.drift:.2f}, jitter {self.jitter:.2f} pixels"
        return None


class Sampler:
    """Keeps some frames of a shot, evenly spread, without knowing how long it will be."""

    def __init__(self) -> None:
        self._kept: list[npt.NDArray[np.uint8]] = []
        self._step = 1
        self._seen = 0

    def look(self, one: Glance) -> None:
        """Look at the next frame of the shot; all are of one size."""
        if self._seen % self._step == 0:
            self._kept.append(one.patches)
            if len(self._kept) == MOST:
                self._kept = self._kept[::2]
                self._step *= 2
        self._seen += 1

    def steadiness(self) -> Steadiness:
        """Return how still the camera stood."""
        return steadiness(np.stack(self._kept))


def steadiness(patches: npt.NDArray[np.uint8]) -> Steadiness:
    """Measure how still a camera stands.

    Shape:
        patches: uint8 luma ``(T, P, S, S)``: P patches at fixed places in each of T frames.
    """
    frames = len(patches)
    if frames < FEWEST:
        return Steadiness(0.0, 0.0, 0.0, frames, 0)
    background = np.median(patches, axis=0).astype(np.float32)
    light = _light(patches, background)
    followed = _Patches(_smooth(background))
    coarse = _coarse(patches)
    if np.abs(coarse).max() > _FINE or not followed.textured:
        textured = followed.textured or int((np.ptp(patches[0], axis=(1, 2)) > 16).sum())  # noqa: PLR2004
        return _of_path(coarse[:, None, :], light, textured)
    path = np.stack([followed.shifts(_smooth(one.astype(np.float32))) for one in patches])
    return _of_path(path, light, followed.textured)


def _smooth(patches: Floats) -> Floats:
    smooth: Floats = gaussian_filter(patches, (0, _SMOOTH, _SMOOTH), mode="nearest")
    return smooth


def _light(patches: npt.NDArray[np.uint8], background: Floats) -> float:
    """Return the range of the brightness; medians, so that neither rain nor a passer-by counts."""
    levels = [float(np.median(one - background)) for one in patches]
    low, high = np.quantile(levels, (0.05, 0.95))
    return float(high - low)


def _of_path(path: npt.NDArray[np.floating], light: float, patches: int) -> Steadiness:
    """Return drift and jitter of patches that went along ``(T, P, 2)``."""
    length = max(3, len(path) // 8 * 2 + 1)
    way = median_filter(path, (length, 1, 1), mode="nearest")
    drift = np.median(np.hypot(*np.ptp(way, axis=0).T))
    jitter = np.median(np.sqrt(((path - way) ** 2).sum(axis=2).mean(axis=0)))
    return Steadiness(float(drift), float(jitter), light, len(path), patches)


def _coarse(patches: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return the shift of each frame against the middle one in whole pixels, ``(T, 2)``, all patches together."""
    side = patches.shape[-1]
    window = np.hanning(side)[:, None] * np.hanning(side)

    def spectrum(one: npt.NDArray[np.uint8]) -> npt.NDArray[np.complexfloating]:
        even = one - one.mean(axis=(1, 2), keepdims=True)
        return np.asarray(fft.rfft2((even * window).astype(np.float32)))

    middle = spectrum(patches[len(patches) // 2])
    shifts = []
    for one in patches:
        cross = spectrum(one) * middle.conj()
        cross /= np.abs(cross) + 1e-3 * np.abs(cross).max() + 1e-12
        surface = fft.irfft2(cross.sum(axis=0), (side, side))
        row, column = np.unravel_index(np.argmax(gaussian_filter(surface, 0.7, mode="wrap")), surface.shape)
        shifts.append([(row + side // 2) % side - side // 2, (column + side // 2) % side - side // 2])
    return np.asarray(shifts, np.float64)


class _Patches:
    """The rain-free patches, ready to be found again in a frame."""

    def __init__(self, background: Floats) -> None:
        edge = slice(4, -4)  # what the smoothing made of the rim is left out
        self._inner = (..., edge, edge)
        gradient = np.stack([np.gradient(background, axis=axis) for axis in (1, 2)], axis=1)
        flat = gradient[self._inner].reshape(len(background), 2, -1)
        weaker = np.linalg.eigvalsh(flat @ flat.transpose(0, 2, 1) / max(1, flat.shape[2])).min(axis=1)
        self._textured = weaker >= TEXTURE**2
        self.textured = int(self._textured.sum())
        self._gradient = flat[self._textured]
        self._background = background

    def shifts(self, frame: Floats) -> Floats:
        """Return by how much each patch with texture lies lower and farther right, in pixels, ``(P, 2)``."""
        step = (self._background - frame)[self._inner][self._textured].reshape(self.textured, -1)
        moved = np.zeros((self.textured, 2), np.float32)
        for _ in range(_ROUNDS):
            left = step - np.einsum("pd,pdn->pn", moved, self._gradient)
            left -= np.median(left, axis=1, keepdims=True)
            scale = _TO_SIGMA * np.median(np.abs(left), axis=1, keepdims=True) + 1e-3
            weight = np.clip(1 - (left / (_TUKEY * scale)) ** 2, 0, None)[:, None] ** 2
            gradient = self._gradient - (self._gradient * weight).sum(axis=2, keepdims=True) / weight.sum(
                axis=2, keepdims=True
            )
            weighted = gradient * weight
            normal = weighted @ gradient.transpose(0, 2, 1) + 1e-6 * np.eye(2, dtype=np.float32)
            moved = np.linalg.solve(normal, weighted @ step[..., None])[..., 0]
        return moved
