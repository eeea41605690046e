"""Entropy, NIQE and ILNIQE by our own modules: pyiqa's values, from pieces that are what they say."""

from __future__ import annotations

import math

import numpy as np
import pyiqa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiqa.archs.fsim_arch import _construct_filters
from pyiqa.archs.niqe_arch import ilniqe
from pyiqa.matlab_utils import fitweibull, imresize
from scipy import ndimage, stats

from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.core.images import decode_file, to_tensor
from nlcl_bench.metrics import no_reference, parameters
from nlcl_bench.metrics.bicubic import resized
from nlcl_bench.metrics.entropy import entropy
from nlcl_bench.metrics.ilniqe import _distance, _features, _filters, _model
from nlcl_bench.metrics.natural_statistics import _nearest, blocks_of, neighbour_features, symmetric_features, weibull
from nlcl_bench.metrics.windows import correlated, gaussian, normalised
from nlcl_bench.testing import check_metric

pytestmark = pytest.mark.usefixtures("one_thread")
SPECS = {"niqe": no_reference.NIQE, "ilniqe": no_reference.ILNIQE}


def rng_image(seed: int, height: int, width: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (3, height, width), np.uint8)) / 255


def ours(name: str, image: torch.Tensor) -> float:
    return float(SPECS[name].load(SPECS[name].weights.path)(image[None], None)[0])


def theirs(name: str, image: torch.Tensor) -> float:
    file = str(SPECS[name].weights.path)
    return float(pyiqa.create_metric(name, device=torch.device("cpu"), pretrained_model_path=file)(image[None]))


# name, top left corner and size: what is small is quick by pyiqa too, but for ILNIQE, which enlarges it
CROPS = {
    "odd": ("rain/nlcl", (11, 7, 293, 401)),
    "smallest": ("rain/mwd", (0, 0, 192, 192)),
}
PHOTOGRAPHS = (
    "rain/sirr",
    "rain/ddn",
    "rain/heavyrain",
    "clean/metadata-extractor",
    "clean/kodak24",
    "paired/rain100H",
)


def first(real_data, folder: str, number: int = 0) -> torch.Tensor:
    files = sorted(path for path in (real_data / folder).iterdir() if path.suffix.lower() in {".jpg", ".png", ".jpeg"})
    return to_tensor(decode_file(files[number]))


@pytest.mark.realdata
@pytest.mark.parametrize("crop", sorted(CROPS))
def test_niqe_is_pyiqas(real_data, real_weights, crop):
    folder, (top, left, height, width) = CROPS[crop]
    image = first(real_data, folder)[:, top : top + height, left : left + width]
    assert ours("niqe", image) == pytest.approx(theirs("niqe", image), abs=1e-6)


@given(seed=st.integers(0, 1000), levels=st.integers(1, 256), height=st.integers(1, 40), width=st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_entropy_is_pyiqas(seed, levels, height, width):
    images = torch.from_numpy(np.random.default_rng(seed).integers(0, levels, (2, 3, height, width), np.uint8)) / 255
    published = pyiqa.create_metric("entropy", device=torch.device("cpu"))
    one_by_one = [float(published(image[None])) for image in images]  # in a batch it rounds halves otherwise
    assert entropy(images).tolist() == pytest.approx(one_by_one, abs=1e-6)


@pytest.mark.realdata
def test_from_the_picture_on_that_is_measured_ilniqe_is_pyiqas(real_data, real_weights):
    """2 x 2 blocks instead of 6 x 6, which pyiqa does in a second."""
    picture = first(real_data, "rain/nlcl")[:, :168, 100:268].mul(255).double()
    mean, covariance, origin, axes = model = _model(SPECS["ilniqe"].weights.path)
    published = ilniqe(picture[None], mean[None], covariance[None], axes[None], origin[None], resize=False)
    assert float(_distance(_features(picture), model)) == pytest.approx(float(published), abs=1e-6)


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize("name", ["niqe", "ilniqe"])
@pytest.mark.parametrize("folder", PHOTOGRAPHS)
def test_on_whole_photographs_the_value_is_pyiqas(real_data, real_weights, name, folder):
    image = first(real_data, folder, -1)
    assert ours(name, image) == pytest.approx(theirs(name, image), abs=1e-6)


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.parametrize(("name", "apart"), [("niqe", 1e-6), ("ilniqe", 0.1)])
def test_with_a_sky_that_is_all_one_value_too(real_data, real_weights, name, apart):
    """Blocks without a fit are left out of the covariance, and Newton's steps go on for the others.

    ILNIQE fits a distribution to the signs of gradients that are zero but for rounding: pyiqa's own value moves by 0.04
    when its filters are summed up from the other end. Without the blocks that have no fit it would be 0.17 off, and
    with two steps of Newton 0.5.
    """
    image = first(real_data, "rain/nlcl").clone()
    image[:, : image.shape[1] // 2] = 1.0
    assert ours(name, image) == pytest.approx(theirs(name, image), abs=apart)


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["niqe", "ilniqe"])
def test_the_metric_keeps_its_contract_and_a_flat_image_has_no_score(name, real_weights):
    check_metric(SPECS[name], SPECS[name].weights.path)
    assert math.isnan(ours(name, torch.full((3, 200, 200), 0.5)))


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["niqe", "ilniqe"])
def test_the_number_of_threads_does_not_matter(name, real_weights, photograph):
    image = to_tensor(photograph(3, 300, 260))
    alone = ours(name, image)
    torch.set_num_threads(2)
    assert ours(name, image) == pytest.approx(alone, abs=1e-8)


@pytest.mark.parametrize("name", ["niqe", "ilniqe"])
def test_without_its_file_there_is_no_metric(name):
    with pytest.raises(ArtifactError, match=f"nlcl-bench weights pull {name}"):
        SPECS[name].load(None)


def test_the_same_parameter_files_as_before():
    assert [spec.weights for spec in SPECS.values()] == [parameters.NIQE, parameters.ILNIQE]


@pytest.mark.parametrize("scale", [1, 2])
def test_log_gabor_filters_are_the_published_ones_bit_for_bit(scale):
    side = 504 // scale
    published = _construct_filters(
        torch.zeros(1, 1, side, side),
        scales=3,
        orientations=4,
        min_length=2.4 / scale**0.87,
        sigma_f=0.55,
        mult=1.31,
        delta_theta=1.1,
        use_lowpass_filter=False,
    )
    by_wavelength = published.reshape(4, 3, side, side).transpose(0, 1).reshape(12, side, side).transpose(1, 2)
    assert torch.equal(_filters(side, scale), by_wavelength)


@settings(max_examples=12, deadline=None)
@given(
    height=st.integers(64, 700),
    width=st.integers(64, 1500),
    size=st.sampled_from([(524, 524), (100, 333)]),
    seed=st.integers(0, 99),
)
def test_resizing_is_matlabs_as_pyiqa_has_it(height, width, size, seed):
    image = rng_image(seed, height, width) * 255
    found, published = resized(image, size), imresize(image[None], sizes=size)[0]
    kept = slice(0, size[0] - 4)  # a vector's last pixels are summed in another order there
    assert torch.equal(found[:, kept], published[:, kept])
    assert torch.allclose(found, published, rtol=0, atol=1e-4)


def test_resizing_keeps_a_flat_picture_and_its_own_size():
    flat = torch.full((1, 31, 17), 3.0)
    assert torch.allclose(resized(flat, (8, 40)), torch.tensor(3.0))
    image = rng_image(0, 20, 30)
    assert torch.equal(resized(image, (20, 30)), image)


@pytest.mark.parametrize(("law", "shape"), [(stats.norm, 2.0), (stats.laplace, 1.0)])
def test_the_gaussians_shape_is_two_and_laplaces_one(law, shape):
    blocks = torch.from_numpy(law.rvs(scale=3.0, size=(3, 300, 300), random_state=0))
    found = symmetric_features(blocks)
    assert torch.allclose(found[:, 0], torch.tensor(shape, dtype=torch.float64), rtol=0.03)


def test_the_nearest_shape_is_that_of_comparing_with_all():
    grid = torch.arange(0.2, 10.001, 0.001).double()
    ratio = (2 * torch.lgamma(2 / grid) - torch.lgamma(1 / grid) - torch.lgamma(3 / grid)).exp()
    between = (ratio[:-1] + ratio[1:])[::7] / 2
    wanted = torch.cat((torch.linspace(-1, 2, 5001).double(), ratio[::7], between - 1e-9, between + 1e-9))
    slow = torch.stack([(ratio - one).abs().argmin() for one in wanted])
    assert torch.equal(_nearest(wanted), slow)
    assert _nearest(torch.tensor([math.nan, math.inf], dtype=torch.float64)).tolist() == [0, 0]


def test_features_of_blocks_equal_slow_ones():
    """One block, by its definition: signed moments, products with neighbours, wrapped around."""
    block = np.random.default_rng(1).normal(0.1, 1, (12, 12))
    found = neighbour_features(torch.from_numpy(block)[None])[0].numpy()
    expected = []
    for down, right in (None, None), (0, 1), (1, 0), (1, 1), (1, -1):
        values = block if down is None else block * np.roll(block, (down, right), (0, 1))
        left = np.sqrt(np.mean(values[values < 0] ** 2))
        up = np.sqrt(np.mean(values[values > 0] ** 2))
        lean = left / up
        ratio = np.mean(np.abs(values)) ** 2 / np.mean(values**2)
        ratio *= (lean**3 + 1) * (lean + 1) / (lean**2 + 1) ** 2
        shapes = np.arange(0.2, 10.001, 0.001)
        log = np.vectorize(math.lgamma)
        shape = shapes[np.argmin(np.abs(np.exp(2 * log(2 / shapes) - log(1 / shapes) - log(3 / shapes)) - ratio))]
        scale = math.exp((math.lgamma(1 / shape) - math.lgamma(3 / shape)) / 2)
        mean = (up - left) * scale * math.gamma(2 / shape) / math.gamma(1 / shape)
        expected += [shape, (left + up) / 2 * scale] if down is None else [shape, mean, left * scale, up * scale]
    assert found == pytest.approx(np.array(expected), abs=1e-6)


def test_a_flat_block_has_no_features_and_does_not_disturb_its_neighbour():
    block = torch.from_numpy(np.random.default_rng(2).normal(0, 1, (1, 20, 20)))
    found = neighbour_features(torch.cat((torch.zeros_like(block), block)))
    assert found[0].isnan().any()
    assert torch.allclose(found[1], neighbour_features(block)[0], rtol=1e-12)


def test_weibull_finds_the_distribution_and_is_pyiqas():
    values = stats.weibull_min.rvs(1.7, scale=4.0, size=(2, 3, 4000), random_state=0)
    found = weibull(torch.from_numpy(np.log(values)))
    assert torch.allclose(found, torch.tensor([4.0, 1.7], dtype=torch.float64), rtol=0.06)
    published = fitweibull(torch.from_numpy(values).flatten(0, 1)).flip(1).reshape(2, 3, 2)
    assert torch.allclose(found, published, rtol=1e-12)


def test_with_a_flat_block_weibull_is_pyiqas_still():
    values = stats.weibull_min.rvs(0.8, size=(1, 3, 2000), random_state=1)
    values[0, 1] = 1e-4
    found = weibull(torch.from_numpy(np.log(values)))[0]
    published = fitweibull(torch.from_numpy(values)[0]).flip(1)
    assert found[1].isnan().all()
    assert torch.allclose(found[[0, 2]], published[[0, 2]], rtol=1e-12)


@given(side=st.integers(1, 6), step=st.integers(1, 3), seed=st.integers(0, 9))
def test_sums_over_windows_equal_slow_ones(side, step, seed):
    rng = np.random.default_rng(seed)
    plane, window = rng.random((17, 23)), rng.random((side, side))
    views = np.lib.stride_tricks.sliding_window_view(plane, (side, side))
    slow = np.tensordot(views, window, 2)[::step, ::step]
    assert correlated(torch.from_numpy(plane), torch.from_numpy(window), step).numpy() == pytest.approx(slow)


def test_normalising_is_a_local_z_score_whatever_the_bands(monkeypatch):
    plane = rng_image(4, 40, 30)[0].double() * 255
    window = gaussian(7, 7 / 6).numpy()
    mean = ndimage.correlate(plane.numpy(), window, mode="nearest")
    variance = np.abs(ndimage.correlate(plane.numpy() ** 2, window, mode="nearest") - mean**2)
    slow = (plane.numpy() - mean) / (np.sqrt(variance) + 1)
    assert normalised(plane, 7, 7 / 6).numpy() == pytest.approx(slow, abs=1e-9)
    monkeypatch.setattr("nlcl_bench.metrics.windows._IN_CACHE", 90)
    assert normalised(plane, 7, 7 / 6).numpy() == pytest.approx(slow, abs=1e-9)


def test_blocks_are_cut_row_by_row_and_a_rest_is_left_out():
    plane = torch.arange(7 * 9).reshape(7, 9)
    blocks = blocks_of(plane, 3)
    assert blocks.shape == (6, 3, 3)
    assert torch.equal(blocks[4], plane[3:6, 3:6])
