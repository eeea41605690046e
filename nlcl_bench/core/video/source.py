"""A stranger's video is opened: four containers and a dozen decoders, and no other file than itself.

The container is told by the first bytes and not by the name, so that no playlist is ever followed. One thread decodes,
so that damaged videos too give the same pixels anywhere.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, NoReturn

import av

from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.video.containers import FIRST_BYTES, breaks_off, container
from nlcl_bench.core.video.pixels import DAMAGED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["SUFFIXES", "damaged", "is_video", "open_file", "open_source", "pictures_of"]

SUFFIXES = (".mp4", ".mov", ".m4v", ".3gp", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts")
"""Endings, in small letters, of the files that are taken for videos."""

DECODERS = (
    "h264",
    "hevc",
    "mpeg4",
    "mpeg2video",
    "mpeg1video",
    "h263",
    "mjpeg",
    "vp8",
    "vp9",
    "libdav1d",
    "prores",
    "dnxhd",
    "dvvideo",
    "ffv1",
)
"""libav's names of the decoders of pictures that are used; every other one stays closed to strangers' files."""

_MOST_STREAMS = 16


def is_video(name: str) -> bool:
    """Tell by its name whether a file is a video that is read.

    >>> is_video("A.MOV"), is_video("a.gif")
    (True, False)
    """
    return name.lower().endswith(SUFFIXES)


@contextmanager
def open_file(path: Path) -> Iterator[tuple[IO[bytes], bool]]:
    """Open a file, and tell whether it holds a video that says it is longer than the file.

    Raises:
        ImageError: It cannot be read.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise ImageError(f"cannot be read: {error.strerror}") from error
    with file:
        short = breaks_off(file, file.seek(0, os.SEEK_END))
        file.seek(0)
        yield file, short


def open_source(file: IO[bytes], *, most_pixels: int, sound: tuple[str, ...] = ()) -> InputContainer:
    """Open what a file that stands at its beginning holds.

    Args:
        file: The file, open for reading.
        most_pixels: Of a frame.
        sound: libav's names of decoders of sound that may be used, too.

    Raises:
        ImageError: It is no video of a kind that is read, or is damaged.
    """
    av.logging.set_level(None)
    kind = container(file.read(FIRST_BYTES))
    if kind is None:
        raise ImageError("is not a video we can read: use MP4, MOV, MKV, WebM, AVI or MPEG-TS")
    file.seek(0)
    options = {
        "protocol_whitelist": "none",
        "codec_whitelist": ",".join(DECODERS + sound),
        "max_streams": str(_MOST_STREAMS),
        "max_pixels": str(most_pixels),
    }
    try:
        source: InputContainer = av.open(
            file, "r", format=kind, options=options, metadata_errors="replace", io_open=_refuse_to_open
        )
    except DAMAGED as error:
        raise damaged(error) from error
    return source


def pictures_of(source: InputContainer, *, most_pixels: int) -> VideoStream:
    """Return the first stream of moving pictures, ready to be decoded.

    Raises:
        ImageError: There is none, or of a kind that is not read.
    """
    if not source.streams.video:
        sound = bool(source.streams.audio)
        raise ImageError("holds no pictures: it is sound only" if sound else "is a damaged video: it has no pictures")
    stream = source.streams.video[0]
    context = stream.codec_context
    if context is None or context.name not in DECODERS:
        raise ImageError(f"is a video of a kind that is not read: {'unknown' if context is None else context.name}")
    if context.width * context.height > most_pixels:
        raise ImageError(f"is a video of more than {most_pixels:,} pixels a frame")
    context.thread_count = 1
    context.options = {"err_detect": "crccheck+bitstream+buffer+explode", "max_pixels": str(most_pixels)}
    return stream


def damaged(error: object) -> ImageError:
    """Return the error for a video that is damaged, less the path that libav adds to what it says."""
    said = error.strerror if isinstance(error, OSError | av.FFmpegError) else error
    return ImageError(f"is a damaged video: {' '.join(str(said or type(error).__name__).split())}")


def _refuse_to_open(url: str, flags: int, options: dict[str, str]) -> NoReturn:  # noqa: ARG001
    """Stand in the way of whatever a video wants to read besides itself."""
    raise PermissionError("a video may not open other files")
