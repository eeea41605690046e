"""How a stored frame is turned to stand upright, as the display matrix of its video says.

The matrix (ISO/IEC 14496-12, 6.2.2) takes a stored pixel p = (x, y) to its place on the screen, x to the right and y
down: x' = a x + c y, y' = b x + d y, kept as a, b, u, c, d, v, x, y, w. Phones write quarter turns and mirrors only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["AS_STORED", "Turn", "turn"]

_LEANS = 1 / 64
"""What a matrix may lean, as a share of its larger numbers, before it counts as no quarter turn."""

_VALUES = 9


class Turn(NamedTuple):
    """Exchange rows and columns, then mirror: eight ways in all."""

    exchange: bool
    mirror_rows: bool
    mirror_columns: bool

    def __call__(self, stored: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return the upright picture.

        Shape:
            stored: ``(H, W)`` or ``(H, W, 3)``.
            returns: the same, or with H and W exchanged; contiguous.
        """
        picture = stored.swapaxes(0, 1) if self.exchange else stored
        rows = slice(None, None, -1 if self.mirror_rows else 1)
        columns = slice(None, None, -1 if self.mirror_columns else 1)
        return np.ascontiguousarray(picture[rows, columns])


AS_STORED = Turn(exchange=False, mirror_rows=False, mirror_columns=False)


def turn(matrix: tuple[int, ...]) -> Turn:
    """Return what a display matrix asks for.

    Raises:
        ImageError: It asks for something other than quarter turns and mirrors.

    >>> clockwise = turn((0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30))
    >>> clockwise(np.array([[1, 2], [3, 4]], np.uint8)).tolist()
    [[3, 1], [4, 2]]
    """
    if len(matrix) != _VALUES:
        raise ImageError("is a damaged video: its display matrix is too short")
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    straight, crossed = min(abs(a), abs(d)), min(abs(b), abs(c))
    if straight and max(abs(b), abs(c)) <= straight * _LEANS:
        return Turn(exchange=False, mirror_rows=d < 0, mirror_columns=a < 0)
    if crossed and max(abs(a), abs(d)) <= crossed * _LEANS:
        return Turn(exchange=True, mirror_rows=b < 0, mirror_columns=c < 0)
    raise ImageError("is a video to be shown askew: neither upright nor turned by quarters")
