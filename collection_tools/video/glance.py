"""What is kept of every frame on the first way through a video: a thumbnail, and some patches at full size.

The thumbnail tells one scene from the next. The patches tell what a thumbnail cannot: whether a frame is blurred or
frozen, and shifts of the camera by a fraction of a pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from nlcl_bench.core.video.pixels import Still

    Bytes = npt.NDArray[np.uint8]

__all__ = ["GRID", "PATCH", "Glance", "glance"]

THUMBNAIL = 32
"""Side of a thumbnail in pixels."""

GRID = 4
"""Patches along each side of the picture."""

PATCH = 96
"""Side of a patch in pixels, where the picture is large enough."""


class Glance(NamedTuple):
    """One frame at a glance.

    Shape:
        thumbnail: uint8 ``(32, 32, 3)``.
        patches: uint8 luma ``(16, S, S)``, S at most 96, row by row.
    """

    number: int
    seconds: float
    size: tuple[int, int]
    thumbnail: Bytes
    patches: Bytes

    @property
    def sharpness(self) -> float:
        """Mean difference of neighbouring pixels: it falls where the same scene is blurred."""
        patches = self.patches.astype(np.int16)
        return float(np.abs(np.diff(patches, axis=1)).mean() + np.abs(np.diff(patches, axis=2)).mean())

    def differs(self, other: Glance) -> float:
        """Return how far two thumbnails differ, on average, in [0, 1]; 1 if the pictures differ in size."""
        if self.size != other.size:
            return 1.0
        return float(np.abs(self.thumbnail.astype(np.int16) - other.thumbnail).mean()) / 255

    def repeats(self, other: Glance, limit: float) -> bool:
        """Tell whether the patches of two frames differ by no more than ``limit`` levels on average."""
        if self.size != other.size:
            return False
        return bool(np.abs(self.patches.astype(np.int16) - other.patches).mean() <= limit)


def glance(still: Still) -> Glance:
    """Look at one frame."""
    luma = still.luma()
    height, width = luma.shape
    side = min(PATCH, height // GRID, width // GRID)
    rows, columns = (
        [(2 * cell + 1) * length // (2 * GRID) - side // 2 for cell in range(GRID)] for length in (height, width)
    )
    patches = np.stack([luma[top : top + side, left : left + side] for top in rows for left in columns])
    return Glance(still.number, still.seconds, (height, width), still.thumbnail(THUMBNAIL), patches)
