"""How well features tell two kinds of patches apart: two measures, one with a probe that is trained, one without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solve
from scipy.stats import rankdata

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.floating]

__all__ = ["area_under_curve", "held_out", "silhouette"]

_FOLDS = 10
_RIDGE = 0.1  # of standardised features, per sample
_CONSTANT = 1e-6  # deviation of a feature that is no more than rounding, relative to its mean
_TINY = 1e-8


def held_out(first: Sequence[Array], second: Sequence[Array]) -> Array:
    """Return how well a linear probe tells both kinds apart in photographs that it was not trained on.

    The probe is ridge regression on standardised features, with targets -1 and 1. Photographs are dealt into at most
    ten folds; the patches of a photograph are scored by the probe of the other folds, and judged within the photograph.

    Args:
        first: Vectors of one kind, ``(n, C)`` per photograph; at least two photographs.
        second: Of the other kind.

    Shape:
        returns: ``(photographs,)``, each the area under the ROC curve: 0.5 is guessing, 1 is perfect.
    """
    folds = min(len(first), _FOLDS)
    areas = np.empty(len(first))
    for fold in range(folds):
        others = [index for index in range(len(first)) if index % folds != fold]
        score = _probe(np.concatenate([first[i] for i in others]), np.concatenate([second[i] for i in others]))
        for index in range(fold, len(first), folds):
            areas[index] = area_under_curve(score(first[index]), score(second[index]))
    return areas


def _probe(first: Array, second: Array) -> Callable[[Array], Array]:
    both = np.concatenate((first, second)).astype(np.float64)
    targets = np.repeat((-1.0, 1.0), (len(first), len(second)))
    centre, scale = both.mean(0), both.std(0)
    scale = np.where(scale > _CONSTANT * np.abs(centre), scale, np.inf)  # what never changes tells nothing
    known = (both - centre) / scale
    slope = _ridge(known, targets - targets.mean())

    def score(vectors: Array) -> Array:
        found: Array = (vectors - centre) / scale @ slope
        return found

    return score


def _ridge(known: Array, targets: Array) -> Array:
    """Return the slopes; of the two equal ways the one with the smaller matrix, samples or features a side."""
    samples, features = known.shape
    slopes: Array
    if samples < features:
        slopes = known.T @ solve(known @ known.T + _RIDGE * samples * np.eye(samples), targets, assume_a="pos")
    else:
        slopes = solve(known.T @ known + _RIDGE * samples * np.eye(features), known.T @ targets, assume_a="pos")
    return slopes


def area_under_curve(lower: Array, higher: Array) -> float:
    """Return the chance that a score of the second kind is above one of the first; ties count half.

    >>> area_under_curve(np.array([0.0, 1.0]), np.array([1.0, 2.0]))
    0.875
    """
    ranks = rankdata(np.concatenate((lower, higher)))[len(lower) :]
    return float((ranks.sum() - len(higher) * (len(higher) + 1) / 2) / (len(lower) * len(higher)))


def silhouette(first: Array, second: Array) -> float:
    """Return the mean silhouette of two kinds of vectors of one photograph, scaled to length 1 as contrasts do.

    Per vector ``(b - a) / max(a, b)`` with its mean distance a from its own kind and b from the other one (Rousseeuw,
    J. Comput. Appl. Math. 20, 1987): 1 if both kinds are points, 0 if they are mixed, negative if it lies nearer to the
    other kind.

    Shape:
        first, second: ``(n, C)``, n at least 2.

    >>> silhouette(np.array([[1.0, 0.0], [2.0, 0.0]]), np.array([[0.0, 1.0], [0.0, 3.0]]))
    1.0
    """
    unit = np.concatenate((first, second)).astype(np.float64)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), _TINY)
    apart = np.sqrt(np.maximum(2 - 2 * unit @ unit.T, 0))
    np.fill_diagonal(apart, 0)
    kind = np.arange(len(unit)) >= len(first)
    same = kind[:, None] == kind
    own = (apart * same).sum(1) / (same.sum(1) - 1)
    other = (apart * ~same).sum(1) / (~same).sum(1)
    return float(((other - own) / np.maximum(np.maximum(own, other), _TINY)).mean())
