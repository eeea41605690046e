"""Where the ranked rows stand: ranks within each family of metrics, what they make together, and how sure that is.

Every scene has one vote. In each scene the rows are ordered by their mean score under each metric; the ranks are
averaged over the metrics of a family, then over the families of the headline, so that three metrics of one kind weigh
as much as one of another, and nobody has to invent a weight. A row's mean rank is the mean over the scenes: Friedman's
statistic (The use of ranks to avoid the assumption of normality, JASA 32, 1937), which Demsar recommends for comparing
methods over many data sets (Statistical comparisons of classifiers over multiple data sets, JMLR 7, 2006).

Where the truth is known it is the headline alone: what a picture should look like is then no matter of opinion.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, product
from string import ascii_lowercase
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from nlcl_bench.core.statistics import LEVEL, holm, resamples, scene_totals, signed_rank
from nlcl_bench.metrics.spec import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.run import MetricEntry
    from nlcl_bench.metrics.spec import Family

    Array = npt.NDArray[np.float64]

__all__ = ["Standing", "headline", "stand"]

_ROUND = 9  # decimals of a mean rank; what differs less is the same


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one row stands among the ranked.

    Attributes:
        families: Its mean rank within each family, 1 is best.
        mean_rank: Its mean rank over the families of the headline.
        place: 1 for the smallest mean rank; equal mean ranks share a place.
        places: 95 % percentile interval of the place over draws of the scenes; None with fewer than two scenes.
        tied: Letters; rows that share one cannot be told apart.
    """

    families: Mapping[Family, float]
    mean_rank: float
    place: int
    places: tuple[int, int] | None
    tied: str


def headline(metrics: Sequence[MetricEntry]) -> tuple[Family, ...]:
    """Return the families that the headline is made of: the reference where there is one, else all that are there."""
    there = [family for family in FAMILIES if any(metric.family == family for metric in metrics)]
    return ("reference",) if "reference" in there else tuple(there)


def stand(runs: Sequence[Run], metrics: Sequence[MetricEntry], *, draws: int, seed: int) -> dict[str, Standing]:
    """Return where the rows stand, by label.

    Args:
        runs: Those that are ranked, with a score of every one of the metrics for every image.
        metrics: Those that rank; without any, nobody stands anywhere.
        draws: Draws of the bootstrap over scenes.
        seed: Its seed.
    """
    if not runs or not metrics:
        return {}
    tables = _tables(runs, metrics)
    whole = np.mean([tables[family] for family in headline(metrics)], axis=0)
    means = whole.mean(axis=0)
    places = rankdata(means.round(_ROUND), method="min")
    around = _places(whole, draws, seed)
    letters = _letters(whole, means)
    return {
        run.result.label: Standing(
            families={family: float(table[:, row].mean()) for family, table in tables.items()},
            mean_rank=float(means[row]),
            place=int(places[row]),
            places=None if around is None else (int(around[0, row]), int(around[1, row])),
            tied=letters[row],
        )
        for row, run in enumerate(runs)
    }


def _tables(runs: Sequence[Run], metrics: Sequence[MetricEntry]) -> dict[Family, Array]:
    """Return for each family the rows' ranks in every scene.

    Shape:
        returns: ``(scenes, rows)`` each; ranks from 1, ties at their mean.
    """
    shared = set(runs[0].images).intersection(*(run.images for run in runs[1:]))
    lines = [[index for index, image in enumerate(run.images) if image in shared] for run in runs]
    scenes = [runs[0].scenes[line] for line in lines[0]]
    found: dict[Family, Array] = {}
    for family in FAMILIES:
        mine = [metric for metric in metrics if metric.family == family]
        if mine:
            found[family] = np.mean([_ranks(runs, lines, scenes, metric) for metric in mine], axis=0)
    return found


def _ranks(runs: Sequence[Run], lines: Sequence[Sequence[int]], scenes: Sequence[str], metric: MetricEntry) -> Array:
    sign = 1.0 if metric.better == "lower" else -1.0
    columns = [run.column(metric.id) for run in runs]
    table = np.column_stack([column[line] for column, line in zip(columns, lines, strict=True) if column is not None])
    sums, counts = scene_totals(table, scenes)
    ranks: Array = rankdata(sign * sums / counts, axis=1)
    return ranks


def _places(whole: Array, draws: int, seed: int) -> npt.NDArray[np.intp] | None:
    """Return the 2.5th and 97.5th percentile of every row's place, ``(2, rows)``."""
    if len(whole) < 2:  # noqa: PLR2004 (one scene gives no spread)
        return None
    found = [
        rankdata((weights @ whole / len(whole)).round(_ROUND), method="min", axis=1)
        for weights in resamples(len(whole), draws, seed)
    ]
    every = np.concatenate(found)
    low = np.percentile(every, 2.5, axis=0, method="lower")
    high = np.percentile(every, 97.5, axis=0, method="higher")
    return np.stack([low, high]).astype(np.intp)


def _letters(whole: Array, means: Array) -> list[str]:
    """Return each row's letters: one for every largest group of neighbours of which no two can be told apart.

    Two rows are told apart by the signed-rank test over the scenes, raised after Holm over all pairs.
    """
    order = np.argsort(means.round(_ROUND), kind="stable")
    apart = _apart(whole[:, order])
    letters = [""] * len(order)
    names = _names()
    reached = 0
    for first in range(len(order)):
        last = first + 1
        while last < len(order) and not apart[first:last, last].any():
            last += 1
        if last > reached:
            reached = last
            name = next(names)
            for row in order[first:last]:
                letters[row] = f"{letters[row]} {name}".strip()
    return letters


def _names() -> Iterator[str]:
    """Yield a to z, then aa, ab and so on."""
    for length in count(1):
        yield from map("".join, product(ascii_lowercase, repeat=length))


def _apart(whole: Array) -> npt.NDArray[np.bool_]:
    """Return which rows differ by more than chance, ``(rows, rows)``; only what lies above the diagonal is set."""
    rows = whole.shape[1]
    found = np.zeros((rows, rows), dtype=bool)
    if rows > 1:
        pairs = [signed_rank((whole[:, row + 1 :] - whole[:, [row]]).round(_ROUND)) for row in range(rows - 1)]
        found[np.triu_indices(rows, 1)] = holm(np.concatenate(pairs)) < LEVEL
    return found
