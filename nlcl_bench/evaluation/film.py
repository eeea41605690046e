"""Videos in, videos out: every frame derained, the sound copied as it is; a door to libav.

What comes out is H.264 in MP4, upright, with the size, the time of every frame and the sound of what went in.
A stranger's video meets four containers and a dozen decoders, and may open no other file. One that is damaged anywhere
is refused whole, because nobody looks at every frame of what comes out.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, NoReturn, cast

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, ColorTrc, Interpolation, VideoReformatter

from nlcl_bench.core.errors import ImageError, StorageError
from nlcl_bench.core.files import writing
from nlcl_bench.core.progress import Track, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.stream import VideoStream

    Picture = npt.NDArray[np.uint8]

__all__ = ["SUFFIXES", "derain_film", "is_film"]

SUFFIXES = (".mp4", ".mov", ".m4v", ".3gp", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts")
"""Endings, in small letters, of the files that are taken for videos."""

QUALITY = {"crf": "16", "preset": "medium"}
"""Of the encoder: at this rate factor what it loses is not seen."""

MAX_PIXELS = 8192 * 4352
"""Larger frames are refused: no camera that writes H.264 has more."""

_CONTAINERS = "mov,matroska,avi,mpegts"
_DECODERS = "h264,hevc,mpeg4,mpeg2video,mpeg1video,h263,mjpeg,vp8,vp9,libdav1d,prores,dnxhd,dvvideo,ffv1"
_SOUND = "aac,mp3,mp3float,ac3,eac3,opus,vorbis,flac,alac,mp2,pcm_s16le,pcm_s24le,pcm_s16be"  # to learn their rates
_OPTIONS = {
    "protocol_whitelist": "none",
    "format_whitelist": _CONTAINERS,
    "codec_whitelist": f"{_DECODERS},{_SOUND}",
    "max_pixels": str(MAX_PIXELS),
}

_THREADS = 4  # of the encoder, whose output depends on their number
_DAMAGED = (av.FFmpegError, OSError, EOFError, ValueError, LookupError, TypeError, ArithmeticError, RuntimeError)
_QUARTER = 90

# libav's numbers of matrices (ITU-T H.273, table 4) and libswscale's; where none is stated the number of lines decides.
_MATRICES = {1: Colorspace.ITU709, 5: Colorspace.ITU601, 6: Colorspace.ITU601, 9: Colorspace.BT2020}
_HD_LINES = 720
_BT709 = 1
_HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
_EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BITEXACT


class _Moment(NamedTuple):
    picture: Picture
    time: int | None


def is_film(path: Path) -> bool:
    """Tell by its name whether a file is taken for a video."""
    return path.suffix.lower() in SUFFIXES


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
    raise _damaged("it has no frames")


@contextmanager
def _opened(film: Path) -> Iterator[InputContainer]:
    """Open a video that has pictures of a kind that is read."""
    av.logging.set_level(None)
    with ExitStack() as stack:
        try:
            file = stack.enter_context(film.open("rb"))
            source = stack.enter_context(
                av.open(file, "r", options=_OPTIONS, metadata_errors="replace", io_open=_refuse_to_open)
            )
        except _DAMAGED as error:
            raise ImageError(
                f"is no video we can read, or is damaged: {_reason(error)}",
                where=film,
                fix="use MP4, MOV, MKV, WebM, AVI or MPEG-TS",
            ) from error
        if not source.streams.video or source.streams.video[0].codec_context is None:
            raise ImageError("is a video without pictures that can be read", where=film, fix="convert it to H.264")
        yield source


def _refuse_to_open(url: str, flags: int, options: dict[str, str]) -> NoReturn:  # noqa: ARG001
    raise PermissionError("a video may not open other files")


def _damaged(error: object) -> ImageError:
    return ImageError(f"is a damaged video: {error}", fix="copy it again from its source")


def _reason(error: BaseException) -> str:
    """Return what an error says, less the path that libav adds."""
    said = error.strerror if isinstance(error, OSError | av.FFmpegError) else str(error)
    return " ".join((said or type(error).__name__).split())


def _moments(source: InputContainer, copy: Callable[[Packet[Stream]], None]) -> Iterator[_Moment]:
    """Yield every frame of the first stream of pictures, and hand what else there is to ``copy``."""
    stream = source.streams.video[0]
    stream.codec_context.thread_count = 1
    stream.codec_context.options = {"err_detect": "crccheck+bitstream+buffer+explode", "max_pixels": str(MAX_PIXELS)}
    converter = VideoReformatter()
    count = 0
    for packet in _packets(source):
        if packet.stream.index != stream.index:
            copy(packet)
            continue
        try:
            frames = cast("list[VideoFrame]", packet.decode())
        except EOFError:
            frames = []
        except _DAMAGED as error:
            raise _damaged(_reason(error)) from error
        for frame in frames:
            count += 1
            yield _Moment(_picture(frame, converter), frame.pts)
    if count < stream.frames:
        raise _damaged(f"{stream.frames - count} of its {stream.frames} frames are missing")


def _packets(source: InputContainer) -> Iterator[Packet[Stream]]:
    packets = source.demux(source.streams.video[0], *source.streams.audio)
    while True:
        try:
            packet = next(packets, None)
        except _DAMAGED as error:
            raise _damaged(_reason(error)) from error
        if packet is None:
            return
        if packet.is_corrupt:
            raise _damaged("a frame breaks off")
        yield packet


def _picture(frame: VideoFrame, converter: VideoReformatter) -> Picture:
    """Return the upright picture of a frame in sRGB, for which BT.709 is taken, as players do."""
    if frame.is_corrupt:
        raise _damaged("a frame cannot be decoded")
    if frame.interlaced_frame:
        raise ImageError("is an interlaced video: each of its frames shows two moments", fix="deinterlace it first")
    if frame.color_trc in _HDR:
        raise ImageError("is an HDR video", fix="convert it to SDR first")
    if frame.rotation % _QUARTER:
        raise ImageError("is a video to be shown askew", fix="turn it upright first")
    hd = min(frame.width, frame.height) >= _HD_LINES
    full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    try:
        converted = converter.reformat(
            frame,
            format="rgb24",
            interpolation=_EXACT,
            src_colorspace=_MATRICES.get(frame.colorspace, Colorspace.ITU709 if hd else Colorspace.ITU601),
            src_color_range=None if frame.format.is_rgb else ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        stored = cast("Picture", converted.to_ndarray())
    except _DAMAGED as error:
        raise _damaged(f"its colours cannot be converted from {frame.format.name}") from error
    return np.ascontiguousarray(np.rot90(stored, frame.rotation // _QUARTER))


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
                f"cannot be written: {_reason(error)}", where=into, fix="make room or choose another folder"
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
