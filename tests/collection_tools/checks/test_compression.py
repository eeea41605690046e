import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from collection_tools.curate.checks.compression import _quality, jpeg


@settings(max_examples=40, deadline=None)
@given(quality=st.integers(1, 100), subsampling=st.sampled_from([0, 1, 2]))
def test_the_quality_of_a_jpeg_is_read_from_its_tables(seen, recipe, as_jpeg, quality, subsampling):
    data = as_jpeg(Image.new("RGB", (16, 16), (90, 20, 30)), quality=quality, subsampling=subsampling)
    verdict = jpeg(seen(data), recipe)
    assert verdict.measure == quality
    assert verdict.keep == (quality >= recipe.jpeg.quality)


def test_tables_of_other_makers_get_the_nearest_quality():
    coarse, fine = [40] * 64, [3] * 64
    assert 50 < _quality(fine) < 100
    assert _quality(coarse) < _quality(fine)
    assert _quality([60_000] * 64) == 1


def test_a_grey_jpeg_has_one_table(seen, recipe, as_jpeg):
    assert jpeg(seen(as_jpeg(Image.new("L", (16, 16), 90), quality=30)), recipe).measure == 30


def test_other_files_have_no_quality(seen, recipe, photograph):
    assert jpeg(seen(photograph(0)), recipe).measure is None


@pytest.mark.parametrize("quality", [49, 50])
def test_the_recipe_decides(seen, recipe, as_jpeg, photograph, quality):
    assert jpeg(seen(as_jpeg(photograph(0), quality=quality)), recipe).keep == (quality == 50)
