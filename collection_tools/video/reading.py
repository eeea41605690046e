"""Videos in: every frame that decodes, and what is wrong with the rest.

A decoder cannot tell every damage: what decodes without complaint is taken for whole.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from av.video.reformatter import VideoReformatter

from nlcl_bench.core.video.pixels import DAMAGED, Still, refuse_unfit
from nlcl_bench.core.video.source import damaged, open_file, open_source, pictures_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from nlcl_bench.core.video.pixels import Converters

__all__ = ["MAX_PIXELS", "Video", "opened"]

MAX_PIXELS = 4096 * 2304
"""Larger frames are refused: a decoder may have to hold seventeen of them."""

# A video of a still scene shrinks by some thousands of pixels to the byte; what expands further is a bomb.
_PIXELS_PER_BYTE = 4000
_PIXELS_AT_LEAST = 500_000_000

# Decoders that are given packets which are not to be shown.
_HIDING = ("vp8",)

# Bytes handed to decoders, by bytes of the file: an index may name the same bytes again and again.
_MOST_READ = 2
_READ_AT_LEAST = 1 << 20


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
            refuse_unfit(frame, most_pixels=MAX_PIXELS)
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
            self.damage = str(damaged(error))


@contextmanager
def opened(path: Path) -> Iterator[Video]:
    """Open a video; it is closed when the block ends.

    Raises:
        ImageError: It cannot be read, is no video of a kind that is read, or nothing of it can be decoded.
    """
    with open_file(path) as (file, short):
        damage = str(damaged("it breaks off")) if short else None
        with open_source(file, most_pixels=MAX_PIXELS) as source:
            stream = pictures_of(source, most_pixels=MAX_PIXELS)
            yield Video(source, stream, os.fstat(file.fileno()).st_size, damage)
