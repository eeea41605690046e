import dataclasses

import numpy as np
from PIL import Image

from collection_tools.curate.checks.colour import monochrome
from nlcl_bench.data.rendering import render, sample_rain


def test_grey_pictures_are_told_in_whatever_file(scenes, seen, recipe, as_jpeg):
    for image in scenes.values():
        grey = image.convert("L")
        assert not monochrome(seen(grey.convert("RGB")), recipe).keep
        assert not monochrome(seen(as_jpeg(grey)), recipe).keep
        assert not monochrome(seen(as_jpeg(grey.convert("RGB"), quality=60)), recipe).keep


def test_sensor_noise_is_no_colour(seen, recipe):
    noise = np.random.default_rng(0).normal(100, 3, (1024, 1024, 3)).clip(0, 255).astype(np.uint8)
    assert not monochrome(seen(Image.fromarray(noise)), recipe).keep


def test_heavy_veil_and_night_keep_enough_colour(scenes, seen, recipe):
    rng = np.random.default_rng(0)
    dense = dataclasses.replace(sample_rain(rng), density=0.0, veil=1.5)
    for name, image in scenes.items():
        veiled = render(np.asarray(image) / 255, dense, rng)
        for shown in (veiled, 0.25 * veiled):
            photo = seen(Image.fromarray((255 * shown).round().astype(np.uint8)))
            assert monochrome(photo, recipe).keep, name


def test_a_small_coloured_thing_is_enough(seen, recipe):
    picture = Image.new("RGB", (512, 512), (120, 120, 120))
    picture.paste((200, 40, 30), (300, 300, 360, 360))
    assert monochrome(seen(picture), recipe).keep
