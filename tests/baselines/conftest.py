"""What the tests of shipped weights share: photographs without rain, and what a method's own weights make of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.images import decode_file
from nlcl_bench.data.examples import packaged_photographs
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.methods.catalogue import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="session")
def derain() -> Callable[[str, np.ndarray], np.ndarray]:
    """Return a function that derains an array, uint8 ``(H, W, 3)``, by a method's own weights."""

    def run(name, rainy):
        spec = METHODS.get(name)
        derainer = load_method(spec, torch.device("cpu"), obtain(spec.weights))
        made = apply(derainer, spec, torch.from_numpy(rainy.copy()).permute(2, 0, 1) / 255)
        return (made.permute(1, 2, 0) * 255).round().numpy()

    return run


@pytest.fixture(scope="session")
def photographs() -> dict[str, np.ndarray]:
    """Return the packaged photographs, uint8 ``(H, W, 3)``."""
    return {one.name: np.asarray(decode_file(one.path)) for one in packaged_photographs()}


@pytest.fixture(scope="session")
def psnr() -> Callable[[np.ndarray, np.ndarray], float]:
    """Return a function that gives the PSNR of two pictures in grey levels."""
    return lambda one, other: float(10 * np.log10(255**2 / np.square(np.subtract(one, other, dtype=float)).mean()))
