"""Videos in, videos out: every frame derained, the sound copied as it is; a door to libav.

What comes out is H.264 in MP4, upright, with the size, the time of every frame and the sound of what went in.
A video that is damaged anywhere is refused whole, because nobody looks at every frame of what comes out.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, cast

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from nlcl_bench.core.errors import ImageError, StorageError
from nlcl_bench.core.files import writing
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.core.video.pixels import DAMAGED, Still, refuse_unfit
from nlcl_bench.core.video.source import damaged, open_file, open_source, pictures_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

    from nlcl_bench.core.video.pixels import Converters

    Picture = npt.NDArray[np.uint8]

__all__ = ["derain_film"]

QUALITY = {"crf": "16", "preset": "medium", "x264-params": "mbtree=0"}
"""Of the encoder: at this rate factor what it loses is not seen. Its macroblock tree is off because it does not always
give the same bytes where a processor has AVX-512."""

MAX_PIXELS = 8192 * 4352
"""Larger frames are refused: no camera that writes H.264 has more."""

# Decoders of sound, which is never decoded: the container has to learn its rate.
_SOUND = (
    *("aac", "mp3", "mp3float", "ac3", "eac3", "opus", "vorbis", "flac", "alac", "mp2"),
    *("pcm_s16le", "pcm_s24le", "pcm_s16be"),
)

_THREADS = 4  # of the encoder, whose output depends on their number
_BT709 = 1
_EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BITEXACT


class _Moment(NamedTuple):
    picture: Picture
    time: int | None


def derain_film(film: Path, into: Path, derained: Callable[[Picture], Picture], *, track: Track = silent) -> str | None:
    """Write a video of which every frame is derained; nothing stands under its name before it is whole.

    Args:
        film: The video.
        into: The MP4 to write.
        derained: What happens to a frame: upright sRGB, uint8 ``(H, W, 3)``, to the same.
        track: Shows progress by frame.

    Returns:
        What of it could not be kept, in words; None if everything was.

    Raises:
        ImageError: It is no video that is read, is damaged, interlaced or HDR.
        StorageError: The MP4 cannot be written.
    """
    with _opened(film) as source:
        height, width = _first(source).picture.shape[:2]
    with _opened(film) as source, _target(into) as target:
        stream, converter = source.streams.video[0], VideoReformatter()
        encoder = _encoder(target, stream, height, width)
        sound = {one.index: target.add_stream_from_template(one) for one in source.streams.audio if _fits(target, one)}

        def copy(packet: Packet[Stream]) -> None:
            if packet.stream.index in sound and packet.dts is not None:
                packet.stream = sound[packet.stream.index]
                target.mux(packet)

        for moment in track(_moments(source, copy), what=film.name, total=stream.frames or None):
            if moment.picture.shape[:2] != (height, width):
                raise ImageError("is a video whose frames change their size", fix="cut it where they do")
            target.mux(encoder.encode(_frame(derained(moment.picture), moment.time, encoder, converter)))
        target.mux(encoder.encode(None))
        lost = sorted(one.codec_context.name for one in source.streams.audio if one.index not in sound)
    return f"its sound ({', '.join(lost)}) does not fit into an MP4 and is left out" if lost else None


def _first(source: InputContainer) -> _Moment:
    for moment in _moments(source, lambda _: None):
        return moment
    raise damaged("it has no frames")


@contextmanager
def _opened(film: Path) -> Iterator[InputContainer]:
    """Open a video that does not break off."""
    with open_file(film) as (file, short):
        if short:
            raise damaged("it breaks off")
        with open_source(file, most_pixels=MAX_PIXELS, sound=_SOUND) as source:
            yield source


def _moments(source: InputContainer, copy: Callable[[Packet[Stream]], None]) -> Iterator[_Moment]:
    """Yield every frame of the first stream of pictures, and hand what else there is to ``copy``."""
    stream = pictures_of(source, most_pixels=MAX_PIXELS)
    converters: Converters = defaultdict(VideoReformatter)
    count = 0
    for packet in _packets(source):
        if packet.stream.index != stream.index:
            copy(packet)
            continue
        try:
            frames = cast("list[VideoFrame]", packet.decode())
        except EOFError:
            frames = []
        except DAMAGED as error:
            raise damaged(error) from error
        for frame in frames:
            if frame.is_corrupt:
                raise damaged("a frame cannot be decoded")
            refuse_unfit(frame, most_pixels=MAX_PIXELS)
            yield _Moment(Still(frame, count, 0.0, converters).picture(), frame.pts)
            count += 1
    if count < stream.frames:
        raise damaged(f"{stream.frames - count} of its {stream.frames} frames are missing")


def _packets(source: InputContainer) -> Iterator[Packet[Stream]]:
    packets = source.demux(source.streams.video[0], *source.streams.audio)
    while True:
        try:
            packet = next(packets, None)
        except DAMAGED as error:
            raise damaged(error) from error
        if packet is None:
            return
        if packet.is_corrupt:
            raise damaged("a frame breaks off")
        yield packet


@contextmanager
def _target(into: Path) -> Iterator[OutputContainer]:
    """Open an MP4 that gets its name when the block ends well; what else is left of it is deleted."""
    with writing(into) as part:
        try:
            with av.open(str(part), "w", format="mp4", options={"movflags": "faststart"}) as target:
                yield target
        except av.FFmpegError as error:
            part.unlink(missing_ok=True)
            raise StorageError(
                f"cannot be written: {error.strerror}", where=into, fix="make room or choose another folder"
            ) from error
        except ImageError:
            part.unlink(missing_ok=True)
            raise


def _fits(target: OutputContainer, sound: AudioStream) -> bool:
    """Tell whether a stream of sound may stand in the container as it is."""
    return sound.codec_context is not None and sound.codec_context.codec.canonical_name in target.supported_codecs


def _encoder(target: OutputContainer, stream: VideoStream, height: int, width: int) -> VideoStream:
    """Return a stream of H.264, its colours marked as BT.709 with limited range."""
    encoder = target.add_stream("libx264", rate=stream.average_rate or stream.guessed_rate or 25, options=QUALITY)
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuv444p" if width % 2 or height % 2 else "yuv420p"
    context = encoder.codec_context
    context.time_base = stream.time_base or Fraction(1, 90_000)
    context.thread_count = _THREADS
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = ColorRange.MPEG
    return encoder


def _frame(picture: Picture, time: int | None, encoder: VideoStream, converter: VideoReformatter) -> VideoFrame:
    """Return a picture as the encoder wants it."""
    frame = converter.reformat(
        VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24"),
        format=encoder.pix_fmt,
        interpolation=_EXACT,
        src_color_range=ColorRange.JPEG,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        threads=1,
    )
    frame.pts, frame.time_base = time, encoder.codec_context.time_base
    return frame
