"""How sure a mean change is: the cluster bootstrap over scenes, and the signed-rank test over their means.

Frames of one scene resemble each other and are no independent witnesses, so whole scenes are drawn with
replacement (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8), and the mean is
taken over all images of the scenes drawn. Per scene only a sum and a count are needed, which makes all draws of
all columns two matrix products.

An interval of a mean says how large a change may be; whether it can be chance is also asked of the scenes' ranks
(Wilcoxon, Individual comparisons by ranking methods, Biometrics Bulletin 1, 1945), which no single scene can decide,
and where many questions are asked at once, Holm's step-down keeps the chance of one false answer at the level (Holm, A
simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import wilcoxon

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["DETECTABLE", "LEVEL", "Interval", "holm", "intervals", "resamples", "scene_totals", "signed_rank"]

DETECTABLE = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)
"""Standard errors that a true change must have to be found (two-sided, 5 %) in four of five repetitions."""

LEVEL = 0.05
"""Below it a change is not put down to chance."""

_EXACT = 50  # differences up to which the exact distribution is used
_AT_ONCE = 4_000_000  # numbers of one block of draws, so that memory does not grow with draws times scenes


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % percentile interval of a mean, and the standard error over the same draws."""

    low: float
    high: float
    error: float


def scene_totals(values: Array, scenes: Sequence[str]) -> tuple[Array, Array]:
    """Return sum and count of every scene, in the order of the scenes' names; NaN is no value.

    Shape:
        values: ``(images, columns)``.
        returns: two of ``(scenes, columns)``.

    >>> sums, counts = scene_totals(np.array([[1.0], [2.0], [np.nan], [5.0]]), ["b", "a", "a", "b"])
    >>> sums.tolist(), counts.tolist()
    ([[2.0], [6.0]], [[1.0], [2.0]])
    """
    names, index = np.unique(np.asarray(scenes), return_inverse=True)
    order = np.argsort(index, kind="stable")
    starts = np.searchsorted(index[order], np.arange(len(names)))
    there = np.isfinite(values[order])
    sums = np.add.reduceat(np.where(there, values[order], 0.0), starts, axis=0)
    return sums, np.add.reduceat(there.astype(np.float64), starts, axis=0)


def resamples(scenes: int, draws: int, seed: int) -> Iterator[Array]:
    """Yield blocks of draws: how often each scene was drawn.

    Shape:
        yields: ``(draws of the block, scenes)``; every row sums to ``scenes``.
    """
    generator = np.random.default_rng(seed)
    block = max(1, _AT_ONCE // scenes)
    for start in range(0, draws, block):
        yield generator.multinomial(scenes, [1 / scenes] * scenes, size=min(block, draws - start)).astype(np.float64)


def intervals(sums: Array, counts: Array, *, draws: int, seed: int) -> list[Interval | None]:
    """Return the interval of every column's mean; None where fewer than two scenes have a value.

    Shape:
        sums, counts: ``(scenes, columns)``, from :func:`scene_totals`.

    >>> sums, counts = scene_totals(np.array([[-1.0], [-2.0], [-3.0], [-2.0]]), ["a", "b", "c", "d"])
    >>> (found,) = intervals(sums, counts, draws=2000, seed=0)
    >>> found.low, found.high, round(found.error, 2)
    (-2.75, -1.25, 0.35)
    """
    results: list[Interval | None] = [None] * sums.shape[1]
    patterns: dict[bytes, list[int]] = {}
    for column in range(sums.shape[1]):
        patterns.setdefault((counts[:, column] > 0).tobytes(), []).append(column)
    for columns in patterns.values():
        there = np.flatnonzero(counts[:, columns[0]] > 0)
        if len(there) > 1:
            found = _bootstrap(sums[there][:, columns], counts[there][:, columns], draws, seed)
            for column, interval in zip(columns, found, strict=True):
                results[column] = interval
    return results


def _bootstrap(sums: Array, counts: Array, draws: int, seed: int) -> list[Interval]:
    blocks = [(weights @ sums) / (weights @ counts) for weights in resamples(len(sums), draws, seed)]
    means = np.concatenate(blocks)
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    error = means.std(axis=0, ddof=1)
    return [Interval(*map(float, three)) for three in zip(low, high, error, strict=True)]


def signed_rank(means: Array) -> Array:
    """Return the two-sided p of Wilcoxon's signed-rank test of every column: that differences lie evenly around 0.

    Differences of 0 are left out, as Wilcoxon has it; without any other, p is 1. Up to 50 differences the distribution
    is the exact one of untied ranks, beyond the normal one with its correction for ties.

    Shape:
        means: ``(scenes, columns)``; NaN is no value. returns: ``(columns,)``, in [0, 1].

    >>> signed_rank(np.array([[1.0, 1.0], [2.0, -2.0], [3.0, 3.0], [4.0, np.nan], [5.0, 0.0], [6.0, 0.0]])).tolist()
    [0.03125, 0.75]
    """
    found = np.ones(means.shape[1])
    there = np.nan_to_num(means)  # no value is as good as no difference: neither is ranked
    counts = np.count_nonzero(there, axis=0)
    for method, columns in (("exact", (counts > 0) & (counts <= _EXACT)), ("asymptotic", counts > _EXACT)):
        for part in _parts(np.flatnonzero(columns), len(means)):
            found[part] = wilcoxon(there[:, part], axis=0, method=method).pvalue
    return found


def _parts(columns: npt.NDArray[np.intp], rows: int) -> list[npt.NDArray[np.intp]]:
    """Cut columns into parts that are worked at a time."""
    size = max(1, _AT_ONCE // rows)
    return [columns[start : start + size] for start in range(0, len(columns), size)]


def holm(values: Array) -> Array:
    """Return p-values raised by Holm's step-down: where one is below a level, all such ones together are.

    Shape:
        values, returns: ``(questions,)``, in [0, 1].

    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(values, kind="stable")
    raised = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)).clip(max=1.0)
    found = np.empty(len(values))
    found[order] = raised
    return found
