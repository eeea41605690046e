"""How sure a mean change is: the cluster bootstrap over scenes.

Frames of one scene resemble each other and are no independent witnesses, so whole scenes are drawn with
replacement (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8), and the mean is
taken over all images of the scenes drawn. Per scene only a sum and a count are needed, which makes all draws of
all columns two matrix products.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["DETECTABLE", "Interval", "intervals", "resamples", "scene_totals"]

DETECTABLE = NormalDist().inv_cdf(0.975) + NormalDist().inv_cdf(0.8)
"""Standard errors that a true change must have to be found (two-sided, 5 %) in four of five repetitions."""

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
