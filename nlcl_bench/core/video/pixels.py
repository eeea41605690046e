"""The pixels of one decoded frame: which are fit to be taken, and how they become an upright sRGB picture.

The matrix and range of the colours are those that the stream states, BT.709 from 720 lines on and BT.601 below where
it states none. BT.709 video is taken for sRGB, as players do.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, cast

from av import FFmpegError
from av.video.reformatter import ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter

from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.video.upright import AS_STORED, Turn, turn

if TYPE_CHECKING:
    from collections import defaultdict

    import numpy as np
    import numpy.typing as npt
    from av.buffer import Buffer
    from av.video.frame import VideoFrame

    Bytes = npt.NDArray[np.uint8]
    Converters = defaultdict[tuple[str, int | None], VideoReformatter]

__all__ = ["DAMAGED", "LEAST_SIDE", "Still", "refuse_unfit"]

LEAST_SIDE = 32
"""Smaller frames are refused, in pixels."""

DAMAGED = (
    FFmpegError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
)
"""What libav and its binding are known to raise on damaged files."""

_HD_LINES = 720

# libav's numbers for the matrix of a frame (ITU-T H.273, table 4), beside libswscale's for the same.
_UNSTATED = 2
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
_EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BITEXACT


class Still:
    """One frame, decoded; its pixels are converted when they are asked for.

    Attributes:
        number: Which of the frames that can be decoded, the first being 0.
        seconds: Its time code, from the first frame on.
    """

    __slots__ = ("_converters", "_frame", "_turn", "number", "seconds")

    def __init__(self, frame: VideoFrame, number: int, seconds: float, converters: Converters) -> None:
        self.number = number
        self.seconds = seconds
        self._frame = frame
        self._converters = converters
        self._turn = _turn_of(frame)

    def picture(self) -> Bytes:
        """Return the upright sRGB picture, ``(H, W, 3)``."""
        return self._turn(self._converted("rgb24", Interpolation.BILINEAR))

    def luma(self) -> Bytes:
        """Return the upright luma alone, ``(H, W)``, full range."""
        return self._turn(self._converted("gray", Interpolation.BILINEAR))

    def thumbnail(self, side: int) -> Bytes:
        """Return means over areas as a square of ``side`` pixels, ``(side, side, 3)``, not upright."""
        return self._converted("rgb24", Interpolation.AREA, side=side)

    def _converted(self, layout: str, interpolation: Interpolation, *, side: int | None = None) -> Bytes:
        frame = self._frame
        try:
            converted = self._converters[layout, side].reformat(
                frame,
                width=side,
                height=side,
                format=layout,
                interpolation=interpolation | _EXACT,
                src_colorspace=_matrix(frame),
                src_color_range=_range(frame),
                dst_color_range=ColorRange.JPEG,
                threads=1,
            )
            picture = cast("Bytes", converted.to_ndarray())
        except DAMAGED as error:
            raise ImageError(f"is a video whose colours cannot be converted: {frame.format.name}") from error
        return picture


def refuse_unfit(frame: VideoFrame, *, most_pixels: int) -> None:
    """Do nothing for a frame that can be taken.

    Args:
        frame: The frame.
        most_pixels: That it may have.

    Raises:
        ImageError: It is too large, too small, interlaced or HDR.
    """
    if frame.width * frame.height > most_pixels:
        raise ImageError(f"is a video of more than {most_pixels:,} pixels a frame")
    if min(frame.width, frame.height) < LEAST_SIDE:
        raise ImageError(f"is a video of less than {LEAST_SIDE} pixels a side")
    if frame.interlaced_frame:
        raise ImageError("is an interlaced video: each of its frames shows two moments")
    if frame.color_trc in _HDR:
        raise ImageError("is an HDR video, which is not converted: record in SDR")


def _turn_of(frame: VideoFrame) -> Turn:
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return AS_STORED
    data = bytes(cast("Buffer", matrix))
    return turn(struct.unpack(f"={len(data) // 4}i", data[: len(data) // 4 * 4]))


def _matrix(frame: VideoFrame) -> Colorspace | None:
    if frame.colorspace == _UNSTATED:
        return Colorspace.ITU709 if min(frame.width, frame.height) >= _HD_LINES else Colorspace.ITU601
    return _MATRICES.get(frame.colorspace)


def _range(frame: VideoFrame) -> ColorRange | None:
    if frame.format.is_rgb:
        return None
    full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    return ColorRange.JPEG if full else ColorRange.MPEG
