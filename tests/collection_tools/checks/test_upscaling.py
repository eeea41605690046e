import numpy as np
import pytest
from PIL import Image

from collection_tools.curate.checks.spectrum import decibels, spectrum
from collection_tools.curate.checks.upscaling import _fall, _period, upscaling


@pytest.mark.parametrize("factor", [1.5, 1.7, 2, 2.4, 3])
def test_bicubic_enlargements_are_told_from_their_originals(scenes, seen, recipe, enlarged, factor):
    for name, image in scenes.items():
        assert upscaling(seen(image), recipe).keep, name
        assert upscaling(seen(enlarged(image, factor)), recipe).reason == "is enlarged from a smaller picture", name


@pytest.mark.parametrize("factor", [1.5, 2])
def test_most_are_told_after_a_good_jpeg(scenes, seen, recipe, enlarged, as_jpeg, factor):
    told = [not upscaling(seen(as_jpeg(enlarged(image, factor))), recipe).keep for image in scenes.values()]
    assert sum(told) >= 0.8 * len(told)


@pytest.mark.parametrize("factor", [0.4, 0.5, 0.7, 0.75])
def test_shrinking_is_no_enlargement(scenes, seen, recipe, enlarged, factor):
    for kind in (Image.Resampling.LANCZOS, Image.Resampling.BOX):
        for name, image in scenes.items():
            assert upscaling(seen(enlarged(image, factor, kind)), recipe).keep, name


@pytest.mark.parametrize("quality", [30, 50, 75])
def test_blocks_of_a_jpeg_are_no_trace_of_enlargement(scenes, seen, recipe, as_jpeg, quality):
    for name, image in scenes.items():
        assert upscaling(seen(as_jpeg(image, quality=quality)), recipe).keep, name


def test_a_blur_has_the_fall_but_not_the_period(scenes, recipe, blurred):
    grey = np.asarray(blurred(scenes["i08"], 1.5).convert("L"))
    assert _fall(spectrum(grey)) > recipe.upscaling.fall
    assert _period(grey) < recipe.upscaling.period


def test_a_wave_stands_in_the_entry_of_its_frequency():
    down, across = np.mgrid[:256, :256]
    for k in (5, 12, 20, 30):
        for wave in (np.sin(2 * np.pi * k / 64 * across), np.sin(2 * np.pi * (k / 64 * down + 2 / 64 * across))):
            power = spectrum((128 + 100 * wave).round().astype(np.uint8))
            assert power.shape == (33,)
            assert abs(int(np.argmax(power)) - k) <= 1


def test_the_spectrum_of_noise_is_its_variance():
    noise = np.random.default_rng(0).normal(128, 20, (512, 512)).round().clip(0, 255).astype(np.uint8)
    assert spectrum(noise)[4:] == pytest.approx(400, rel=0.1)
    assert spectrum(noise.T) == pytest.approx(spectrum(noise))
    assert decibels(np.zeros(3)) == pytest.approx(-10.8, abs=0.01)
