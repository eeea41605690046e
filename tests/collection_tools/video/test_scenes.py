"""Cuts are found where they are, and frames are taken once per interval: sharp ones, and none twice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from collection_tools.video.glance import Glance
from collection_tools.video.scenes import Chooser, cuts
from collection_tools.video.survey import survey

RATE = 25


def glances(frames, rate=RATE):
    """Glances of pictures as a video would give them: a 32 x 32 thumbnail, and one patch."""
    for number, frame in enumerate(frames):
        thumbnail = frame[:128, :192].reshape(32, 4, 32, 6, 3).mean(axis=(1, 3)).astype(np.uint8)
        patches = frame[None, 16:112, 16:112].mean(axis=3).astype(np.uint8)
        yield Glance(number, number / rate, frame.shape[:2], thumbnail, patches)


def chosen(frames, every=1.0, rate=RATE):
    chooser = Chooser(every)
    for one, begins in cuts(glances(frames, rate)):
        if begins:
            chooser.begin(one)
        chooser.look(one)
    chooser.end()
    return [one.number for one in chooser.chosen]


def starts(frames):
    return [one.number for one, begins in cuts(glances(frames)) if begins]


@pytest.fixture(scope="module")
def shots(scene, rainy):
    return [list(rainy(scene(seed), 40, seed=seed)) for seed in range(3)]


def test_a_cut_is_found_to_the_frame_and_rain_is_none(shots):
    assert starts(shots[0]) == [0]
    assert starts(shots[0] + shots[1] + shots[2]) == [0, 40, 80]


def test_every_glance_comes_out_once_and_in_order(shots):
    for count in (0, 1, 3, 4, 5, 40):
        assert [one.number for one, _ in cuts(glances(shots[0][:count]))] == list(range(count))


def test_lightning_is_no_cut(shots):
    flashed = [np.maximum(frame, 250) if 18 <= number < 20 else frame for number, frame in enumerate(shots[0])]
    assert starts(flashed) == [0]


def test_a_camera_that_pans_does_not_cut(scene):
    wide = scene(size=(128, 1200))
    assert starts([wide[:, 8 * step : 8 * step + 192] for step in range(100)]) == [0]


def test_a_change_of_size_is_a_cut(shots):
    assert starts(shots[0] + [np.tile(frame, (1, 2, 1)) for frame in shots[0]]) == [0, 40]


def test_one_frame_per_interval_and_one_a_moment_after_each_cut(shots):
    assert chosen(shots[0] * 2, every=1.0) == [0, 25, 50, 75]
    assert chosen(shots[0] + shots[1], every=1.0) == [0, 25, 45, 70]
    assert chosen(shots[0], every=0.2) == [0, 5, 10, 15, 20, 25, 30, 35]


def test_a_frozen_picture_is_taken_once(shots):
    assert chosen([*shots[0][:20], *[shots[0][20]] * 100]) == [0, 25]


def test_a_blurred_frame_gives_way_to_the_next_sharp_one(shots):
    frames = [
        gaussian_filter(frame, (2, 2, 0)) if 23 <= number < 28 else frame for number, frame in enumerate(shots[0])
    ]
    assert chosen(frames) == [0, 28]
    assert chosen([gaussian_filter(frame, (2, 2, 0)) for frame in shots[0]]) == [0, 25]


def test_time_lapse_gives_every_frame(shots):
    assert chosen(shots[0][:6], rate=0.1) == list(range(6))


def test_a_survey_tells_shots_and_what_to_take_of_each(tmp_path, encode, shots):
    path = encode(tmp_path / "a.mp4", shots[0] + shots[1])
    found = survey(path, 1.0)
    assert [(shot.first, shot.last) for shot in found.shots] == [(0, 39), (40, 79)]
    assert [one.number for shot in found.shots for one in shot.chosen] == [0, 25, 45, 70]
    assert (found.damage, found.verdict) == (None, "still")
    assert found == survey(path, 1.0)


def test_the_interval_goes_by_time_codes_not_by_frames(tmp_path, encode, shots):
    times = [*range(0, 400, 40), *range(400, 3400, 100)]
    path = encode(tmp_path / "a.mp4", shots[0], times=times)
    (shot,) = survey(path, 1.0).shots
    assert [round(one.seconds) for one in shot.chosen] == [0, 1, 2, 3]
    assert [one.number for one in shot.chosen] == [0, 16, 26, 36]
