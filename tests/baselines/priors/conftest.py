"""What the tests of priors share: small photographs without rain, and what a prior makes of rain rendered on one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from baselines.priors import spec as specs
from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.images import decode_file
from nlcl_bench.data.examples import packaged_photographs
from nlcl_bench.data.rendering import render
from nlcl_bench.evaluation.apply import apply, load_method

if TYPE_CHECKING:
    from nlcl_bench.data.rendering import Rain


@pytest.fixture(scope="session")
def small_photographs() -> dict[str, np.ndarray]:
    """Return the middles of packaged photographs, float64 ``(192, 192, 3)`` in [0, 1]."""
    found = {}
    for one in packaged_photographs():
        image = decode_file(one.path)
        left, top = image.width // 2 - 96, image.height // 2 - 96
        found[one.name] = np.asarray(image.crop((left, top, left + 192, top + 192))) / 255
    return found


@pytest.fixture(scope="session")
def gain(small_photographs):
    """Return a function that says by how many decibels a prior's output is better than its input."""

    def measure(name: str, photograph: str, rain: Rain) -> float:
        clean = small_photographs[photograph]
        rainy = np.round(render(clean, rain, np.random.default_rng(1)) * 255) / 255
        spec = getattr(specs, name.upper())
        derainer = load_method(spec, torch.device("cpu"), spec.weights and obtain(spec.weights))
        made = apply(derainer, spec, torch.from_numpy(rainy).float().permute(2, 0, 1)).permute(1, 2, 0).numpy()
        return _psnr(made, clean) - _psnr(rainy, clean)

    return measure


def _psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(one - other).mean()))
