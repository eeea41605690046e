"""The scene without rain, from many frames of a camera that stands still; and where that is not to be trusted.

Two estimates. The temporal median: a pixel that rain covers in less than half of the frames shows its background
there (Garg and Nayar, "Vision and Rain", IJCV 75(1), 2007, find far less in all but violent rain). And robust PCA,
:mod:`collection_tools.video.pursuit`, of a matrix with one column per frame: the median of its columns of low rank.

Rain is thin, short and brightens. So what is wider than rain in both directions, or darker than the background, is not
rain: a person, a car, a leaf in the wind. Where such things often are, the estimate is not to be trusted. The veil of
rain too far to be resolved is there in every frame and stays in both estimates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.ndimage import binary_dilation, binary_opening, grey_opening

from collection_tools.video.pursuit import pursue

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from collection_tools.video.stack import Stack

    Bytes = npt.NDArray[np.uint8]
    Mask = npt.NDArray[np.bool_]

__all__ = ["Background", "Way", "estimate", "foreign"]

Way = Literal["temporal median", "robust PCA"]

WIDE = 1 / 40
"""Width, in shorter sides of the picture, that no streak or splash has in both directions."""

SPECK = 1 / 120
"""Width, in shorter sides, up to which what flickers is noise of the camera or of the encoder."""

CLEAR = 20
"""Levels by which a thing must differ from the background to be seen."""

DARKER = 10
"""Levels below the background that noise does not reach."""

OFTEN = 0.2
"""Share of the frames in which something else may hide the background before the estimate is not trusted."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_BLOCK = 8192  # rows of the matrix that robust PCA takes at once; more are slower, because no cache holds them


@dataclass(frozen=True, slots=True)
class Background:
    """A scene without rain.

    Attributes:
        picture: uint8 ``(H, W, 3)``, sRGB.
        untrusted: Where something other than rain was too often; bool ``(H, W)``.
        frames: How many frames it was computed from.
        way: How.
    """

    picture: Bytes
    untrusted: Mask
    frames: int
    way: Way

    @property
    def share(self) -> float:
        """Share of the picture that is not to be trusted."""
        return float(self.untrusted.mean())


def estimate(stack: Stack, used: Sequence[int] | None = None, *, way: Way = "temporal median") -> Background:
    """Compute the scene without rain from frames of one shot; memory hardly grows with their number.

    Args:
        stack: The frames.
        used: Which of them to use; None for all.
        way: How. The median is as near to the truth as robust PCA and takes a fiftieth of the time.
    """
    used = range(len(stack)) if used is None else used
    across = {"temporal median": _median, "robust PCA": _low_rank}[way]
    picture = np.empty(stack.shape, np.uint8)
    darker = np.empty(stack.shape[:2], np.bool_)
    for rows, strip in stack.strips(used):
        picture[rows] = across(strip)
        darker[rows] = _often_darker(strip, picture[rows])
    covered = np.zeros(stack.shape[:2], np.float32)
    for index in used:
        covered += foreign(stack.picture(index), picture)
    untrusted = binary_opening(darker, _square(picture, SPECK)) | (covered > OFTEN * len(used))
    return Background(picture, binary_dilation(untrusted, _square(picture, WIDE)), len(used), way)


def foreign(picture: Bytes, background: Bytes) -> Mask:
    """Return where a picture shows something that is neither background nor rain: wider than any streak.

    Shape:
        picture, background: uint8 ``(H, W, 3)``.
        returns: bool ``(H, W)``.
    """
    apart = np.abs(picture.astype(np.float32) - background) @ _LUMA
    wide: Mask = grey_opening(apart, _square(picture, WIDE).shape) > CLEAR
    return wide


def _square(picture: Bytes, share: float) -> Mask:
    """Return a square with a side of a share of the picture's shorter one, of three pixels at least."""
    side = max(3, round(min(picture.shape[:2]) * share))
    return np.ones((side, side), np.bool_)


def _often_darker(strip: Bytes, background: Bytes) -> Mask:
    """Return where one frame in five is darker than the background by more than noise: rain brightens."""
    luma = np.stack([one.astype(np.float32) @ _LUMA for one in strip])
    low = np.partition(luma, int(OFTEN * (len(strip) - 1)), axis=0)[int(OFTEN * (len(strip) - 1))]
    darker: Mask = low < background.astype(np.float32) @ _LUMA - DARKER
    return darker


def _median(strip: Bytes) -> Bytes:
    scene: Bytes = np.rint(np.median(strip, axis=0)).astype(np.uint8)
    return scene


def _low_rank(strip: Bytes) -> Bytes:
    columns = strip.reshape(len(strip), -1).T
    blocks = np.array_split(columns, 1 + len(columns) // _BLOCK)
    values = np.concatenate([np.median(pursue(block / 255.0).low, axis=1) for block in blocks])
    scene: Bytes = np.rint(values * 255).clip(0, 255).astype(np.uint8).reshape(strip.shape[1:])
    return scene
