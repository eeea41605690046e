"""Where to look closely: the windows of a photograph in which rain, or what methods did about it, is strongest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import ImageChops

from nlcl_bench.data.record import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from PIL import Image

__all__ = ["CELL", "SIDE", "Crop", "difference", "windows"]

SIDE = 240
"""Of a crop, in pixels: three lie beside each other on a page without being enlarged."""

CELL = 8
"""Side of the cells over which differences are averaged, in pixels; crops begin at multiples of it."""

_MOST = 2


class Crop(Row):
    """A window of a photograph, in its own pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        return self.left, self.top, self.left + self.width, self.top + self.height


def difference(one: Image.Image, other: Image.Image) -> npt.NDArray[np.uint8]:
    """Return the mean absolute difference of luma by cells: taken pixel by pixel first, for streaks are thin.

    Shape:
        returns: uint8 ``(ceil(H / 8), ceil(W / 8))``, in grey levels.
    """
    return np.asarray(ImageChops.difference(one, other).convert("L").reduce(CELL))


def windows(size: tuple[int, int], maps: Sequence[npt.NDArray[np.uint8]]) -> tuple[Crop, ...]:
    """Return the windows with the largest difference, at most two, which do not overlap.

    With several maps the median of them counts, so that no single method draws all eyes to where it failed.

    Args:
        size: Width and height of the photograph.
        maps: Differences by cells; none gives the middle of the photograph.
    """
    width, height = min(SIDE, size[0]), min(SIDE, size[1])
    cells = np.median(np.stack(maps), axis=0) if maps else np.zeros((-(-size[1] // CELL), -(-size[0] // CELL)))
    if not cells.any():
        return (Crop(left=(size[0] - width) // 2, top=(size[1] - height) // 2, width=width, height=height),)
    rows, columns = -(-height // CELL), -(-width // CELL)
    sums = _window_sums(cells, rows, columns)
    found: list[Crop] = []
    while len(found) < _MOST and sums.max() >= 0:
        top, left = (int(place) for place in np.unravel_index(int(sums.argmax()), sums.shape))
        found.append(
            Crop(
                left=min(left * CELL, size[0] - width),
                top=min(top * CELL, size[1] - height),
                width=width,
                height=height,
            )
        )
        # a second one may not overlap the first
        sums[max(0, top - rows + 1) : top + rows, max(0, left - columns + 1) : left + columns] = -1
    return tuple(found)


def _window_sums(cells: npt.NDArray[np.float64], rows: int, columns: int) -> npt.NDArray[np.float64]:
    """Return the sum of every window of cells, by its upper left cell; halves add up without rounding."""
    whole = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1))
    whole[1:, 1:] = cells.cumsum(axis=0).cumsum(axis=1)
    sums: npt.NDArray[np.float64] = (
        whole[rows:, columns:] - whole[:-rows, columns:] - whole[rows:, :-columns] + whole[:-rows, :-columns]
    )
    return sums
