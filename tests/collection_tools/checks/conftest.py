"""What tests of the checks share: photographs to look at, and copies of them that are not as they should be."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from collection_tools.collect.store import Collected
from collection_tools.curate.checks import Opened, Photo, Verdict, checked
from collection_tools.curate.recipe import read_recipe
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.images import decode, decode_file, pixel_digest
from nlcl_bench.data.examples import packaged_photographs
from nlcl_bench.data.record import Capture, Rights


@pytest.fixture(scope="session")
def recipe():
    return read_recipe()


@pytest.fixture(scope="session")
def seen():
    """A photograph as the checks see it, given as a picture or as the bytes of a JPEG."""

    def make(picture):
        if isinstance(picture, bytes):
            data, image, kind = picture, decode(picture, where="test"), "JPEG"
        else:
            data, image, kind = picture.tobytes(), picture, "PNG"
        row = Collected(
            sha256=sha256_bytes(data),
            pixels=pixel_digest(image),
            file="test",
            format=kind,
            bytes=len(data),
            width=image.width,
            height=image.height,
            domain="rainy",
            capture=Capture(),
            rights=Rights(licence="CC0-1.0", author="tests"),
        )
        return Photo(row, Opened(data, image, row.pixels))

    return make


@pytest.fixture(scope="session")
def check():
    """The first verdict that rejects a photograph, else one that keeps it."""

    def first(photo, recipe):
        return next((one for _, one in checked(photo, recipe) if not one.keep), Verdict(keep=True))

    return first


@pytest.fixture(scope="session")
def scenes():
    """Real rain-free photographs, about 500 pixels wide or high, by name."""
    return {one.name: decode_file(one.path) for one in packaged_photographs()}


@pytest.fixture(scope="session")
def as_jpeg():
    def make(image, quality=90, **options):
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, **options)
        return file.getvalue()

    return make


@pytest.fixture(scope="session")
def blurred():
    def make(image, sigma):
        return Image.fromarray(gaussian_filter(np.asarray(image), (sigma, sigma, 0)))

    return make


@pytest.fixture(scope="session")
def enlarged():
    def make(image, factor, kind=Image.Resampling.BICUBIC):
        return image.resize((round(image.width * factor), round(image.height * factor)), kind)

    return make
