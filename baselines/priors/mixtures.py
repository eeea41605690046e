"""Mixtures of Gaussians over patches: how they are fitted, and what they take a noisy patch for.

Zoran and Weiss, From learning models of natural image patches to whole image restoration, ICCV 2011. A patch y, its
mean taken away or not, has the density Σk πk N(y; 0, Σk). Given y = x + noise of variance s², the component of the
greatest posterior πk N(y; 0, Σk + s² I) is chosen, and x is its Wiener estimate Σk (Σk + s² I)⁻¹ y (their approximate
MAP). Both are cheap in the axes of Σk. Fitting is expectation maximisation with all means at 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

__all__ = ["Mixture", "expected", "fit_mixture", "likelihoods"]

FLOOR = 1e-7
"""Least variance along any axis, in squared intensities."""

_AT_ONCE = 1 << 15


@dataclass(frozen=True, slots=True)
class Mixture:
    """A mixture of Gaussians around 0.

    Attributes:
        shares: πk, ``(K,)``, adding up to 1.
        variances: Of each component along each of its axes, ``(K, D)``.
        axes: Of unit length, orthogonal, in columns, ``(K, D, D)``.
    """

    shares: Floats
    variances: Floats
    axes: Floats


def fit_mixture(patches: Floats, count: int, rounds: int, rng: np.random.Generator) -> Mixture:
    """Fit a mixture by expectation maximisation.

    It begins with the patches that are most alike, up to sign and contrast, to each of ``count`` of them.

    Args:
        patches: ``(N, D)``.
        count: K, the number of components.
        rounds: Of expectation and maximisation.
        rng: Draws the patches to begin with.
    """
    lengths = np.linalg.norm(patches.astype(np.float64), axis=1, keepdims=True)
    seeds = rng.choice(len(patches), count, replace=False, p=(lengths / lengths.sum()).ravel())
    alike = np.abs(patches @ (patches[seeds] / lengths[seeds]).T.astype(np.float32))
    mixture = _maximised(patches, np.eye(count, dtype=np.float32)[alike.argmax(axis=1)])
    for _ in range(rounds):
        logs = likelihoods(patches, mixture, 0.0)
        weights = np.exp(logs - logs.max(axis=1, keepdims=True))
        mixture = _maximised(patches, weights / weights.sum(axis=1, keepdims=True))
    return mixture


def _maximised(patches: Floats, weights: Floats) -> Mixture:
    """Return the mixture of greatest likelihood, given how much of each patch belongs to each component ``(N, K)``."""
    totals = weights.sum(axis=0) + 1e-6
    moments = np.stack([(patches * weight[:, None]).T @ patches for weight in weights.T])
    variances, axes = np.linalg.eigh(moments / totals[:, None, None])
    return Mixture(totals / totals.sum(), np.maximum(variances, FLOOR), axes)


def likelihoods(patches: Floats, mixture: Mixture, noise: float) -> Floats:
    """Return ``log πk N(y; 0, Σk + noise I)`` for every patch and component, up to a constant: ``(N, K)``.

    Args:
        patches: ``(N, D)``.
        mixture: The mixture.
        noise: Variance of the noise, in squared intensities.
    """
    logs = np.empty((len(patches), len(mixture.shares)), dtype=np.float32)
    for k, (share, axes) in enumerate(zip(mixture.shares, mixture.axes, strict=True)):
        variances = mixture.variances[k] + np.float32(noise)
        logs[:, k] = np.log(share) - 0.5 * (np.square(patches @ axes) @ (1 / variances) + np.log(variances).sum())
    return logs


def expected(patches: Floats, mixture: Mixture, noise: float) -> Floats:
    """Return what the patches are without noise: the Wiener estimate of each one's most likely component.

    Args:
        patches: ``(N, D)``.
        mixture: The mixture.
        noise: Variance of the noise, in squared intensities.

    Shape:
        returns: ``(N, D)``.
    """
    found = np.empty_like(patches)
    for start in range(0, len(patches), _AT_ONCE):
        part = patches[start : start + _AT_ONCE]
        chosen = likelihoods(part, mixture, noise).argmax(axis=1)
        for k in np.unique(chosen):
            axes, gain = mixture.axes[k], mixture.variances[k] / (mixture.variances[k] + np.float32(noise))
            found[start : start + _AT_ONCE][chosen == k] = ((part[chosen == k] @ axes) * gain) @ axes.T
    return found
