"""Square patches of a plane, overlapping: taken out, and put back as the mean of all that cover a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

__all__ = ["assembled", "patches_of"]


def patches_of(plane: Floats, side: int, step: int) -> Floats:
    """Return the patches whose upper left corners lie on a grid, row by row.

    Args:
        plane: ``(H, W)``; H - side and W - side are multiples of ``step``, so that every pixel is covered.
        side: Of a patch, in pixels.
        step: Pixels from one patch to the next.

    Shape:
        returns: ``(N, side * side)``.
    """
    windows = sliding_window_view(plane, (side, side))[::step, ::step]
    return windows.reshape(-1, side * side)


def assembled(patches: Floats, size: tuple[int, int], step: int) -> Floats:
    """Return the plane of which every pixel is the mean of the patches that cover it.

    Args:
        patches: As :func:`patches_of` gives them.
        size: Height and width of the plane.
        step: Pixels from one patch to the next.

    >>> plane = np.arange(120, dtype=np.float32).reshape(10, 12)
    >>> bool(np.array_equal(assembled(patches_of(plane, 8, 2), (10, 12), 2), plane))
    True
    """
    side = round(patches.shape[1] ** 0.5)
    rows, columns = ((length - side) // step + 1 for length in size)
    values = patches.reshape(rows, columns, side, side)
    total, covered = np.zeros(size, dtype=np.float32), np.zeros(size, dtype=np.float32)
    for down in range(side):
        for right in range(side):
            place = (slice(down, down + step * rows, step), slice(right, right + step * columns, step))
            total[place] += values[:, :, down, right]
            covered[place] += 1
    return total / covered
