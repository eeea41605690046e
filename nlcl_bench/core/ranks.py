"""How far two columns of numbers put things into the same order, and how sure that is when whole clusters are drawn.

Rank correlations over a bootstrap of clusters (Davison and Hinkley, Bootstrap Methods and their Application, 1997,
section 3.8) are those of a sample in which every item stands as often as its cluster was drawn. Neither needs that
sample to be written out: ranks follow from cumulated weights, and Kendall's sums are quadratic forms in the weights.
Everything here takes the weights of many draws at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Index = npt.NDArray[np.intp]

__all__ = ["kendall", "spearman"]

_AT_ONCE = 4_000_000  # numbers in memory at a time


def spearman(first: Array, second: Array, clusters: Index, weights: Array) -> Array:
    """Return Spearman's rank correlation, ties at their mean rank (Spearman, 1904), of every draw.

    Args:
        first: One number for each item.
        second: The other.
        clusters: The cluster of each item, counted from 0.
        weights: How often each draw has each cluster.

    Shape:
        first, second, clusters: ``(items,)``.
        weights: ``(draws, clusters)``.
        returns: ``(draws,)``, in [-1, 1]; NaN where a column is constant.

    >>> column = np.array([1.0, 2.0, 3.0, 4.0])
    >>> spearman(column, np.array([1.0, 3.0, 2.0, 4.0]), np.arange(4), np.ones((1, 4))).round(6).tolist()
    [0.8]
    """
    block = max(1, _AT_ONCE // max(1, len(first)))
    found = [
        _pearson(_ranks(first, times), _ranks(second, times), times)
        for times in (weights[start : start + block, clusters] for start in range(0, len(weights), block))
    ]
    return np.concatenate(found) if found else np.empty(0)


def _ranks(values: Array, times: Array) -> Array:
    """Return the mean rank of each item in every draw; an item that was not drawn gets the rank it would share.

    Shape:
        values: ``(items,)``. times, returns: ``(draws, items)``.
    """
    _, code, counts = np.unique(values, return_inverse=True, return_counts=True)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    order = np.argsort(code, kind="stable")
    each = np.add.reduceat(times[:, order], starts, axis=1)
    ranks: Array = (np.cumsum(each, axis=1) - each / 2 + 0.5)[:, code]
    return ranks


def _pearson(first: Array, second: Array, times: Array) -> Array:
    """Return the correlation of every row of two tables, items weighted by ``times``."""
    total = times.sum(axis=1, keepdims=True)
    first = first - (first * times).sum(axis=1, keepdims=True) / total
    second = second - (second * times).sum(axis=1, keepdims=True) / total
    together = (first * second * times).sum(axis=1)
    size = (first * first * times).sum(axis=1) * (second * second * times).sum(axis=1)
    return _over(together, size)


def _over(together: Array, size: Array) -> Array:
    """Divide by the root of a size; NaN where it is 0."""
    found: Array = np.divide(together, np.sqrt(size), out=np.full(len(size), np.nan), where=size > 0)
    return found.clip(-1, 1)


def kendall(first: Array, second: Array, clusters: Index, weights: Array) -> Array:
    """Return Kendall's tau-b (Kendall, 1945) of every draw; arguments as for :func:`spearman`.

    Over all pairs of items let C(x, y) be the sum of sign(dx) sign(dy); then tau-b is C(x, y) over the root of
    C(x, x) C(y, y). Drawing a cluster s w_s times multiplies the pairs of s and t by w_s w_t, and copies of one item
    are tied in both columns; so each C is a quadratic form w' M w, M the sums over the pairs of every two clusters.

    >>> column = np.array([1.0, 2.0, 3.0, 4.0])
    >>> kendall(column, np.array([1.0, 3.0, 2.0, 4.0]), np.arange(4), np.ones((1, 4))).round(6).tolist()
    [0.666667]
    """
    together = _concordance(first, second, clusters, weights)
    size = _concordance(first, first, clusters, weights) * _concordance(second, second, clusters, weights)
    return _over(together, size)


def _concordance(first: Array, second: Array, clusters: Index, weights: Array) -> Array:
    sums = np.zeros((weights.shape[1], weights.shape[1]))
    order = np.argsort(clusters, kind="stable")
    there, starts = np.unique(clusters[order], return_index=True)
    block = max(1, _AT_ONCE // max(1, len(order)))
    for start in range(0, len(order), block):
        mine = order[start : start + block]
        signs = np.sign(first[mine, None] - first[order]) * np.sign(second[mine, None] - second[order])
        np.add.at(sums, (clusters[mine, None], there), np.add.reduceat(signs, starts, axis=1))
    form: Array = ((weights @ sums) * weights).sum(axis=1)
    return form
