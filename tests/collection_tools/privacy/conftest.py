from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from skimage import data


@pytest.fixture(scope="session")
def astronaut():
    """A portrait of 512 x 512 pixels; the face, 95 x 120 pixels, has its centre at column 226, row 118."""
    return Image.fromarray(data.astronaut())


@pytest.fixture(scope="session")
def noise():
    def make(width, height, seed=0):
        return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))

    return make
