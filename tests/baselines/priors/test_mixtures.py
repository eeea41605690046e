"""Mixtures of Gaussians: likelihoods, the Wiener estimate and the fit against their definitions."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from baselines.priors.mixtures import Mixture, expected, fit_mixture, likelihoods
from baselines.priors.patches import assembled, patches_of

NOISE, SIDE = 0.02, 8


@pytest.fixture(scope="module")
def mixture() -> Mixture:
    """Return a mixture of two Gaussians in three dimensions."""
    rng = np.random.default_rng(0)
    roots = rng.standard_normal((2, 3, 3))
    variances, axes = np.linalg.eigh(roots @ roots.transpose(0, 2, 1))
    return Mixture(*(np.float32(array) for array in (np.array([0.3, 0.7]), variances, axes)))


def covariances(mixture: Mixture) -> np.ndarray:
    return np.stack([(axes * values) @ axes.T for axes, values in zip(mixture.axes, mixture.variances, strict=True)])


def test_likelihoods_are_those_of_noisy_gaussians(mixture):
    patches = np.random.default_rng(1).standard_normal((20, 3)).astype(np.float32)
    found = likelihoods(patches, mixture, NOISE)
    for k, covariance in enumerate(covariances(mixture) + NOISE * np.eye(3)):
        slow = np.log(mixture.shares[k]) - 0.5 * np.log(np.linalg.det(covariance))
        assert np.allclose(found[:, k], [slow - 0.5 * y @ np.linalg.inv(covariance) @ y for y in patches], atol=1e-4)


def test_what_is_expected_is_the_wiener_estimate_of_the_likeliest_component(mixture):
    patches = np.random.default_rng(2).standard_normal((20, 3)).astype(np.float32)
    chosen = likelihoods(patches, mixture, NOISE).argmax(axis=1)
    slow = [
        covariances(mixture)[k] @ np.linalg.inv(covariances(mixture)[k] + NOISE * np.eye(3)) @ y
        for k, y in zip(chosen, patches, strict=True)
    ]
    assert np.allclose(expected(patches, mixture, NOISE), slow, atol=1e-4)


def test_a_fit_finds_the_components_that_patches_were_drawn_from():
    rng = np.random.default_rng(3)
    spreads = np.array([[1.0, 0.05, 0.05, 0.05], [0.05, 0.05, 0.4, 0.05]])
    drawn = rng.integers(0, 4, 6000) > 0
    patches = (rng.standard_normal((6000, 4)) * spreads[drawn.astype(int)]).astype(np.float32)
    found = fit_mixture(patches, 2, 30, rng)
    order = np.argsort(found.shares)
    assert np.allclose(found.shares[order], [0.25, 0.75], atol=0.03)
    assert np.allclose(np.sqrt(found.variances[order].max(axis=1)), [1.0, 0.4], rtol=0.06)


def test_every_round_of_the_fit_is_likelier():
    patches = np.random.default_rng(4).gamma(1.0, size=(800, 5)).astype(np.float32)
    totals = []
    for rounds in range(5):
        logs = likelihoods(patches, fit_mixture(patches, 3, rounds, np.random.default_rng(0)), 0.0).astype(float)
        totals.append(np.log(np.exp(logs).sum(axis=1)).mean())
    assert all(later >= earlier - 1e-5 for earlier, later in pairwise(totals))


@pytest.mark.parametrize("step", [1, 2, 4])
def test_patches_put_back_are_the_mean_of_what_covers_a_pixel(step):
    plane = np.random.default_rng(5).random((SIDE + 8, SIDE + 12)).astype(np.float32)
    patches = patches_of(plane, SIDE, step)
    assert np.allclose(assembled(patches, plane.shape, step), plane, atol=1e-6)
    raised = patches.copy()
    raised[0] += 1
    change = assembled(raised, plane.shape, step) - plane
    assert change[0, 0] == pytest.approx(1, abs=1e-6)
    assert change[SIDE:].max() == pytest.approx(0, abs=1e-6)
