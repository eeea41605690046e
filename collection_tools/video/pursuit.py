"""Robust PCA: a matrix taken apart into one of low rank and one with few entries.

Principal component pursuit (Candès, Li, Ma and Wright, "Robust principal component analysis?", JACM 58(3), 2011,
equation 1.1): minimise ‖L‖_* + λ ‖S‖_1 subject to L + S = M, with λ = 1 / √max(m, n). Solved by the inexact augmented
Lagrange multipliers of Lin, Chen and Ma (arXiv:1009.5055, algorithm 5):

    L ← U shrink(Σ, 1/μ) Vᵀ,  U Σ Vᵀ = M - S + Y/μ
    S ← shrink(M - L + Y/μ, λ/μ)
    Y ← Y + μ (M - L - S),  μ ← 1.5 μ

The matrices here have many rows (pixels) and few columns (frames T), so that U is never formed: with the eigenvectors
V of the T by T Gram matrix AᵀA, L = A V Σ⁻¹ shrink(Σ, 1/μ) Vᵀ. A singular value is lost to rounding below about
10⁻⁸ of the largest, far below where the iteration ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["Parts", "pursue"]

TOLERANCE = 1e-4
"""What of M may be in neither part, as a share of its Frobenius norm: a hundredth of a level of 8-bit pictures."""

MOST_ROUNDS = 100

_GROWTH = 1.5
_START = 1.25  # μ times the largest singular value of M, at the start
_STEEPEST = 1e7  # μ grows no further than so many times its start


@dataclass(frozen=True, slots=True)
class Parts:
    """A matrix taken apart.

    Attributes:
        low: The part of low rank.
        sparse: The part with few entries.
        rank: Rank of the former.
        rounds: How many rounds it took.
    """

    low: Array
    sparse: Array
    rank: int
    rounds: int


def pursue(matrix: Array, *, weight: float | None = None, tolerance: float = TOLERANCE) -> Parts:
    """Take a matrix apart.

    Args:
        matrix: More rows than columns, for this to be quick; finite.
        weight: λ; None for 1 / √max(m, n).
        tolerance: See ``TOLERANCE``.

    >>> rng = np.random.default_rng(0)
    >>> low = rng.normal(size=(400, 1)) @ rng.normal(size=(1, 40))
    >>> rain = (rng.random((400, 40)) < 0.05) * 5.0
    >>> parts = pursue(low + rain, tolerance=1e-7)
    >>> parts.rank, float(abs(parts.low - low).max()) < 1e-3
    (1, True)
    """
    norm = float(np.linalg.norm(matrix))
    if norm == 0:
        return Parts(matrix.copy(), np.zeros_like(matrix), 0, 0)
    weight = 1 / np.sqrt(max(matrix.shape)) if weight is None else weight
    spectral = np.sqrt(float(np.linalg.eigvalsh(matrix.T @ matrix)[-1]))
    multipliers = matrix / max(spectral, float(np.abs(matrix).max()) / weight)
    mu = _START / spectral
    steepest = mu * _STEEPEST
    sparse = np.zeros_like(matrix)
    rounds = rank = 0
    low = np.zeros_like(matrix)
    left = matrix
    while rounds < MOST_ROUNDS and float(np.linalg.norm(left)) >= tolerance * norm:
        rounds += 1
        low, rank = _shrunk(matrix - sparse + multipliers / mu, 1 / mu)
        left = matrix - low
        sparse = left + multipliers / mu
        sparse -= np.clip(sparse, -weight / mu, weight / mu)
        left -= sparse
        multipliers += mu * left
        mu = min(mu * _GROWTH, steepest)
    return Parts(low, sparse, rank, rounds)


def _shrunk(matrix: Array, threshold: float) -> tuple[Array, int]:
    """Return the matrix with its singular values shrunk towards zero, and how many are left."""
    squares, vectors = np.linalg.eigh(matrix.T @ matrix)
    values = np.sqrt(squares.clip(0))
    kept = values > threshold
    vectors, values = vectors[:, kept], values[kept]
    return (matrix @ (vectors * (1 - threshold / values))) @ vectors.T, int(kept.sum())
