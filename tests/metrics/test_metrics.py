"""Metrics reach their published values and behave alike behind one door."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from nlcl_bench.core.images import decode_file, to_tensor
from nlcl_bench.metrics.calibration import PUBLISHED, calibrate
from nlcl_bench.metrics.catalogue import METRICS
from nlcl_bench.metrics.reference import MS_SSIM


def loaded(name: str):
    spec = METRICS.get(name)
    return spec.load(spec.weights.path if spec.weights else None)


@pytest.mark.parametrize("name", ["piqe", "entropy", "psnr"])
def test_a_metric_without_parameters_reaches_its_published_values(name):
    assert all(check.passed for check in calibrate(name, loaded(name)))


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["niqe", "brisque"])
def test_a_metric_with_parameters_reaches_its_published_values(name, real_weights):
    assert all(check.passed for check in calibrate(name, loaded(name)))


def test_a_wrong_metric_fails_its_calibration():
    doubled = loaded("piqe")
    checks = calibrate("piqe", lambda image, reference: doubled(image, reference) * 1.05)
    assert not all(check.passed for check in checks)


def test_every_calibrated_metric_is_installed():
    assert set(PUBLISHED) <= set(METRICS.names())


@pytest.mark.parametrize("name", ["piqe", "entropy"])
def test_a_flat_image_gives_a_number_or_nan_but_no_error(name):
    value = float(loaded(name)(torch.full((1, 3, 64, 64), 0.5), None)[0])
    assert math.isnan(value) or 0 <= value <= 100


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["niqe", "brisque"])
def test_a_flat_image_gives_nan_where_there_is_no_score(name, real_weights):
    assert math.isnan(float(loaded(name)(torch.full((1, 3, 200, 200), 0.5), None)[0]))


def test_psnr_is_ten_log_one_over_mse():
    rng = np.random.default_rng(0)
    clean, noise = rng.random((1, 3, 32, 40)), rng.normal(0, 0.05, (1, 3, 32, 40))
    derained = np.clip(clean + noise, 0, 1)
    expected = 10 * math.log10(1 / np.mean((derained - clean) ** 2))
    found = loaded("psnr")(torch.tensor(derained).float(), torch.tensor(clean).float())
    assert float(found[0]) == pytest.approx(expected, abs=1e-3)


def test_psnr_y_uses_bt601_studio_luma():
    rng = np.random.default_rng(0)
    one, two = rng.random((2, 3, 32, 40))
    luma = [np.tensordot([65.481, 128.553, 24.966], image, 1) / 255 for image in (one, two)]
    expected = 10 * math.log10(1 / np.mean((luma[0] - luma[1]) ** 2))
    found = loaded("psnr_y")(torch.tensor(one)[None].float(), torch.tensor(two)[None].float())
    assert float(found[0]) == pytest.approx(expected, abs=1e-3)


def test_equal_images_score_one_hundred_decibels_and_ssim_one():
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert float(loaded("psnr")(image, image)[0]) == pytest.approx(100, abs=1e-4)
    assert float(loaded("ssim")(image, image)[0]) == pytest.approx(1, abs=1e-6)


def test_ssim_equals_a_slow_twin():
    """Wang et al. 2004, window by window, on BT.601 luma: 11x11 Gaussian window of 1.5 px, valid positions only."""
    rng = np.random.default_rng(3)
    one = rng.random((3, 20, 24))
    two = np.clip(one + rng.normal(0, 0.1, one.shape), 0, 1)
    luma = [np.tensordot([65.481, 128.553, 24.966], image, 1) + 16 for image in (one, two)]
    line = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    values = []
    for row in range(20 - 10):
        for column in range(24 - 10):
            a, b = (plane[row : row + 11, column : column + 11] for plane in luma)
            ma, mb = (window * a).sum(), (window * b).sum()
            va, vb = (window * a * a).sum() - ma**2, (window * b * b).sum() - mb**2
            cov = (window * a * b).sum() - ma * mb
            c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
            values.append((2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2)))
    found = loaded("ssim")(torch.tensor(one)[None].float(), torch.tensor(two)[None].float())
    assert float(found[0]) == pytest.approx(np.mean(values), abs=1e-3)


def test_multiscale_ssim_equals_a_slow_twin():
    """Wang et al. 2003: contrast and structure at four scales, and SSIM at the fifth, each to its published power."""
    rng = np.random.default_rng(5)
    one = rng.random((1, 3, 176, 208))
    two = np.clip(one + rng.normal(0, 0.1, one.shape), 0, 1)
    planes = [np.tensordot([65.481, 128.553, 24.966], image[0], 1) + 16 for image in (one, two)]
    line = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

    def mean(plane):
        return np.tensordot(np.lib.stride_tricks.sliding_window_view(plane, (11, 11)), window, 2)

    value, powers = 1.0, (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    for scale, power in enumerate(powers):
        a, b = planes
        ma, mb = mean(a), mean(b)
        structure = (2 * (mean(a * b) - ma * mb) + c2) / (mean(a * a) - ma**2 + mean(b * b) - mb**2 + c2)
        light = (2 * ma * mb + c1) / (ma**2 + mb**2 + c1) if scale == len(powers) - 1 else 1.0
        value *= np.mean(light * np.maximum(structure, 0)) ** power
        planes = [(p[::2, ::2] + p[1::2, ::2] + p[::2, 1::2] + p[1::2, 1::2]) / 4 for p in planes if len(p) > 11]
    found = MS_SSIM.load(None)(*(torch.tensor(image).float() for image in (one, two)))
    assert float(found[0]) == pytest.approx(value, abs=1e-3)


def test_equal_images_have_a_multiscale_ssim_of_one_and_too_small_ones_none():
    image = torch.rand(1, 3, 161, 161, generator=torch.Generator().manual_seed(0))
    assert float(MS_SSIM.load(None)(image, image)[0]) == pytest.approx(1, abs=1e-6)
    assert math.isnan(float(MS_SSIM.load(None)(image[..., 1:], image[..., 1:])[0]))


@pytest.mark.realdata
def test_the_deraining_fields_habit_of_luma_is_met(real_data):
    """The first six pairs of Rain100L have 28.93 dB before deraining in the papers' convention."""
    metric = loaded("psnr_y")
    values = []
    for rainy in sorted((real_data / "paired" / "rain100L").glob("*_rain.png"))[:6]:
        clean = rainy.with_name(rainy.name.replace("_rain", "_clean"))
        values.append(float(metric(*(to_tensor(decode_file(path))[None] for path in (rainy, clean)))[0]))
    assert np.mean(values) == pytest.approx(28.93, abs=0.01)
