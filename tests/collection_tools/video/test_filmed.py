"""A video counts as a folder of its frames: to be read in place, in pairs if the camera stands still."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest

from collection_tools.collect.filmed import VideoOptions, filmed
from collection_tools.collect.sources import SAID_NOTHING
from collection_tools.video import pairs
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import decode

PAIRS = VideoOptions(static=True)


def pixels(data):
    return np.asarray(decode(data, where="frame")).astype(int)


@pytest.fixture(scope="module")
def truth(scene):
    return scene()


@pytest.fixture(scope="module")
def yard(truth, rainy, encode, tmp_path_factory):
    """Four seconds of rain before a camera that stands still."""
    folder = tmp_path_factory.mktemp("films")
    return encode(folder / "yard.mp4", rainy(truth, 125), gop_size=25)


def found(path, options=VideoOptions(), **named):  # noqa: B008 (frozen)
    return list(filmed(path, path.parent, options, **named))


def bytes_of(one):
    try:
        return one.read()
    except ImageError as error:
        return error.what


def read(path, options):
    """All that a walk finds: bytes, or the reason why there are none; and those of the twin."""
    return [(bytes_of(one), one.twin and bytes_of(one.twin)) for one in filmed(path, path.parent, options)]


def test_frames_lie_below_the_video_with_their_place_in_it(yard):
    ones = found(yard)
    assert [one.file for one in ones] == [
        f"{yard.parent.name}/yard.mp4/{number:06d}.png" for number in range(0, 125, 25)
    ]
    assert [one.frame.seconds for one in ones] == [0, 1, 2, 3, 4]
    assert {one.frame.video for one in ones} == {hashlib.sha256(yard.read_bytes()).hexdigest()}
    assert {(one.archive, one.twin, one.estimate) for one in ones} == {(yard, None, None)}
    assert len(found(yard, VideoOptions(every_seconds=2))) == 3


@pytest.fixture(scope="module")
def walked(yard):
    return read(yard, PAIRS)


def test_the_same_video_gives_the_same_bytes_again(yard, walked):
    assert read(yard, PAIRS) == walked


def test_frames_can_be_asked_for_in_any_order(yard):
    with pairs.Film(yard) as film:
        frames = {number: film.frame(number) for number in (3, 50, 50, 4, 0)}
        with pytest.raises(ImageError, match="without a frame 125"):
            film.frame(125)
        assert film.frame(50) == frames[50]
    assert len(set(frames.values())) == 4


def test_the_video_is_decoded_once_for_all_of_its_frames(yard, monkeypatch):
    opened = []
    monkeypatch.setattr(pairs, "opened", lambda path, real=pairs.opened: opened.append(path) or real(path))
    read(yard, VideoOptions())
    assert len(opened) == 1
    read(yard, PAIRS)
    assert len(opened) == 2


def test_pairs_show_the_same_with_and_without_rain(yard, truth, walked):
    ones = found(yard, PAIRS)
    for one, files in zip(ones, walked, strict=True):
        rainy, clean = map(pixels, files)
        assert np.abs(clean - truth).mean() < 2.5
        assert np.abs(rainy - truth).mean() > np.abs(clean - truth).mean() + 1
        assert (one.estimate, one.twin.frame) == (None, None)
    assert {one.twin.estimate for one in ones} == {"temporal median of 60 frames in 2.5 s, less than 2% of it moving"}
    assert [one.twin.path.name for one in ones] == ["000000-000061.png"] * 3 + ["000062-000124.png"] * 2
    assert [rainy for rainy, _ in walked] == [rainy for rainy, _ in read(yard, VideoOptions())]


def test_a_camera_that_moves_gives_one_refusal_with_the_measure(tmp_path, truth, rainy, encode):
    path = encode(tmp_path / "hand.mp4", rainy(truth, 60, shake=1.0))
    (one,) = found(path, PAIRS)
    assert (one.path, one.refusal.split(":")[0]) == (path, "the camera moves")
    assert len(found(path)) == 3


def test_each_shot_is_judged_alone(tmp_path, scene, rainy, encode):
    shaking, still = rainy(scene(1), 40, shake=1.5), rainy(scene(2), 40)
    told = []
    ones = found(encode(tmp_path / "two.mp4", [*shaking, *still]), PAIRS, note=told.append)
    assert [one.path.name for one in ones] == ["000000.png", "000045.png", "000070.png"]
    assert ones[0].refusal.startswith("the camera moves: ")
    assert ones[1].twin.path == ones[2].twin.path == tmp_path / "two.mp4" / "000040-000079.png"
    assert [survey.verdict for survey in told] == ["mixed"]


def test_a_pair_in_which_something_else_moves_is_refused(tmp_path, truth, rainy, encode):
    frames = list(rainy(truth, 60))
    for number in range(22, 30):
        frames[number][30:90, 20 * (number - 22) : 20 * (number - 22) + 40] = 15
    (first, _), (second, _), (third, _) = read(encode(tmp_path / "a.mp4", frames), PAIRS)
    assert re.fullmatch(r"something other than rain moves: in \d+\.\d% of the picture", second)
    assert isinstance(first, bytes)
    assert isinstance(third, bytes)


def test_a_pair_of_different_light_is_refused(tmp_path, truth, rainy, encode):
    frames = [
        frame if number != 25 else (frame * 1.15).clip(0, 255).astype(np.uint8)
        for number, frame in enumerate(rainy(truth, 60))
    ]
    _, (second, _), _ = read(encode(tmp_path / "a.mp4", frames), PAIRS)
    assert second.startswith("the light changes: by +")


def test_a_shot_too_short_for_an_estimate_is_refused(tmp_path, truth, rainy, encode):
    (one,) = found(encode(tmp_path / "a.mp4", rainy(truth, 12)), PAIRS)
    assert one.refusal == "is too short for a scene without rain: 12 frames of 20"
    (one,) = found(encode(tmp_path / "b.mp4", rainy(truth, 4)), PAIRS)
    assert one.refusal.startswith("is too short to tell")


def test_damage_comes_first_and_what_is_whole_after_it(tmp_path, truth, rainy, encode):
    path = encode(tmp_path / "a.mkv", rainy(truth, 60), gop_size=10)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    damaged, *rest = found(path)
    assert (damaged.path, damaged.refusal) == (path, "is a damaged video: it breaks off")
    assert [one.path.name for one in rest] == ["000000.png", "000025.png"]
    assert all(one.read() for one in filmed(path, tmp_path, VideoOptions()) if one.refusal is None)


def test_what_is_no_video_is_one_refusal(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"#EXTM3U\n/etc/passwd\n")
    (one,) = found(path)
    assert (one.path, one.refusal.split(":")[0]) == (path, "is not a video we can read")
    (one,) = found(tmp_path / "gone.mp4")
    assert one.refusal.startswith("cannot be read")


def test_a_sources_file_beside_a_video_speaks_for_its_frames_and_scenes(tmp_path, yard):
    path = tmp_path / "yard.mp4"
    path.write_bytes(yard.read_bytes())
    (tmp_path / "sources.toml").write_text(
        'licence = "CC0-1.0"\nauthor = "Ada"\n[files."yard.mp4/*"]\nauthor = "Grace"\n', encoding="utf-8"
    )
    one = next(filmed(path, tmp_path, PAIRS))
    for found_one in (one, one.twin):
        rights = found_one.rights(SAID_NOTHING)
        assert (rights.licence, rights.author) == ("CC0-1.0", "Grace")


def test_a_video_that_is_its_own_root_has_names_below_its_own(yard):
    one = next(filmed(yard, yard, VideoOptions()))
    assert one.file == "yard.mp4/000000.png"
    assert one.names() == ["yard.mp4/000000.png", "yard.mp4"]


@pytest.mark.realdata
def test_the_yard_gives_thirteen_upright_pairs(real_photographs):
    path = real_photographs / "video" / "fastderain" / "yard.mp4"
    ones = []
    for one in filmed(path, path.parent, VideoOptions(every_seconds=4, static=True)):
        rainy, clean = pixels(one.read()), pixels(one.twin.read())
        assert rainy.shape == clean.shape == (640, 368, 3)
        assert rainy[:100].mean() > rainy[-100:].mean() + 40  # the sky is above
        brighter, darker = (np.maximum(sign * (rainy - clean), 0) for sign in (1, -1))
        assert (brighter > 40).mean() > 4 * (darker > 40).mean()  # what is missing is rain
        ones.append(one.frame.number)
    assert ones == [0, 119, 238, 357]
