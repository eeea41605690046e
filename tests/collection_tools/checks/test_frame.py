import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFile, ImageOps

from collection_tools.curate.checks.frame import borders, integrity
from nlcl_bench.core.images import decode

COLOURS = ("black", "white", (250, 240, 190))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("quality", [None, 75])
def test_bars_of_every_kind_are_measured(scenes, seen, recipe, as_jpeg, colour, quality):
    image = scenes["i19"]
    width, height = image.size
    for border in ((0, 32), (48, 0), (24, 24), (0, 0, 0, 40)):
        framed = ImageOps.expand(image, border, colour)
        verdict = borders(seen(framed if quality is None else as_jpeg(framed, quality=quality)), recipe)
        share = 1 - width * height / (framed.width * framed.height)
        assert verdict.measure == pytest.approx(share, abs=0.03), border
        assert verdict.reason == "has bars along its sides"


def test_a_thin_line_along_a_side_is_forgiven(scenes, seen, recipe):
    verdict = borders(seen(ImageOps.expand(scenes["coffee"], 1, "black")), recipe)
    assert verdict.keep
    assert 0 < verdict.measure < recipe.borders.share


def ragged(sky, ground):
    """A street under a plain sky: roofs of many heights end it."""
    rng = np.random.default_rng(3)
    picture = Image.new("RGB", (400, 300), sky)
    draw = ImageDraw.Draw(picture)
    for left in range(0, 400, 25):
        draw.rectangle((left, int(rng.integers(60, 200)), left + 25, 300), fill=ground)
    grain = rng.normal(0, 6, (300, 400, 3)) * (np.asarray(picture) != np.array(sky))
    return Image.fromarray((np.asarray(picture) + grain).clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("sky", "ground"), [((255, 255, 255), (90, 80, 70)), ((0, 0, 0), (50, 45, 40)), ((128, 140, 128), (60, 60, 50))]
)
def test_a_burnt_out_sky_and_a_black_night_are_no_bars(seen, recipe, sky, ground):
    assert borders(seen(ragged(sky, ground)), recipe).measure == 0


def lenient(data: bytes) -> Image.Image:
    """Decode as programs do that forgive missing data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return image.convert("RGB")


@pytest.mark.parametrize("part", [0.4, 0.7, 0.9])
def test_a_cut_off_jpeg_that_was_saved_again_is_told(scenes, seen, recipe, as_jpeg, part):
    for name in ("coffee", "i03", "rocket"):
        whole = as_jpeg(scenes[name])
        forgiven = lenient(whole[: int(len(whole) * part)])
        for photo in (seen(forgiven), seen(as_jpeg(forgiven, quality=80)), seen(forgiven.rotate(90, expand=True))):
            verdict = integrity(photo, recipe)
            assert verdict.reason == "ends in plain grey, as if cut off", name
            assert 0.02 < verdict.measure < 1


def test_whole_photographs_miss_nothing(scenes, seen, recipe, as_jpeg):
    for image in scenes.values():
        assert integrity(seen(image), recipe).measure == 0
        assert integrity(seen(as_jpeg(image, quality=30)), recipe).keep


def test_grey_with_a_grain_is_fog_and_not_missing(seen, recipe):
    fog = np.random.default_rng(0).normal(128, 3, (200, 300, 3)).clip(0, 255).astype(np.uint8)
    assert integrity(seen(Image.fromarray(fog)), recipe).keep


def test_a_cut_off_file_itself_is_refused_when_it_is_opened(scenes, as_jpeg):
    whole = as_jpeg(scenes["coffee"])
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(whole[:-2000])).load()
    with pytest.raises(Exception, match="is damaged"):
        decode(whole[:-2000], where="test")
