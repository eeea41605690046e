"""Frames come upright, in their colours, in order; of damaged and hostile files comes a reason and what is whole."""

from __future__ import annotations

import wave

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collection_tools.video import reading
from collection_tools.video.reading import opened
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.video.containers import breaks_off
from nlcl_bench.core.video.source import is_video
from nlcl_bench.core.video.upright import turn

CLOCKWISE = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)
HALF = (-65536, 0, 0, 0, -65536, 0, 0, 0, 1 << 30)
MIRRORED = (-65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
ASKEW = (46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30)


def read(path):
    with opened(path) as video:
        return [(one.number, one.seconds, one.picture()) for one in video.frames()], video.damage


def refused(path):
    with pytest.raises(ImageError) as refusal:
        read(path)
    assert str(path) not in refusal.value.what
    return refusal.value.what


@pytest.fixture(scope="module")
def frames(scene, rainy):
    return list(rainy(scene(), 30))


@pytest.fixture(scope="module")
def whole(frames, encode, tmp_path_factory):
    return encode(tmp_path_factory.mktemp("whole") / "whole.mp4", frames, gop_size=10)


@pytest.mark.parametrize(
    ("name", "codec", "layout"),
    [
        ("a.mp4", "libx264", "yuv420p"),
        ("a.mp4", "mpeg4", "yuv420p"),
        ("a.mkv", "ffv1", "yuv444p"),
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.ts", "libx264", "yuv420p"),
        ("a.mov", "mjpeg", "yuvj420p"),
        ("a.webm", "libvpx", "yuv420p"),
    ],
)
def test_every_kind_of_video_gives_the_frames_that_were_filmed(tmp_path, frames, encode, name, codec, layout):
    found, damage = read(encode(tmp_path / name, frames, codec=codec, pix_fmt=layout))
    assert (len(found), damage, is_video(name)) == (30, None, True)
    assert [number for number, _, _ in found] == list(range(30))
    assert [seconds for _, seconds, _ in found] == pytest.approx(np.arange(30) / 25, abs=2e-3)
    for (_, _, picture), filmed in zip(found, frames, strict=True):
        assert picture.dtype == np.uint8
        assert np.abs(picture.astype(int) - filmed).mean() < 6


@pytest.mark.parametrize(
    ("matrix", "upright"),
    [
        (CLOCKWISE, lambda picture: np.rot90(picture, -1)),
        (HALF, lambda picture: picture[::-1, ::-1]),
        (MIRRORED, lambda picture: picture[:, ::-1]),
    ],
)
def test_the_rotation_tag_is_obeyed(tmp_path, frames, encode, turned, matrix, upright):
    found, _ = read(turned(encode(tmp_path / "a.mp4", frames[:2]), matrix))
    wanted = upright(frames[0])
    assert found[0][2].shape == wanted.shape
    assert np.abs(found[0][2].astype(int) - wanted).mean() < 5


def test_a_video_to_be_shown_askew_is_refused(tmp_path, frames, encode, turned):
    assert "askew" in refused(turned(encode(tmp_path / "a.mp4", frames[:2]), ASKEW))


def test_a_turn_that_is_too_short_to_be_one_is_refused():
    with pytest.raises(ImageError, match="too short"):
        turn((1, 0, 0, 1))


COLOURS = [(200, 40, 40), (40, 180, 60), (50, 60, 210), (128, 128, 128), (235, 235, 30)]
WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def ycbcr(colour, matrix, full):
    """ITU-T H.273, equations 38 to 40 and 26 to 31, for eight bits."""
    red, green, blue = (value / 255 for value in colour)
    of_red, of_blue = WEIGHTS[matrix]
    luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    cb, cr = (blue - luma) / (2 - 2 * of_blue), (red - luma) / (2 - 2 * of_red)
    if full:
        return 255 * luma, 255 * cb + 128, 255 * cr + 128
    return 219 * luma + 16, 224 * cb + 128, 224 * cr + 128


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("stated", [1, 6, 9, None])
@pytest.mark.parametrize("size", [(64, 64), (720, 736)])
def test_colours_are_read_by_the_matrix_and_range_that_the_stream_states(tmp_path, stated, full, size):
    matrix = stated or (1 if min(size) >= 720 else 6)
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.height, stream.width = size
        stream.pix_fmt = "yuv444p"
        if stated:
            stream.codec_context.colorspace = stated
        stream.codec_context.color_range = 2 if full else 1
        for number, colour in enumerate(COLOURS):
            planes = np.rint(np.array(ycbcr(colour, matrix, full))).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.broadcast_to(planes[:, None, None], (3, *size)).copy(), "yuv444p")
            frame.pts = number
            frame.color_range = 2 if full else 1
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    for (_, _, picture), colour in zip(read(tmp_path / "a.mkv")[0], COLOURS, strict=True):
        assert np.abs(picture.astype(int) - colour).max() <= 2


def test_time_codes_are_those_of_the_frames_even_at_a_rate_that_varies(tmp_path, frames, encode):
    times = [0, 40, 55, 200, 1500, 1501, 1900, 5000]
    found, _ = read(encode(tmp_path / "a.mp4", frames[:8], times=times))
    assert [seconds for _, seconds, _ in found] == pytest.approx(np.array(times) / 1000, abs=1e-3)


def test_a_video_read_twice_gives_the_same_pixels(whole):
    first, second = read(whole)[0], read(whole)[0]
    assert all(np.array_equal(one[2], other[2]) for one, other in zip(first, second, strict=True))


def test_luma_is_that_of_the_picture(whole):
    with opened(whole) as video:
        for one in video.frames():
            grey = one.picture() @ np.array([0.299, 0.587, 0.114])
            assert np.abs(one.luma() - grey).mean() < 1
            break


@pytest.mark.parametrize("name", ["a.mkv", "a.avi", "a.ts"])
def test_of_a_video_that_breaks_off_the_frames_before_are_kept(tmp_path, frames, encode, name):
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    path = encode(tmp_path / name, frames, codec=codec, gop_size=10)
    all_frames, _ = read(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    found, damage = read(path)
    assert 5 <= len(found) < 25
    assert damage.startswith("is a damaged video: ")
    assert all(any(np.array_equal(one[2], other[2]) for other in all_frames) for one in found)


def test_an_mp4_that_breaks_off_before_its_index_is_damaged(tmp_path, whole):
    path = tmp_path / "a.mp4"
    path.write_bytes(whole.read_bytes()[:-1000])
    assert refused(path).startswith("is a damaged video: ")


def test_frames_that_build_on_a_damaged_one_are_left_out_until_the_next_that_stands_for_itself(tmp_path, whole):
    data = bytearray(whole.read_bytes())
    with av.open(str(whole)) as container:
        hit = [packet.pos for packet in container.demux(video=0) if packet.size][5]
    data[hit : hit + 4] = b"\xff" * 4  # the length of its content: more than there is
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    found, damage = read(path)
    assert damage.startswith("is a damaged video: ")
    originals = [one[2] for one in read(whole)[0]]
    assert 18 <= len(found) < 30
    assert all(any(np.array_equal(one[2], original) for original in originals) for one in found)


def test_a_frame_that_a_decoder_passes_over_in_silence_is_missed(tmp_path, whole):
    data = bytearray(whole.read_bytes())
    with av.open(str(whole)) as container:
        hit = [packet.pos for packet in container.demux(video=0) if packet.size][4]
    data[hit + 4 : hit + 60] = bytes(byte ^ 0xFF for byte in data[hit + 4 : hit + 60])
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    found, damage = read(path)
    assert (len(found), damage) == (29, "is a damaged video: 1 of its frames cannot be decoded")


def test_what_is_no_video_is_refused_whatever_its_name(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"")
    assert "is not a video we can read" in refused(path)
    path.write_bytes(b"\0\0\0\x18ftypisom" + bytes(400))
    assert "is a damaged video" in refused(path)
    assert "cannot be read" in refused(tmp_path / "none.mp4")


def test_sound_alone_is_refused(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert refused(path) == "holds no pictures: it is sound only"
    sound = tmp_path / "b.avi"
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000))
    assert "is not a video we can read" in refused(sound)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{}'\n",
        "v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n{}\n",
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{}</BaseURL></MPD>',
    ],
)
def test_playlists_are_never_followed_whatever_their_name(tmp_path, whole, playlist):
    path = tmp_path / "a.mp4"
    path.write_text(playlist.format(whole))
    assert "is not a video we can read" in refused(path)


def test_a_file_that_a_video_refers_to_is_not_opened(tmp_path, whole):
    data = whole.read_bytes()
    start = data.index(b"dref") + 12
    assert data[start : start + 12] == b"\0\0\0\x0curl \0\0\0\x01"
    outside = bytearray(data)
    outside[start + 11] = 0  # no longer in this file, but at an address, which is empty here
    path = tmp_path / "a.mp4"
    path.write_bytes(outside)
    found, _ = read(path)
    assert [one[2].shape for one in found] == [one[2].shape for one in read(whole)[0]]


def test_large_and_tiny_frames_are_refused(tmp_path, whole, monkeypatch, encode, frames):
    small = encode(tmp_path / "s.mp4", [frame[:16, :16] for frame in frames[:2]])
    assert "less than 32 pixels" in refused(small)
    monkeypatch.setattr(reading, "MAX_PIXELS", 128 * 192 - 1)
    assert "pixels a frame" in refused(whole)


def test_what_expands_without_end_is_left_at_some_point(whole, monkeypatch):
    monkeypatch.setattr(reading, "_PIXELS_PER_BYTE", 1)
    monkeypatch.setattr(reading, "_PIXELS_AT_LEAST", 10 * 128 * 192)
    found, damage = read(whole)
    assert 0 < len(found) < 30
    assert "expands" in damage


def test_an_index_that_names_the_same_bytes_again_and_again_is_left_at_some_point(whole, monkeypatch):
    monkeypatch.setattr(reading, "_MOST_READ", 0.5)
    monkeypatch.setattr(reading, "_READ_AT_LEAST", 0)
    found, damage = read(whole)
    assert 0 < len(found) < 30
    assert "again and again" in damage


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_video_is_refused(tmp_path, frames, encode, transfer):
    path = encode(tmp_path / "a.mp4", frames[:2], codec="libx265", color_trc=transfer, pix_fmt="yuv420p10le")
    assert "HDR" in refused(path)


def test_interlaced_video_is_refused(tmp_path, frames):
    path = tmp_path / "a.ts"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg2video", rate=25, options={"flags": "+ildct+ilme"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for number, picture in enumerate(frames[:4]):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert "interlaced" in refused(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_does_more_than_be_named(tmp_path, whole, data):
    content = bytearray(whole.read_bytes())
    length = data.draw(st.integers(0, len(content)))
    index = content.index(b"moov")
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.one_of(st.integers(0, len(content) - 1), st.integers(index, len(content) - 1)))
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "mutant.mp4"
    path.write_bytes(content if data.draw(st.booleans()) else content[:length])
    try:
        found, _ = read(path)
    except ImageError as error:
        assert str(tmp_path) not in error.what  # noqa: PT017
    else:
        assert len(found) <= 40


def test_a_matroska_file_of_unknown_length_does_not_break_off(tmp_path, frames, encode):
    path = encode(tmp_path / "a.mkv", frames[:5])
    data = bytearray(path.read_bytes())
    start = data.index(b"\x18\x53\x80\x67") + 4
    data[start : start + 8] = b"\x01" + b"\xff" * 7
    path.write_bytes(data[:-100])
    with path.open("rb") as file:
        assert not breaks_off(file, len(data) - 100)
