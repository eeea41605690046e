"""A video comes out as it went in, but derained: upright, each frame at its time, its sound untouched."""

from __future__ import annotations

import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from nlcl_bench.core.errors import ImageError, StorageError
from nlcl_bench.evaluation.film import derain_film


@pytest.fixture
def film(photograph, tmp_path):
    """Return a writer of short films with a tone, whose frames do not follow each other evenly."""

    def make(name="walk.mov", *, width=96, height=64, frames=12, sound="aac", codec="libx264"):
        path = tmp_path / name
        still = np.asarray(photograph(3, width, height))
        with av.open(str(path), "w") as target:
            picture = target.add_stream(codec, rate=25, options={"crf": "10"} if codec == "libx264" else {})
            picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
            picture.codec_context.time_base = Fraction(1, 1000)
            tone = target.add_stream(sound, rate=48000, layout="mono") if sound else None
            for number in range(frames):
                moved = np.ascontiguousarray(np.roll(still, number, axis=1))
                frame = VideoFrame.from_ndarray(moved, format="rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = number * 40 + (number % 3) * 7, Fraction(1, 1000)
                target.mux(picture.encode(frame))
            target.mux(picture.encode(None))
            if tone is not None:
                wave = np.sin(np.arange(24000) / 20).astype(np.float32)[None]
                played = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
                played.sample_rate = 48000
                for part in av.AudioResampler("s16" if sound.startswith("pcm") else "fltp", "mono", 48000).resample(
                    played
                ):
                    target.mux(tone.encode(part))
                target.mux(tone.encode(None))
        return path

    return make


def content(path):
    """Return the frames, their times and the bytes of the sound."""
    with av.open(str(path)) as source:
        frames = [(one.to_ndarray(format="rgb24").astype(int), one.time) for one in source.decode(video=0)]
    with av.open(str(path)) as source:
        sound = [bytes(packet) for packet in source.demux() if packet.stream.type == "audio" and packet.size]
    return [one for one, _ in frames], [time for _, time in frames], sound


def test_frames_times_size_and_sound_are_kept(film, tmp_path):
    source = film()
    assert derain_film(source, tmp_path / "out.mp4", lambda picture: picture) is None
    before, after = content(source), content(tmp_path / "out.mp4")
    assert len(before[0]) == len(after[0]) == 12
    assert before[1] == pytest.approx(after[1])
    assert before[2] == after[2] != []
    for one, two in zip(before[0], after[0], strict=True):
        assert np.abs(one - two).mean() < 8  # colours at half the resolution, twice, of a picture that is nearly noise
        assert np.abs((one - two).mean(axis=(0, 1))).max() < 1


def test_every_frame_is_derained_and_colours_stay_true(film, tmp_path):
    derain_film(film(), tmp_path / "out.mp4", lambda picture: np.full_like(picture, (200, 100, 50)))
    with av.open(str(tmp_path / "out.mp4")) as source:
        for frame in source.decode(video=0):
            seen = frame.to_ndarray(format="rgb24").reshape(-1, 3)
            assert np.abs(seen.astype(int) - (200, 100, 50)).max() <= 3
        context = source.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)


def test_a_film_of_odd_size_keeps_it(film, tmp_path):
    source = film("odd.mkv", width=66, height=50, sound=None)
    derain_film(source, tmp_path / "out.mp4", lambda picture: picture)
    assert content(tmp_path / "out.mp4")[0][0].shape == (50, 66, 3)


def test_a_film_to_be_shown_mirrored_comes_out_as_it_is_shown(film, tmp_path):
    source = film("plain.mp4", sound=None)
    data = bytearray(source.read_bytes())
    start = data.index(b"tkhd") + 44
    data[start : start + 36] = struct.pack(">9i", -65536, 0, 0, 0, 65536, 0, 96 << 16, 0, 1 << 30)
    (tmp_path / "mirrored.mp4").write_bytes(data)
    seen = {"plain.mp4": [], "mirrored.mp4": []}
    for name, pictures in seen.items():
        derain_film(tmp_path / name, tmp_path / "out.mp4", lambda one, into=pictures: into.append(one) or one)
    assert all(np.array_equal(one[:, ::-1], two) for one, two in zip(*seen.values(), strict=True))


def test_the_same_film_gives_the_same_bytes(film, tmp_path):
    source = film()
    made = set()
    for _ in range(12):  # what went wrong here once did so in one of six
        derain_film(source, tmp_path / "out.mp4", lambda picture: picture)
        made.add((tmp_path / "out.mp4").read_bytes())
    assert len(made) == 1


def test_progress_is_told_by_frame(film, tmp_path):
    seen = []

    def track(items, *, what, total=None):
        for item in items:
            seen.append((what, total))
            yield item

    derain_film(film(), tmp_path / "out.mp4", lambda picture: picture, track=track)
    assert seen == [("walk.mov", 12)] * 12


def test_a_film_that_breaks_off_leaves_nothing(film, tmp_path):
    whole = film("whole.mkv").read_bytes()
    moving = film("moving.mp4").read_bytes()
    (tmp_path / "out").mkdir()
    for name, data in {
        "empty.mp4": b"",
        "words.mp4": b"no video at all\n" * 20,
        "list.mp4": b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n",
        "half.mp4": moving[: len(moving) // 2],
        "hole.mkv": whole[: len(whole) // 3] + bytes(300) + whole[len(whole) // 3 + 300 :],
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ImageError):
            derain_film(tmp_path / name, tmp_path / "out" / name, lambda picture: picture)
    assert not list((tmp_path / "out").iterdir())


def test_a_failure_in_the_middle_leaves_nothing_under_the_final_name(film, tmp_path):
    def stop(picture):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        derain_film(film(), tmp_path / "out.mp4", stop)
    assert not (tmp_path / "out.mp4").exists()


def test_a_folder_that_is_gone_is_told(film, tmp_path):
    with pytest.raises(StorageError, match="cannot be written"):
        derain_film(film(), tmp_path / "gone" / "out.mp4", lambda picture: picture)


@pytest.mark.realdata
def test_a_film_with_a_rotation_tag_comes_out_upright(real_data, tmp_path):
    from collection_tools.video.reading import opened

    source = real_data / "video" / "fastderain" / "yard.mp4"
    seen = []

    def stop_after_two(picture):
        seen.append(picture)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return picture

    with pytest.raises(KeyboardInterrupt):
        derain_film(source, tmp_path / "out.mp4", stop_after_two)
    with opened(source) as video:
        for ours, theirs in zip(seen, video.frames(), strict=False):
            assert np.array_equal(ours, theirs.picture())
    assert seen[0].shape == (640, 368, 3)
