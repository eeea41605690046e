"""BRISQUE and PIQE by our own modules: pyiqa's values, as far as pyiqa's have digits."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiqa.archs import brisque_arch, piqe_arch
from pyiqa.archs.func_util import normalize_img_with_gauss
from pyiqa.matlab_utils import imresize
from scipy import ndimage, stats

from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.core.images import decode_file, photographs_in, to_tensor
from nlcl_bench.metrics import parameters
from nlcl_bench.metrics.bicubic import halved
from nlcl_bench.metrics.brisque import _features, brisque
from nlcl_bench.metrics.natural_statistics import moments, rounded_luma, symmetric
from nlcl_bench.metrics.no_reference import BRISQUE, PIQE
from nlcl_bench.metrics.piqe import piqe
from nlcl_bench.metrics.windows import normalised
from nlcl_bench.testing import check_metric

SIZES = {"height": st.integers(32, 150), "width": st.integers(32, 150), "seed": st.integers(0, 10**6)}
pytestmark = pytest.mark.usefixtures("one_thread")
SPECS = {"brisque": BRISQUE, "piqe": PIQE}


def picture(height: int, width: int, seed: int) -> torch.Tensor:
    """Return a picture of whole grey levels, as smooth as ``seed`` says; every third has a sky of one value."""
    rng = np.random.default_rng(seed)
    blurred = ndimage.gaussian_filter(rng.random((3, height, width)), (0, *rng.uniform(0, 4, 2)))
    levels = stats.zscore(blurred, axis=None) * rng.uniform(10, 90) + 128
    if seed % 3 == 0:
        levels[:, : height // 2] = rng.integers(0, 256)
    return torch.from_numpy(levels.clip(0, 255).round().astype(np.float32)) / 255


def published_features(image: torch.Tensor) -> torch.Tensor:
    whole = rounded_luma(image)[None, None]
    half = imresize(whole, scale=0.5, antialiasing=True)
    return torch.cat([brisque_arch.natural_scene_statistics(one)[0] for one in (whole, half)])


def machine(file) -> tuple[torch.Tensor, torch.Tensor]:
    weights, vectors = torch.load(file, weights_only=True)
    return weights, vectors


def by_pyiqa(image: torch.Tensor) -> tuple[float, float]:
    """Return pyiqa's BRISQUE, and what its own features give when only their regression is float64."""
    weights, vectors = machine(BRISQUE.weights.path)
    scaled = brisque_arch.scale_features(published_features(image)[None].double())
    kernel = brisque_arch.rbf_kernel(scaled, vectors.double().T, 0.05)
    as_it_is = brisque_arch.brisque(image[None], sv_coef=weights, sv=vectors)
    return float(as_it_is), float(kernel @ weights.double() + 153.591)


def crop(real_data, number: int, size: tuple[int, int]) -> torch.Tensor:
    folders = [real_data / name for name in ("rain/nlcl", "rain/mwd", "clean/kodak24")]
    files = [file for folder in folders for file in photographs_in(folder)]
    return to_tensor(decode_file(files[number % len(files)]))[:, 7 : 7 + size[0], 11 : 11 + size[1]].contiguous()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(**SIZES)
def test_brisques_features_are_pyiqas(height, width, seed):
    image = picture(height, width, seed)
    ours, published = _features(image), published_features(image).double()
    off = torch.where(ours.isnan() & published.isnan(), 0.0, (ours - published).abs()).view(2, 18)
    for shape in (0, 2, 6, 10, 14):  # looked up in steps of 0.001: where two fit alike, rounding chooses
        tied = (off[:, shape] > 1e-6) & (off[:, shape] < 0.0011)
        off[tied, shape] = 0
        if shape:  # the mean beside it is made of it
            off[tied, shape + 1] = (off[tied, shape + 1] - 0.001).clamp(min=0)
    assert float(off.max()) < 1e-6


def test_where_two_shapes_fit_alike_ours_is_one_of_them():
    image = picture(102, 104, 104)
    assert float(_features(image)[0]) == pytest.approx(float(published_features(image)[0]), abs=0.0011)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(**{**SIZES, "height": st.integers(16, 150), "width": st.integers(16, 150)})
def test_piqe_is_pyiqas(height, width, seed):
    images = torch.stack([picture(height, width, seed + one) for one in range(2)])
    published = [float(piqe_arch.piqe(image[None])[0]) for image in images]
    assert piqe(images).tolist() == pytest.approx(published, abs=5e-5)  # its last digits are float32's


@settings(max_examples=25, deadline=None, derandomize=True)
@given(**SIZES, padding=st.sampled_from([("replicate", "replicate"), ("zero", "same")]))
def test_normalised_luminance_is_pyiqas_bit_for_bit(height, width, seed, padding):
    luma = rounded_luma(picture(height, width, seed))
    published = normalize_img_with_gauss(luma[None, None], padding=padding[1])[0, 0]
    assert torch.equal(normalised(luma, 7, 7 / 6, outside=padding[0]), published)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(**SIZES)
def test_halving_is_pyiqas_for_odd_sides_too(height, width, seed):
    luma = rounded_luma(picture(height, width, seed))[None]
    published = imresize(luma[None], scale=0.5, antialiasing=True)[0]
    assert torch.allclose(halved(luma), published, rtol=0, atol=1e-4)


@pytest.mark.realdata
@pytest.mark.parametrize(("number", "size"), [(0, (32, 32)), (1, (33, 47)), (2, (201, 303)), (3, (256, 97))])
def test_on_photographs_the_values_are_pyiqas(real_data, real_weights, number, size):
    _pyiqas(crop(real_data, number, size))


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize("folder", ["rain/sirr", "rain/ddn", "rain/heavyrain", "clean/kodak24", "paired/rain100H"])
def test_on_whole_photographs_too(real_data, real_weights, folder):
    _pyiqas(to_tensor(decode_file(photographs_in(real_data / folder)[-1])))


def _pyiqas(image: torch.Tensor) -> None:
    found = float(BRISQUE.load(BRISQUE.weights.path)(image[None], None)[0])
    as_it_is, in_float64 = by_pyiqa(image)
    assert found == pytest.approx(in_float64, abs=1e-4)
    assert found == pytest.approx(as_it_is, abs=BRISQUE.tolerance)
    assert float(piqe(image[None])) == pytest.approx(float(piqe_arch.piqe(image[None])[0]), abs=5e-5)


def test_the_machine_equals_a_slow_one(tmp_path):
    """Three support vectors, made up: their weights times how near the features are to them."""
    rng = np.random.default_rng(0)
    weights, vectors = rng.normal(0, 100, 3).astype(np.float32), rng.uniform(-1, 1, (3, 36)).astype(np.float32)
    torch.save((torch.from_numpy(weights), torch.from_numpy(vectors)), tmp_path / "made-up.pth")
    image = picture(64, 80, 1)
    scaled = brisque_arch.scale_features(_features(image)[None]).numpy()[0]
    slow = sum(w * math.exp(-0.05 * sum((v - scaled) ** 2)) for w, v in zip(weights, vectors, strict=True)) + 153.591
    assert float(brisque(tmp_path / "made-up.pth")(image[None], None)[0]) == pytest.approx(slow, abs=1e-9)


@pytest.mark.realdata
def test_brisque_keeps_its_contract_and_a_flat_picture_has_no_score(real_weights):
    check_metric(BRISQUE, BRISQUE.weights.path)
    assert BRISQUE.load(BRISQUE.weights.path)(torch.full((1, 3, 64, 64), 0.5), None).isnan().all()


@pytest.mark.realdata
@pytest.mark.parametrize("name", sorted(SPECS))
def test_neither_threads_nor_a_batch_matter(name, real_weights):
    spec = SPECS[name]
    metric = spec.load(spec.weights and spec.weights.path)
    images = torch.stack([picture(201, 257, seed) for seed in (1, 3)])
    alone = [float(metric(image[None], None)[0]) for image in images]
    torch.set_num_threads(2)
    assert metric(images, None).tolist() == pytest.approx(alone, abs=1e-9)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_where_nothing_is_looked_at_piqe_is_a_hundred(level):
    assert piqe(torch.full((1, 3, 40, 33), level)).tolist() == [100.0]


def test_the_symmetric_fit_finds_a_gaussian_and_moments_add_up():
    values = torch.from_numpy(stats.norm.rvs(scale=3.0, size=(1, 90000), random_state=0))
    found = symmetric(moments(values), 90000)
    assert (float(found.shape), float(found.left)) == (pytest.approx(2, abs=0.03), pytest.approx(3, rel=0.02))
    parts = sum(moments(part) for part in values.split(7000, dim=1))
    assert torch.allclose(parts, moments(values), rtol=1e-12)


def test_without_its_file_there_is_no_brisque():
    with pytest.raises(ArtifactError, match="nlcl-bench weights pull brisque"):
        BRISQUE.load(None)
    assert BRISQUE.weights is parameters.BRISQUE
