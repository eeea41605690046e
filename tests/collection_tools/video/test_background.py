"""Scenes without rain: both estimates are near the truth, and where something else moves they are not trusted."""

from __future__ import annotations

import numpy as np
import pytest

from collection_tools.video import background, stack
from collection_tools.video.background import estimate, foreign
from collection_tools.video.pursuit import pursue
from collection_tools.video.stack import Stack
from nlcl_bench.core.errors import StorageError

WAYS = ("temporal median", "robust PCA")


def slow_pursuit(matrix, weight, tolerance):
    """Algorithm 5 of Lin, Chen and Ma with a full singular value decomposition."""
    norm, spectral = np.linalg.norm(matrix), np.linalg.norm(matrix, 2)
    multipliers = matrix / max(spectral, np.abs(matrix).max() / weight)
    mu, sparse = 1.25 / spectral, np.zeros_like(matrix)
    while True:
        left, values, right = np.linalg.svd(matrix - sparse + multipliers / mu, full_matrices=False)
        low = left @ np.diag(np.maximum(values - 1 / mu, 0)) @ right
        rest = matrix - low + multipliers / mu
        sparse = np.sign(rest) * np.maximum(np.abs(rest) - weight / mu, 0)
        multipliers = multipliers + mu * (matrix - low - sparse)
        mu *= 1.5
        if np.linalg.norm(matrix - low - sparse) < tolerance * norm:
            return low, sparse


@pytest.mark.parametrize("shape", [(60, 12), (300, 20), (15, 15)])
def test_pursuit_by_gram_matrices_is_pursuit_by_full_decompositions(shape):
    rng = np.random.default_rng(1)
    matrix = np.outer(rng.random(shape[0]), 1 + 0.1 * rng.random(shape[1])) + (rng.random(shape) < 0.1)
    parts = pursue(matrix, tolerance=1e-5)
    low, sparse = slow_pursuit(matrix, 1 / np.sqrt(max(shape)), 1e-5)
    assert parts.low == pytest.approx(low, abs=1e-6)
    assert parts.sparse == pytest.approx(sparse, abs=1e-6)


def test_pursuit_of_nothing_is_nothing():
    parts = pursue(np.zeros((8, 3)))
    assert (parts.rank, parts.rounds, parts.low.any(), parts.sparse.any()) == (0, 0, False, False)


@pytest.fixture(scope="module")
def truth(scene):
    return scene()


@pytest.fixture(scope="module")
def frames(truth, rainy):
    return list(rainy(truth, 40))


@pytest.mark.parametrize("way", WAYS)
def test_rain_is_gone_and_the_scene_is_left(truth, frames, way):
    part = np.s_[:32, :48]
    with Stack(frame[part] for frame in frames) as pile:
        found = estimate(pile, way=way)
    before = np.abs(frames[0].astype(float) - truth)[part].mean()
    after = np.abs(found.picture.astype(float) - truth[part]).mean()
    assert after < 1
    assert before > 2.5 * after
    assert (found.share, found.frames, found.way) == (0, 40, way)


@pytest.mark.parametrize("way", WAYS)
def test_strips_change_nothing(frames, way, monkeypatch):
    with Stack(frame[:16] for frame in frames[:10]) as pile:
        monkeypatch.setattr(background, "_BLOCK", 192 * 3)  # a row of the picture, whatever the strips
        whole = estimate(pile, way=way)
        monkeypatch.setattr(stack, "STRIP", 1)
        strips = estimate(pile, way=way)
    assert np.abs(whole.picture.astype(int) - strips.picture).max() <= (0 if way == "temporal median" else 1)


def test_the_median_is_that_of_each_pixel_of_the_frames_asked_for(frames):
    with Stack(frames) as pile:
        found = estimate(pile, [1, 3, 5, 7])
    wanted = np.median(np.stack([frames[number] for number in (1, 3, 5, 7)]), axis=0)
    assert np.array_equal(found.picture, np.rint(wanted))


def with_thing(frames, shows, value=20, size=40):
    """Put a dark or bright thing into some of the frames."""
    marked = []
    for number, frame in enumerate(frames):
        copy = frame.copy()
        if shows(number):
            copy[40 : 40 + size, 60 : 60 + size] = value
        marked.append(copy)
    return marked


@pytest.mark.parametrize("value", [5, 250])
def test_where_something_stands_often_the_estimate_is_not_trusted(frames, value):
    with Stack(with_thing(frames, lambda number: number % 3 == 0, value)) as pile:
        untrusted = estimate(pile).untrusted
    assert untrusted[44:76, 64:96].all()
    assert not untrusted[:25].any()
    assert not untrusted[:, 120:].any()


def test_where_something_passes_once_the_median_shows_what_is_behind_it(truth, frames):
    with Stack(with_thing(frames, lambda number: number in (7, 8))) as pile:
        found = estimate(pile)
    assert found.share == 0
    assert np.abs(found.picture.astype(int) - truth)[40:80, 60:100].mean() < 2


def test_leaves_in_the_wind_are_not_trusted_though_they_are_thin(truth, frames):
    leaves = []
    for number, frame in enumerate(frames):
        copy = frame.copy()
        copy[40:80, 60:140][:, number % 3 :: 3] = 10  # dark stripes that go back and forth
        leaves.append(copy)
    with Stack(leaves) as pile:
        untrusted = estimate(pile).untrusted
    assert untrusted[44:76, 64:136].mean() > 0.9
    assert not untrusted[100:].any()


def test_a_frame_shows_its_passer_by_and_not_its_rain(truth, frames):
    assert not foreign(frames[3], truth).any()
    mask = foreign(with_thing(frames, lambda _: True)[3], truth)
    assert mask[42:78, 62:98].mean() > 0.8
    assert mask.mean() < 0.1


def test_a_pile_gives_back_what_was_laid_aside(frames):
    with Stack(iter(frames[:5])) as pile:
        assert len(pile) == 5
        assert all(np.array_equal(pile.picture(index), frames[index]) for index in (4, 0, 2))


def test_frames_of_two_sizes_make_no_pile(frames):
    with pytest.raises(ValueError, match="one shot"):
        Stack([frames[0], frames[1][:64]])


def test_a_full_disk_is_told(frames, monkeypatch):
    class Full:
        def write(self, _):
            raise OSError(28, "No space left on device")

        def close(self):
            pass

    monkeypatch.setattr(stack.tempfile, "TemporaryFile", Full)
    with pytest.raises(StorageError, match="TMPDIR"):
        Stack(frames[:1])
