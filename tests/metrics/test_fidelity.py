"""PSNR, SSIM and MS-SSIM by our own module: pyiqa's values."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiqa.archs.psnr_arch import PSNR
from pyiqa.archs.ssim_arch import MS_SSIM, SSIM

from nlcl_bench.core.errors import ContractError
from nlcl_bench.metrics import reference

THEIRS = {
    "psnr": PSNR(eps=1e-10),
    "psnr_y": PSNR(test_y_channel=True, eps=1e-10, color_space="ycbcr"),
    "ssim": SSIM(color_space="ycbcr"),
    "ms_ssim": MS_SSIM(color_space="ycbcr"),
}
OURS = {spec.name: spec for spec in (reference.PSNR, reference.PSNR_Y, reference.SSIM, reference.MS_SSIM)}
APART = {"psnr": 2e-5, "psnr_y": 2e-5, "ssim": 1e-9, "ms_ssim": 1e-9}
"""PSNR's last digits are float32's."""


def pair(height: int, width: int, seed: int, noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    clean = np.cumsum(rng.integers(-9, 10, (1, 3, height, width)), axis=3) + 128
    derained = clean + rng.normal(0, noise, clean.shape)
    one, other = (torch.from_numpy(image.clip(0, 255).round().astype(np.float32)) / 255 for image in (derained, clean))
    return one, other


@pytest.mark.parametrize("name", sorted(THEIRS))
@settings(max_examples=8, deadline=None)
@given(extra=st.tuples(st.integers(0, 60), st.integers(0, 60)), seed=st.integers(0, 99), noise=st.floats(0, 60))
def test_the_value_is_pyiqas(name, extra, seed, noise):
    height, width = (OURS[name].minimum_side + more for more in extra)
    images = pair(height, width, seed, noise)
    found = OURS[name].load(None)(*images)
    assert found.dtype == torch.float64
    assert float(found[0]) == pytest.approx(float(THEIRS[name](*images)[0]), abs=APART[name])


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("name", sorted(THEIRS))
def test_neither_threads_nor_a_batch_nor_bands_matter(name, monkeypatch):
    images = [torch.cat(both) for both in zip(pair(170, 190, 0, 9), pair(170, 190, 1, 30), strict=True)]
    metric = OURS[name].load(None)
    alone = [float(metric(one[None], other[None])[0]) for one, other in zip(*images, strict=True)]
    monkeypatch.setattr("nlcl_bench.metrics.fidelity._IN_CACHE", 400)
    torch.set_num_threads(2)
    assert metric(*images).tolist() == pytest.approx(alone, abs=1e-10)


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_without_a_clean_image_there_is_no_score(name):
    with pytest.raises(ContractError, match="needs the clean image"):
        OURS[name].load(None)(pair(20, 20, 0, 1)[0], None)


def test_an_image_smaller_than_a_window_has_no_similarity():
    assert math.isnan(float(OURS["ssim"].load(None)(*pair(10, 40, 0, 5))[0]))
