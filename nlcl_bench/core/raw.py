"""The only door to rawpy: camera RAW files, developed one fixed way.

A RAW file is no picture yet, so its picture depends on how it is developed. Here it is the same for all: nothing is
fitted to the single file but what its camera measured (white balance, black and white level, which side is up).
"""

from __future__ import annotations

import io
import math
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from PIL import Image

from nlcl_bench.core.jpeg import refuse_many_scans
from nlcl_bench.core.kinds import LINEAR_RAW
from nlcl_bench.core.tiff import directories, pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    import rawpy

__all__ = ["RAW_MISSING", "develop", "development", "raw_is_read"]

_JPEG = (7, 34892)  # as DNG numbers it: of lossless and of lossy coding

_PLAIN_TIFF = (b"II*\0", b"MM\0*")  # the headers of makers' own structures go with offsets of their own

_ODD = "its colour filters are in no known order"

# The colours of the filters: red 0, green 1, blue 2; two by two, or six by six.
_FILTERS = 33422
_BAYER = (b"\0\1\1\2", b"\2\1\1\0", b"\1\0\2\1", b"\1\2\0\1")
_X_TRANS = 36
_COLOURS, _GREEN, _OTHER_GREEN = 3, b"\1", b"\3"

_LINEAR = 1.5  # how much more memory such a picture takes

RAW_MISSING = "install nlcl-bench[raw]"
"""What to do where rawpy is not installed."""


def raw_is_read() -> bool:
    """Tell whether rawpy is installed."""
    return find_spec("rawpy") is not None


def development() -> str:
    """Say how RAW files are developed, with the versions that do it."""
    import rawpy

    libraw = ".".join(str(number) for number in rawpy.libraw_version)
    return (
        f"rawpy {version('rawpy')} (LibRaw {libraw}): camera white balance, PPG demosaicing, sRGB, 8 bit, clipped "
        "highlights, no automatic brightness"
    )


def develop(data: bytes, refuse_large: Callable[[tuple[int, int]], None]) -> Image.Image:
    """Develop a camera RAW file into an upright sRGB picture, as :func:`development` says.

    Args:
        data: The file.
        refuse_large: Called with width and height before a pixel is decoded.

    Raises:
        ValueError: It is damaged, or a camera's that LibRaw does not know.
    """
    import rawpy

    _refuse_unsound(data)
    _refuse_odd_filters(data)
    try:
        with rawpy.RawPy() as raw:
            raw.open_buffer(io.BytesIO(data))
            refuse_large(_largest(raw.sizes, linear=any(piece.photometric == LINEAR_RAW for piece in pieces(data))))
            raw.unpack()
            if not _is_known(raw):
                raise ValueError(_ODD)
            picture = raw.postprocess(
                demosaic_algorithm=rawpy.DemosaicAlgorithm.PPG,
                use_camera_wb=True,
                output_color=rawpy.ColorSpace.sRGB,
                gamma=(2.4, 12.92),  # the curve of sRGB; LibRaw's own default is that of video
                output_bps=8,
                no_auto_bright=True,
                adjust_maximum_thr=0.0,  # or the brightest pixel of each file would set its white
                highlight_mode=rawpy.HighlightMode.Clip,
            )
    except (rawpy.LibRawError, rawpy.NotSupportedError) as error:
        raise ValueError(_message(error)) from error
    return Image.fromarray(picture)


def _refuse_unsound(data: bytes) -> None:
    """Look for what LibRaw does not mind: it leaves black what is missing, and works through any number of scans."""
    for piece in pieces(data) if data.startswith(_PLAIN_TIFF) else ():
        end = piece.start + piece.length
        if end > len(data):
            raise ValueError("it ends early")
        if piece.compression in _JPEG:
            refuse_many_scans(data[piece.start : end])


def _refuse_odd_filters(data: bytes) -> None:
    """Refuse colour filters that are neither Bayer's nor X-Trans: LibRaw would look for colours that no pixel has.

    What it then shows is what happens to lie in memory.
    """
    for directory in directories(data):
        pattern = directory.get(_FILTERS)
        if pattern is not None and pattern.content not in _BAYER and not _is_x_trans(pattern.content):
            raise ValueError(_ODD)


def _is_x_trans(pattern: bytes) -> bool:
    return len(pattern) == _X_TRANS and set(pattern) == {0, 1, 2}


def _is_known(raw: rawpy.RawPy) -> bool:
    """Tell whether LibRaw sees three colours, through Bayer's filters, X-Trans, or none.

    It counts the two greens of the first as 1 and 3. Sensors that see grey only are not for pictures of three colours.
    """
    try:
        pattern = raw.raw_pattern
    except NotImplementedError:  # rawpy knows even fewer
        return False
    order = b"" if pattern is None else pattern.astype("u1").tobytes().replace(_OTHER_GREEN, _GREEN)
    known = pattern is None or order in _BAYER or pattern.size == _X_TRANS
    return bool(known and raw.num_colors == _COLOURS)


def _largest(sizes: rawpy.ImageSizes, *, linear: bool) -> tuple[int, int]:
    """Return the size of the sensor's picture or, where it is larger, of the finished one.

    Oblong or tilted pixels make the finished one larger; a linear picture has three values a pixel from the start.
    """
    stretch = max(sizes.pixel_aspect, 1 / max(sizes.pixel_aspect, 1e-9), 1.0)
    stretch *= _LINEAR if linear else 1.0
    return max(sizes.raw_width, sizes.width), math.ceil(max(sizes.raw_height, sizes.height) * stretch)


def _message(error: Exception) -> str:
    first = error.args[0] if error.args else type(error).__name__
    return first.decode(errors="replace") if isinstance(first, bytes) else str(first)
