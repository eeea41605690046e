"""Whether the camera stands still is told to a fraction of a pixel, through rain and past passers-by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import shift

from collection_tools.video import still
from collection_tools.video.glance import glance
from collection_tools.video.still import Sampler, steadiness
from collection_tools.video.survey import survey


@dataclass
class Shown:
    """A frame as a video gives it, from a picture."""

    pixels: np.ndarray
    number: int = 0
    seconds: float = 0.0

    def luma(self):
        return np.asarray(Image.fromarray(self.pixels).convert("L"))

    def thumbnail(self, side):
        return np.asarray(Image.fromarray(self.pixels).resize((side, side), Image.Resampling.BOX))


def measured(frames):
    sampler = Sampler()
    for frame in frames:
        sampler.look(glance(Shown(frame)))
    return sampler.steadiness()


@pytest.fixture(scope="module")
def street(scene):
    return scene(size=(256, 256))


@pytest.mark.parametrize(("shake", "stands"), [(0.0, True), (0.1, True), (0.3, False), (1.0, False), (3.0, False)])
def test_shaking_is_measured_through_rain(street, rainy, shake, stands):
    found = measured(rainy(street, 30, shake=shake))
    assert found.still is stands
    assert found.jitter == pytest.approx(shake, rel=0.25, abs=0.05)
    if not stands:
        assert found.refusal.startswith("the camera moves: drift ")


@pytest.mark.parametrize(("far", "stands"), [(0.3, True), (0.8, False), (20.0, False)])
def test_a_camera_that_sinks_slowly_is_told_by_how_far(street, rainy, far, stands):
    frames = [
        shift(frame, (0, far * step / 30, 0), order=1, mode="nearest")
        for step, frame in enumerate(rainy(street, 30, noise=0))
    ]
    found = measured(frames)
    assert found.still is stands
    assert found.drift == pytest.approx(far, rel=0.35)


def test_turning_about_the_middle_is_moving(street, rainy):
    frames = [
        np.asarray(Image.fromarray(frame).rotate(0.05 * step, Image.Resampling.BICUBIC))
        for step, frame in enumerate(rainy(street, 30))
    ]
    assert not measured(frames).still


def test_a_passer_by_moves_no_camera(street, rainy):
    frames = []
    for step, frame in enumerate(rainy(street, 30)):
        passed = frame.copy()
        passed[80:200, 8 * step : 8 * step + 40] = 20
        frames.append(passed)
    assert measured(frames).still


def test_a_change_of_light_moves_no_camera_and_is_measured(street, rainy):
    frames = [np.rint(frame * (0.8 + 0.3 * step / 29)).clip(0, 255) for step, frame in enumerate(rainy(street, 30))]
    found = measured([frame.astype(np.uint8) for frame in frames])
    assert found.still
    assert 10 < found.light < 60
    assert measured(rainy(street, 30)).light < 2


def test_what_cannot_be_told_is_not_called_still(street):
    plain = measured([np.full((64, 64, 3), 128, np.uint8)] * 20)
    short = measured([street] * 3)
    assert not plain.told
    assert not short.told
    assert (plain.still, short.still) == (False, False)
    assert plain.refusal == "is too plain to tell whether the camera stands still"
    assert short.refusal == "is too short to tell whether the camera stands still: 3 frames"


def test_a_long_shot_is_followed_by_some_of_its_frames_only():
    sampler = Sampler()
    look = glance(Shown(np.zeros((64, 64, 3), np.uint8)))
    for number in range(1000):
        sampler.look(look._replace(patches=np.full_like(look.patches, number % 251)))
    kept = [int(one[0, 0, 0]) for one in sampler._kept]
    assert still.MOST // 2 <= len(kept) <= still.MOST
    assert len(set(np.diff(kept) % 251)) == 1


def slow_shifts(background, frame):
    """The shift of one patch by Gauss-Newton, pixel by pixel, without weights."""
    a, b = np.zeros((3, 3)), np.zeros(3)
    for row in range(4, background.shape[0] - 4):
        for column in range(4, background.shape[1] - 4):
            down = (background[row + 1, column] - background[row - 1, column]) / 2
            right = (background[row, column + 1] - background[row, column - 1]) / 2
            terms = np.array([down, right, 1.0])
            a += np.outer(terms, terms)
            b += terms * (background[row, column] - frame[row, column])
    return np.linalg.solve(a, b)[:2]


def test_without_rain_shifts_are_those_of_plain_least_squares(scene, monkeypatch):
    monkeypatch.setattr(still, "_TUKEY", 1e6)
    patch = still._smooth(scene(size=(40, 40))[None, :, :, 1].astype(np.float32))
    moved = shift(patch[0], (0.1, -0.2), order=3, mode="nearest")
    quick = still._Patches(patch).shifts(moved[None].astype(np.float32))
    assert quick[0] == pytest.approx(slow_shifts(patch[0].astype(float), moved.astype(float)), abs=1e-3)
    assert quick[0] == pytest.approx([0.1, -0.2], abs=0.03)


def test_the_same_patches_measure_alike(street, rainy):
    patches = np.stack([glance(Shown(frame)).patches for frame in rainy(street, 12)])
    assert steadiness(patches) == steadiness(patches.copy())


@pytest.mark.realdata
def test_the_yard_stands_still_but_for_sinking_by_a_third_of_a_pixel(real_photographs):
    found = survey(real_photographs / "video" / "fastderain" / "yard.mp4", 1.0)
    (shot,) = found.shots
    assert found.verdict == "still"
    assert 0.2 < shot.steadiness.drift < 0.45
    assert shot.steadiness.jitter < 0.05


@pytest.mark.realdata
def test_the_car_moves(real_photographs):
    paths = sorted((real_photographs / "video" / "ntu_ra1").glob("*.jpg"))
    found = measured(np.asarray(Image.open(path).convert("RGB")) for path in paths)
    assert found.told
    assert not found.still
