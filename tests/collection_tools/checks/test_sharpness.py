import dataclasses

import numpy as np
import pytest
from PIL import Image

from collection_tools.curate.checks.sharpness import sharpness
from nlcl_bench.data.rendering import render, sample_rain


def veiled(image, veil):
    rng = np.random.default_rng(0)
    rain = dataclasses.replace(sample_rain(rng), density=0.0, veil=veil)
    return Image.fromarray((255 * render(np.asarray(image) / 255, rain, rng)).round().astype(np.uint8))


@pytest.mark.parametrize("sigma", [1.5, 2.0, 3.0])
def test_blurred_copies_are_told_from_their_originals(scenes, seen, recipe, blurred, as_jpeg, sigma):
    for name, image in scenes.items():
        soft = blurred(image, sigma)
        assert sharpness(seen(image), recipe).keep, name
        assert sharpness(seen(soft), recipe).reason == "is blurred", name
        assert sharpness(seen(as_jpeg(soft)), recipe).reason == "is blurred", name


@pytest.mark.parametrize("veil", [0.5, 1.0, 2.0])
def test_a_veil_of_rain_is_not_called_blur(scenes, seen, recipe, veil):
    for name, image in scenes.items():
        before, after = sharpness(seen(image), recipe), sharpness(seen(veiled(image, veil)), recipe)
        assert after.keep, name
        assert after.measure == pytest.approx(before.measure, abs=3), name


def test_a_quarter_of_the_contrast_is_as_sharp(scenes, seen, recipe):
    for image in scenes.values():
        faint = image.point(lambda level: 150 + level // 4)
        before, after = sharpness(seen(image), recipe), sharpness(seen(faint), recipe)
        assert after.measure == pytest.approx(before.measure, abs=1.5)


def test_one_sharp_thing_before_a_soft_background_is_enough(scenes, seen, recipe, blurred):
    image = scenes["i08"]
    portrait = blurred(image, 4)
    middle = (image.width // 3, image.height // 3, image.width * 2 // 3, image.height * 2 // 3)
    portrait.paste(image.crop(middle), middle[:2])
    assert not sharpness(seen(blurred(image, 4)), recipe).keep
    assert sharpness(seen(portrait), recipe).keep


def test_streaks_of_rain_do_not_hide_a_blur_of_the_whole(scenes, seen, recipe, blurred):
    rng = np.random.default_rng(1)
    rained = Image.fromarray((255 * render(np.asarray(scenes["i04"]) / 255, sample_rain(rng), rng)).astype(np.uint8))
    assert sharpness(seen(rained), recipe).keep
    assert not sharpness(seen(blurred(rained, 2)), recipe).keep


def test_what_is_smaller_than_a_tile_cannot_be_judged(seen, recipe):
    verdict = sharpness(seen(Image.new("RGB", (63, 500), "grey")), recipe)
    assert (verdict.keep, verdict.measure) == (True, None)
