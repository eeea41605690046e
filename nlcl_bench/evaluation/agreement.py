"""How far metrics agree with people: opinions on outputs, joined to the scores of the same outputs.

Scores are turned so that more is better before they are compared; full agreement is 1 on every scale, guessing 0 for
the rank correlations and a half for the choices. Correlations within a scene compare outputs of one photograph, which
is what a choice between methods needs; pooled ones mix that with which scenes people like. All intervals are those of
one bootstrap over scenes: outputs of one scene are no independent witnesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nlcl_bench.core.ranks import kendall, spearman
from nlcl_bench.core.statistics import intervals, resamples, scene_totals
from nlcl_bench.evaluation.joining import choices, join, metrics_of, places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.joining import Joined
    from nlcl_bench.evaluation.opinions import Opinions
    from nlcl_bench.evaluation.run import MetricEntry

    Array = npt.NDArray[np.float64]
    Index = npt.NDArray[np.intp]

__all__ = ["Agreement", "Estimate", "agreement"]

_FEWEST = 3  # outputs of a scene that have an order worth the name


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % bootstrap interval over scenes.

    Attributes:
        value: The estimate; None where it is not defined, as with equal scores only.
        low: Lower end; None with fewer than two scenes.
        high: Upper end.
        n: Of how many things: scenes for medians, outputs for pooled correlations, choices for accuracies.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """One metric beside what people said.

    Attributes:
        outputs: How many outputs have both a score and an opinion.
        scene_srocc: Median over scenes of Spearman's rank correlation within the scene.
        scene_tau: The same of Kendall's tau-b.
        srocc: Spearman's rank correlation over all outputs.
        tau: Kendall's tau-b over all outputs.
        accuracy: The part of people's choices that the metric makes as well; equal scores count half.
    """

    metric: MetricEntry
    outputs: int
    scene_srocc: Estimate
    scene_tau: Estimate
    srocc: Estimate
    tau: Estimate
    accuracy: Estimate


def agreement(
    runs: Sequence[Run], opinions: Opinions, *, draws: int = 2000, seed: int = 0
) -> tuple[list[Agreement], int]:
    """Compare every metric of some runs with people's opinions.

    Args:
        runs: Runs whose labels are the methods of the opinions.
        opinions: What people said.
        draws: Draws of the bootstrap.
        seed: Its seed.

    Returns:
        One agreement for each metric but the guards, by name, and how many opinions are on outputs that no run has.

    Raises:
        InputError: No opinion is on an output of these runs, two runs hold the same output, or define a metric
            otherwise, or there are too many outputs.
    """
    runs = [run for run in runs if run.result.method.supervision != "attack"]  # their labels may be methods' too
    outputs = places(runs, opinions)
    found = [
        _agreement(metric, joined, opinions, draws, seed)
        for metric in metrics_of(runs)
        if (joined := join(runs, outputs, opinions, metric)).scenes
    ]
    return found, len(opinions.scores) - len(outputs)


def _agreement(metric: MetricEntry, joined: Joined, opinions: Opinions, draws: int, seed: int) -> Agreement:
    _, clusters = np.unique(np.asarray(joined.scenes), return_inverse=True)
    return Agreement(
        metric=metric,
        outputs=len(joined.scenes),
        scene_srocc=_median(spearman, joined, clusters, draws, seed),
        scene_tau=_median(kendall, joined, clusters, draws, seed),
        srocc=_pooled(spearman, joined, clusters, draws, seed),
        tau=_pooled(kendall, joined, clusters, draws, seed),
        accuracy=_accuracy(joined, choices(joined, opinions), draws, seed),
    )


def _pooled(
    correlation: Callable[[Array, Array, Index, Array], Array], joined: Joined, clusters: Index, draws: int, seed: int
) -> Estimate:
    scenes = int(clusters.max()) + 1
    value = correlation(joined.opinions, joined.scores, clusters, np.ones((1, scenes)))[0]
    if scenes < 2:  # noqa: PLR2004 (one scene has no spread)
        return _estimate(value, np.empty(0), len(clusters))
    found = [correlation(joined.opinions, joined.scores, clusters, block) for block in resamples(scenes, draws, seed)]
    return _estimate(value, np.concatenate(found), len(clusters))


def _median(
    correlation: Callable[[Array, Array, Index, Array], Array], joined: Joined, clusters: Index, draws: int, seed: int
) -> Estimate:
    """Return the median over the scenes that have an order: three outputs, not all equal to people or to the metric."""
    within = []
    for scene in range(int(clusters.max()) + 1):
        mine = clusters == scene
        if mine.sum() >= _FEWEST:
            one = np.zeros(int(mine.sum()), dtype=np.intp)
            within.append(correlation(joined.opinions[mine], joined.scores[mine], one, np.ones((1, 1)))[0])
    values = np.array([value for value in within if np.isfinite(value)])
    if len(values) < 2:  # noqa: PLR2004
        return _estimate(values[0] if len(values) else np.nan, np.empty(0), len(values))
    drawn = [
        float(np.median(np.repeat(values, times.astype(np.intp))))
        for block in resamples(len(values), draws, seed)
        for times in block
    ]
    return _estimate(float(np.median(values)), np.array(drawn), len(values))


def _accuracy(joined: Joined, pairs: Sequence[tuple[int, int]], draws: int, seed: int) -> Estimate:
    """Return the part of the choices that the metric makes as people do, bootstrapped as a mean over whole scenes."""
    if not pairs:
        return Estimate(None, None, None, 0)
    better, worse = np.array(pairs).T
    right = (np.sign(joined.scores[better] - joined.scores[worse]) + 1) / 2
    totals = scene_totals(right[:, None], [joined.scenes[index] for index in better])
    (interval,) = intervals(*totals, draws=draws, seed=seed)
    value = float(right.mean())
    if interval is None:
        return Estimate(value, None, None, len(pairs))
    return Estimate(value, interval.low, interval.high, len(pairs))


def _estimate(value: float, drawn: Array, n: int) -> Estimate:
    """Return an estimate; draws in which it is not defined, such as one scene only, are left out of the interval."""
    found = float(value) if np.isfinite(value) else None
    there = drawn[np.isfinite(drawn)]
    if found is None or not len(there):
        return Estimate(found, None, None, n)
    low, high = np.percentile(there, [2.5, 97.5])
    return Estimate(found, float(low), float(high), n)
