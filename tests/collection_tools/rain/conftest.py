from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from nlcl_bench.data.examples import packaged_photographs

if TYPE_CHECKING:
    import numpy.typing as npt

SIDE = 320


@pytest.fixture(scope="session")
def scenes() -> dict[str, npt.NDArray[np.float64]]:
    """Rain-free photographs by name, at a shorter side of 320 pixels."""
    return {one.name: _read(one.path) for one in packaged_photographs()}


def _read(path) -> npt.NDArray[np.float64]:
    with Image.open(path) as file:
        image = file.convert("RGB")
    scale = SIDE / min(image.size)
    size = (round(image.width * scale), round(image.height * scale))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS)) / 255.0
