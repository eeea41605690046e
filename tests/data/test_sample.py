"""A sample shows itself, as a small picture and as escaped text."""

from __future__ import annotations

import base64
import io
import re

import pytest
from PIL import Image

from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import InputError
from nlcl_bench.data import Sample, load_split
from nlcl_bench.data.record import Record, Rights


def large(photograph, encoded, **options) -> Sample:
    data = encoded(photograph(1, 3000, 2000), "JPEG", **options)
    digest = sha256_bytes(data)
    record = Record(
        image_id=digest[:16],
        sha256=digest,
        file_name=f"{digest[:16]}.jpg",
        width=3000,
        height=2000,
        domain="rainy",
        split="test",
        scene_id=digest[:16],
        rights=Rights(licence="CC0-1.0", author="<script>alert(1)</script>"),
    )
    return Sample(record, data)


def picture_of(html: str) -> Image.Image:
    data = re.search(r"base64,([^\"]+)", html)[1]
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_a_notebook_gets_a_small_picture_of_a_large_photograph(photograph, encoded):
    sample = large(photograph, encoded)
    html = sample._repr_html_()
    assert len(html) < 200_000 < len(sample.image)
    assert max(picture_of(html).size) == 420
    assert Image.open(io.BytesIO(sample._repr_png_())).size == picture_of(html).size


def test_what_a_stranger_wrote_is_no_markup(photograph, encoded):
    assert "<script>" not in (html := large(photograph, encoded)._repr_html_())
    assert "&lt;script&gt;" in html


def test_a_pair_is_shown_side_by_side(release):
    pair = load_split(release, "paired")[0]
    assert picture_of(pair._repr_html_()).size == (2 * 224 + 8, 208)
    assert "with its clean image" in repr(pair)


def test_it_opens_upright_in_rgb(photograph, encoded):
    exif = Image.Exif()
    exif[0x0112] = 6
    image = large(photograph, encoded, exif=exif).open()
    assert (image.size, image.mode) == ((2000, 3000), "RGB")


def test_the_clean_image_opens_too_and_is_missed_where_there_is_none(release):
    pair = load_split(release, "paired")[0]
    assert pair.open_clean().size == pair.open().size
    with pytest.raises(InputError, match=r'has no clean image.*load the config "paired"'):
        load_split(release, "rainy")[0].open_clean()
