"""Estimators of the intrinsic dimension of a group of patches.

A group is a cloud of n points in D dimensions, one patch each. Scale-free estimators see only ratios of distances or of
variances: a cloud made ten times smaller has the same dimension, so faint noise counts as much as strong texture.
Thresholded ones count directions in which the group is larger than a fixed amount: faint directions do not count.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

__all__ = ["ESTIMATORS", "energy_components", "levina_bickel", "singular_values_above", "two_nearest"]

_NEIGHBOURS = 20
_KEPT = 0.9  # share of the points that the fit of TwoNN uses, as its authors do
_PAIR = 2


def levina_bickel(points: Tensor, neighbours: int = _NEIGHBOURS) -> float:
    r"""Estimate the dimension by maximum likelihood from the distances to the nearest neighbours.

    With ``T_j(x)`` the distance of x to its j-th nearest neighbour and k neighbours, the estimate at a point is
    ``m(x) = [ 1/(k-1) sum_{j<k} log(T_k(x) / T_j(x)) ]^-1`` (Levina and Bickel, NIPS 2004, eq. 8). Over the points the
    inverses are averaged, as the likelihood asks for (MacKay and Ghahramani, comments on the former, 2005).

    A point that is there twice counts once. The estimate is at most D; a cloud with fewer than k + 1
    different points has dimension 0.

    Shape:
        points: ``(n, D)``.
    """
    nearest = _nearest(points, neighbours)
    if not len(nearest):
        return 0.0
    inverse = (nearest[:, -1:] / nearest[:, :-1]).log().mean()
    return min(float(1 / inverse), float(points.shape[1]))


def two_nearest(points: Tensor) -> float:
    r"""Estimate the dimension from the ratio of the distances to the two nearest neighbours, TwoNN.

    ``mu = r_2 / r_1`` has the distribution ``F(mu) = 1 - mu^-d`` where the density is constant over two neighbours,
    so d is the slope of the line through the origin to the points ``(log mu_i, -log(1 - F(mu_i)))``, ``mu_i`` sorted
    and ``F(mu_i) = i/n``; the upper tenth is left out (Facco et al., Scientific Reports 7:12140, 2017).

    A point that is there twice counts once. The estimate is at most D; a cloud of fewer than three different points has
    dimension 0.

    Shape:
        points: ``(n, D)``.
    """
    nearest = _nearest(points, _PAIR)
    if not len(nearest):
        return 0.0
    logs = (nearest[:, 1] / nearest[:, 0]).log().sort().values
    share = torch.arange(1, len(logs) + 1, dtype=logs.dtype, device=logs.device) / len(logs)
    kept = max(1, int(_KEPT * len(logs)))
    x, y = logs[:kept], -(1 - share[:kept]).log()
    slope = (x @ y) / (x @ x)
    return min(float(slope.nan_to_num(torch.inf)), float(points.shape[1]))


def energy_components(points: Tensor, share: float = 0.9) -> float:
    """Count the principal components that hold a share of the variance (Fukunaga and Olsen, IEEE ToC 1971).

    Shape:
        points: ``(n, D)``; they are centred first.

    >>> energy_components(torch.tensor([[1.0, 1.0, 5.0], [-1.0, 1.0, 5.0], [1.0, -1.0, 5.0], [-1.0, -1.0, 5.0]]))
    2.0
    """
    energy = torch.linalg.svdvals(points.double() - points.double().mean(0)).square()
    if not bool(energy.sum() > 0):
        return 0.0
    below = energy.cumsum(0) < share * energy.sum()
    return float(below.sum() + 1)


def singular_values_above(points: Tensor, threshold: float) -> float:
    """Count the directions in which a group is larger than a threshold: singular values of the ``(n, D)`` matrix.

    The matrix is not centred: a patch that all members share counts as one direction, if it is not grey. The threshold
    is in the unit of the pixels times the square root of their number; it is the numerical rank of Golub and Van Loan,
    Matrix Computations, with an absolute tolerance.

    Shape:
        points: ``(n, D)``.

    >>> singular_values_above(torch.diag(torch.tensor([3.0, 1.5, 0.5])), 1.0)
    2.0
    """
    return float((torch.linalg.svdvals(points.double()) > threshold).sum())


def _nearest(points: Tensor, count: int) -> Tensor:
    """Return the distances to the nearest neighbours, ascending: ``(m, count)`` for m different points, or none."""
    different: Tensor = torch.unique(points.double(), dim=0)
    if len(different) <= count:
        return different.new_empty(0, count)
    apart = torch.cdist(different, different, compute_mode="donot_use_mm_for_euclid_dist")
    apart.fill_diagonal_(torch.inf)
    nearest: Tensor = apart.topk(count, largest=False).values
    return nearest


ESTIMATORS: Mapping[str, tuple[str, Callable[[Tensor], float]]] = {
    "Levina-Bickel, 20 neighbours": ("scale-free", levina_bickel),
    "TwoNN": ("scale-free", two_nearest),
    "components for 90 % of the variance": ("scale-free", energy_components),
    "singular values above 1": ("thresholded", partial(singular_values_above, threshold=1.0)),
    "singular values above 2": ("thresholded", partial(singular_values_above, threshold=2.0)),
}
"""What is reported: by name, its kind and the function of one group."""
