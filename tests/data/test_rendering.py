"""Rendered rain behaves as rain does in front of a camera."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from skimage.feature import structure_tensor

from nlcl_bench.data import rendering
from nlcl_bench.data.camera import write_camera_jpeg
from nlcl_bench.data.examples import packaged_photographs, rain_on
from nlcl_bench.data.rendering import Rain, from_linear, render, sample_rain, streak_layer, to_linear, toned

RAIN = Rain(angle=10, spread=2, length=0.15, density=900, strength=0.6, veil=0.0)


def grey(value: float, height: int = 120, width: int = 160) -> np.ndarray:
    return np.full((height, width, 3), value)


def rained(clean: np.ndarray, seed: int = 0, **changes) -> np.ndarray:
    return render(clean, dataclasses.replace(RAIN, **changes), np.random.default_rng(seed))


@given(st.integers(0, 255))
def test_linear_light_and_back_is_the_same(value):
    assert from_linear(to_linear(np.array(value / 255))) == pytest.approx(value / 255, abs=1e-6)


def test_without_streaks_and_veil_the_photograph_stays():
    clean = np.random.default_rng(0).random((40, 50, 3))
    assert np.abs(rained(clean, density=0) - clean).max() < 1e-6


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 90), st.integers(1, 90))
def test_any_size_gives_values_in_range_and_the_input_stays(seed, height, width):
    rng = np.random.default_rng(seed)
    clean = rng.random((height, width, 3))
    before = clean.copy()
    out = render(clean, sample_rain(rng, full=True), rng)
    assert out.shape == clean.shape
    assert out.min() >= 0
    assert out.max() <= 1
    assert np.array_equal(clean, before)


def test_the_same_seed_gives_the_same_rain_and_another_one_does_not():
    assert np.array_equal(rained(grey(0.3), 1), rained(grey(0.3), 1))
    assert not np.array_equal(rained(grey(0.3), 1), rained(grey(0.3), 2))


def test_more_rain_changes_more():
    changes = [np.abs(rained(grey(0.3), density=density) - 0.3).mean() for density in (100, 400, 1600)]
    assert changes == sorted(changes)
    assert changes[0] > 0


def test_streaks_only_brighten_and_vanish_before_a_bright_sky():
    assert (rained(grey(0.4)) >= 0.4 - 1e-9).all()
    assert np.abs(rained(grey(1.0)) - 1).max() < 1e-6
    assert np.abs(rained(grey(0.25)) - 0.25).max() > 0.03


def streaks_and_veil(clean: np.ndarray, rain: Rain, rng: np.random.Generator) -> np.ndarray:
    """Render what there is in pictures without splashes and with sRGB's own curve, and nothing else."""
    scene = to_linear(clean)
    environment = rendering._environment(scene)
    for distance, share in reversed(rendering._LAYERS):
        alpha = rain.strength * streak_layer(clean.shape[:2], rain, distance, share, rng)[..., None]
        scene = scene + alpha * np.maximum(environment - scene, 0)
    return from_linear(rendering._veiled(scene, rain.veil, environment, rng))


@pytest.mark.parametrize("seed", range(3))
def test_a_picture_without_splashes_and_with_srgbs_curve_has_the_bytes_of_streaks_and_veil_alone(seed):
    clean = np.random.default_rng(seed).random((60, 80, 3))
    first, second = np.random.default_rng(seed), np.random.default_rng(seed)
    rain = sample_rain(first)
    assert (rain.splashes, rain.response) == (0, 0)
    out = render(clean, rain, first)
    assert out.tobytes() == streaks_and_veil(clean, sample_rain(second), second).tobytes()
    assert first.bit_generator.state == second.bit_generator.state


def test_a_full_rain_is_the_plain_one_with_splashes_and_a_camera():
    plain, full = sample_rain(np.random.default_rng(4)), sample_rain(np.random.default_rng(4), full=True)
    assert dataclasses.replace(full, splashes=0.0, response=0.0) == plain
    assert full.splashes > 0
    assert full.response > 0


def test_splashes_lie_on_the_ground_grow_towards_the_viewer_and_only_brighten():
    splashed = rained(grey(0.3, 300, 300), density=0, splashes=300) - 0.3
    assert splashed.min() > -1e-9
    upper, far, near = splashed[:130].max(), splashed[165:200].mean(), splashed[260:].mean()
    assert upper < 1e-9
    assert near > 1.5 * far > 0


def test_more_splashes_change_more():
    changes = [np.abs(rained(grey(0.3), density=0, splashes=count) - 0.3).mean() for count in (30, 120, 480)]
    assert changes == sorted(changes)
    assert changes[0] > 0


@settings(deadline=None)
@given(st.integers(0, 255), st.floats(-1, 1))
def test_a_tone_curve_rises_and_is_undone_by_its_opposite(level, response):
    value = np.array(level / 255)
    assert toned(toned(value, response), -response) == pytest.approx(level / 255, abs=1e-6)
    assert (np.diff(toned(np.linspace(0, 1, 256), response)) > 0).all()


@pytest.mark.parametrize("response", [0.2, 0.4])
def test_a_steeper_camera_shows_more_rain_before_mid_grey_and_leaves_a_dry_photograph(response):
    clean = np.random.default_rng(0).random((40, 50, 3))
    assert np.abs(rained(clean, density=0, response=response) - clean).max() < 1e-6
    ratio = (rained(grey(0.5), response=response) - 0.5).mean() / (rained(grey(0.5)) - 0.5).mean()
    assert 1 + response / 2 < ratio < np.exp(response)


@pytest.mark.parametrize("angle", [-30, 0, 20, 35])
def test_streaks_lie_along_their_angle(angle):
    """The structure tensor's weak direction is the streaks' own."""
    picture = rained(grey(0.3, 200, 200), angle=angle, density=600)[..., 0]
    rows, mixed, columns = (component.mean() for component in structure_tensor(picture, sigma=1.5, order="rc"))
    along = np.degrees(0.5 * np.arctan2(2 * mixed, rows - columns)) + 90  # from the row axis, weak direction
    difference = (along - angle + 90) % 180 - 90
    assert abs(difference) < 4


def test_the_veil_lowers_contrast_most_in_the_distance():
    board = np.indices((120, 160)).sum(axis=0) // 8 % 2 * 0.6 + 0.2
    veiled = rained(np.repeat(board[..., None], 3, axis=2), density=0, veil=0.8)
    upper, lower = veiled[:40].std(), veiled[80:].std()
    assert upper < lower < board[80:].std()


def test_a_photograph_rains_alike_at_every_resolution():
    small, large = (np.abs(rained(grey(0.3, side, side), seed=5) - 0.3).mean() for side in (128, 384))
    assert 0.5 < small / large < 2


def test_a_camera_jpeg_carries_what_a_camera_writes_the_private_parts_included(tmp_path):
    write_camera_jpeg(grey(0.5), tmp_path / "a.jpg", np.random.default_rng(0))
    write_camera_jpeg(grey(0.5), tmp_path / "b.jpg", np.random.default_rng(0))
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()
    with Image.open(tmp_path / "a.jpg") as image:
        exif = image.getexif()
    assert exif[ExifTags.Base.Model] == "Rendered Rain"
    assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.BodySerialNumber].startswith("SN-")
    assert exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] == "N"


def test_the_packaged_photographs_are_rained_on_with_their_rights(tmp_path):
    assert rain_on(tmp_path / "a") == len(packaged_photographs()) == 10
    rain_on(tmp_path / "b")
    first, second = ({p.name: p.read_bytes() for p in (tmp_path / x).rglob("*.*")} for x in "ab")
    assert first == second
    assert 'licence = "CC0-1.0"' in (tmp_path / "a" / "rainy" / "sources.toml").read_text()


def test_ones_own_photographs_are_taken_and_rubbish_is_passed_over(tmp_path, photograph):
    (tmp_path / "own").mkdir()
    photograph(0, 900, 700).save(tmp_path / "own" / "big.jpg")
    (tmp_path / "own" / "notes.txt").write_text("no photo")
    assert rain_on(tmp_path / "out", tmp_path / "own") == 1
    with Image.open(tmp_path / "out" / "clean" / "photo-01.png") as image:
        assert max(image.size) == 768
