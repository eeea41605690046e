"""Videos in: the one door to libav, together with :mod:`collection_tools.video.pixels`.

A stranger's video meets four containers and a dozen decoders, told by its first bytes and not by its name, so that no
playlist is ever followed; nothing but the open file is read. One thread decodes, so that damaged videos too give the
same pixels anywhere. A decoder cannot tell every damage: what decodes without complaint is taken for whole.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, NoReturn

import av
from av.video.reformatter import VideoReformatter

from collection_tools.video.containers import FIRST_BYTES, breaks_off, container
from collection_tools.video.pixels import DAMAGED, MAX_PIXELS, Still, refuse_unfit
from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from collection_tools.video.pixels import Converters

__all__ = ["SUFFIXES", "Video", "is_video", "opened"]

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
"""libav's names of the decoders that are used; every other one stays closed to strangers' files."""

_MOST_STREAMS = 16

# A video of a still scene shrinks by some thousands of pixels to the byte; what expands further is a bomb.
_PIXELS_PER_BYTE = 4000
_PIXELS_AT_LEAST = 500_000_000

# Decoders that are given packets which are not to be shown.
_HIDING = ("vp8",)

# Bytes handed to decoders, by bytes of the file: an index may name the same bytes again and again.
_MOST_READ = 2
_READ_AT_LEAST = 1 << 20

_OPTIONS = {
    "protocol_whitelist": "none",
    "codec_whitelist": ",".join(DECODERS),
    "max_streams": str(_MOST_STREAMS),
    "max_pixels": str(MAX_PIXELS),
}


def is_video(name: str) -> bool:
    """Tell by its name whether a file is a video that is read.

    >>> is_video("A.MOV"), is_video("a.gif")
    (True, False)
    """
    return name.lower().endswith(SUFFIXES)


class Video:
    """An open video.

    Attributes:
        damage: Why not all of its frames could be had, None if they could; known after :meth:`frames`.
    """

    def __init__(self, source: InputContainer, stream: VideoStream, size: int, damage: str | None) -> None:
        self.damage = damage
        self._breaks_off = damage is not None
        self._lost = 0  # packets that gave no frame
        self._source = source
        self._stream = stream
        self._size = size
        self._skip = False  # frames that follow a damaged one are guesses until the next that stands for itself

    def frames(self) -> Iterator[Still]:
        """Yield all frames that decode without error, in the order in which they are shown; once.

        Raises:
            ImageError: They are of a kind that is not converted: interlaced, HDR, too large or askew.
        """
        converters: Converters = defaultdict(VideoReformatter)
        left = max(_PIXELS_AT_LEAST, _PIXELS_PER_BYTE * self._size)
        start = None
        for number, frame in enumerate(self._decoded()):
            refuse_unfit(frame)
            start = frame.pts if start is None else start
            yield Still(frame, number, self._seconds(frame, number, start), converters)
            left -= frame.width * frame.height
            if left < 0:
                self.damage = f"is a damaged video: it expands to over {_PIXELS_PER_BYTE} pixels a byte"
                return

    def _seconds(self, frame: VideoFrame, number: int, start: int | None) -> float:
        if frame.pts is None or frame.time_base is None or start is None:
            seconds = number / float(self._stream.average_rate or 25)
        else:
            seconds = float((frame.pts - start) * frame.time_base)
        return round(max(0.0, seconds), 6) if math.isfinite(seconds) else 0.0

    def _decoded(self) -> Iterator[VideoFrame]:
        for packet in self._packets():
            yield from self._decode(packet)
        if self._lost > 0 and self._stream.codec_context.name not in _HIDING:
            self._note(f"{self._lost} of its frames cannot be decoded")

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        """Yield what holds frames; of a file that breaks off not the last, which may be half a frame."""
        held: Packet[VideoStream] | None = None
        for packet in self._demuxed():
            if not self._breaks_off or not packet.size:  # the empty one at the end brings what was delayed
                yield packet
                continue
            if held is not None:
                yield held
            held = packet

    def _demuxed(self) -> Iterator[Packet[VideoStream]]:
        left = max(_READ_AT_LEAST, _MOST_READ * self._size)
        packets = self._source.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except DAMAGED as error:
                self._note(error)
                return
            if packet is None:
                return
            left -= packet.size
            if left < 0:
                self._note("its index names the same bytes again and again")
                return
            yield packet

    def _decode(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        self._lost += bool(packet.size) and not packet.is_discard
        if packet.size and packet.is_corrupt:
            self._note("a frame breaks off")
            self._skip = True
        if packet.size and self._skip and (packet.is_corrupt or not packet.is_keyframe):
            return []
        try:
            frames = packet.decode()
        except EOFError:
            return []
        except DAMAGED as error:
            self._note(error)
            self._skip = True
            self._stream.codec_context.flush_buffers()
            return []
        self._skip = False
        whole = [frame for frame in frames if not frame.is_corrupt]
        self._lost -= len(whole)
        return whole

    def _note(self, error: object) -> None:
        if self.damage is None:
            self.damage = f"is a damaged video: {_reason(error)}"


@contextmanager
def opened(path: Path) -> Iterator[Video]:
    """Open a video; it is closed when the block ends.

    Raises:
        ImageError: It cannot be read, is no video of a kind that is read, or nothing of it can be decoded.
    """
    av.logging.set_level(None)
    try:
        file = path.open("rb")
    except OSError as error:
        raise ImageError(f"cannot be read: {error.strerror}") from error
    with file:
        size = file.seek(0, os.SEEK_END)
        damage = "is a damaged video: it breaks off" if breaks_off(file, size) else None
        file.seek(0)
        with _opened(file) as source:
            yield Video(source, _stream(source), size, damage)


def _opened(file: IO[bytes]) -> InputContainer:
    kind = container(file.read(FIRST_BYTES))
    if kind is None:
        raise ImageError("is not a video we can read: use MP4, MOV, MKV, WebM, AVI or MPEG-TS")
    file.seek(0)
    try:
        source: InputContainer = av.open(
            file, "r", format=kind, options=_OPTIONS, metadata_errors="replace", io_open=_refuse_to_open
        )
    except DAMAGED as error:
        raise ImageError(f"is a damaged video: {_reason(error)}") from error
    return source


def _reason(error: object) -> object:
    """Return what an error says, less the path that libav adds."""
    said = error.strerror if isinstance(error, OSError | av.FFmpegError) else error
    return said or type(error).__name__


def _refuse_to_open(url: str, flags: int, options: dict[str, str]) -> NoReturn:  # noqa: ARG001
    """Stand in the way of whatever a video wants to read besides itself."""
    raise PermissionError("a video may not open other files")


def _stream(source: InputContainer) -> VideoStream:
    """Return the first stream of moving pictures, ready to be decoded."""
    if not source.streams.video:
        sound = bool(source.streams.audio)
        raise ImageError("holds no pictures: it is sound only" if sound else "is a damaged video: it has no pictures")
    stream = source.streams.video[0]
    context = stream.codec_context
    if context is None or context.name not in DECODERS:
        raise ImageError(f"is a video of a kind that is not read: {'unknown' if context is None else context.name}")
    if context.width * context.height > MAX_PIXELS:
        raise ImageError(f"is a video of more than {MAX_PIXELS:,} pixels a frame")
    context.thread_count = 1
    context.options = {"err_detect": "crccheck+bitstream+buffer+explode", "max_pixels": str(MAX_PIXELS)}
    return stream
