"""What differs from doing nothing: paired differences to the ``identity`` run, image by image."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

import numpy as np

from nlcl_bench.core.statistics import DETECTABLE, LEVEL, Interval, holm, intervals, scene_totals, signed_rank

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.run import MetricEntry

__all__ = ["Change", "changes", "difference", "identity_of"]

Verdict = Literal["better", "worse", "unclear"]


@dataclass(frozen=True, slots=True)
class Change:
    """The mean paired difference to doing nothing.

    Attributes:
        mean: Method minus identity, in the metric's unit, over the images that both have.
        n: How many images that is.
        scenes: How many scenes they belong to.
        interval: 95 % cluster bootstrap interval; None with fewer than two scenes.
        p: Wilcoxon's signed-rank test over the scenes' means, raised after Holm over all rows under the metric.
        verdict: ``better`` or ``worse`` where the interval excludes zero and p is below 0.05, else ``unclear``.
    """

    mean: float
    n: int
    scenes: int
    interval: Interval | None
    p: float
    verdict: Verdict


def identity_of(runs: Sequence[Run]) -> Run | None:
    """Return the run that does nothing: the one labelled ``identity``, else the first of that method."""
    found = [run for run in runs if run.result.method.name == "identity"]
    return min(found, key=lambda run: (run.result.label != "identity", run.result.label), default=None)


def changes(
    runs: Sequence[Run], metrics: Sequence[MetricEntry], identity: Run | None, *, draws: int, seed: int
) -> tuple[dict[tuple[str, str], Change], dict[str, float]]:
    """Return the change of every row and metric but the guards, and the smallest detectable one per metric.

    All columns share their draws, so that two methods are compared on the same resampled scenes.

    Returns:
        Changes by (label, metric id); per metric id the median over the rows of ``DETECTABLE`` standard errors.
    """
    if identity is None:
        return {}, {}
    pairs = [
        (run, metric)
        for run in runs
        for metric in metrics
        if run is not identity and metric.role != "guard" and _comparable(run, identity, metric.id)
    ]
    if not pairs:
        return {}, {}
    table = np.column_stack([difference(run, identity, metric.id) for run, metric in pairs])
    sums, counts = scene_totals(table, identity.scenes)
    found = intervals(sums, counts, draws=draws, seed=seed)
    chances = _chances(sums, counts, [metric.id for _, metric in pairs])
    result = {
        (run.result.label, metric.id): _change(
            metric, sums[:, column], counts[:, column], found[column], float(chances[column])
        )
        for column, (run, metric) in enumerate(pairs)
    }
    return {key: change for key, change in result.items() if change is not None}, _detectable(result)


def _comparable(run: Run, identity: Run, metric: str) -> bool:
    return run.column(metric) is not None and identity.column(metric) is not None


def difference(run: Run, identity: Run, metric: str) -> npt.NDArray[np.float64]:
    """Return method minus identity for the images of ``identity``; NaN where either lacks a score."""
    mine, theirs = run.column(metric), identity.column(metric)
    if mine is None or theirs is None:
        return np.full(len(identity.images), np.nan)
    if run.images == identity.images:
        return mine - theirs
    line = dict(zip(run.images, mine, strict=True))
    return np.array([line.get(image, np.nan) for image in identity.images]) - theirs


def _chances(
    sums: npt.NDArray[np.float64], counts: npt.NDArray[np.float64], metrics: Sequence[str]
) -> npt.NDArray[np.float64]:
    """Return the p-value of every column, raised after Holm over the columns of its metric."""
    with np.errstate(invalid="ignore"):
        values = signed_rank(sums / counts)  # a scene without a value: NaN
    for metric in dict.fromkeys(metrics):
        columns = np.flatnonzero(np.asarray(metrics) == metric)
        values[columns] = holm(values[columns])
    return values


def _change(
    metric: MetricEntry,
    sums: npt.NDArray[np.float64],
    counts: npt.NDArray[np.float64],
    interval: Interval | None,
    p: float,
) -> Change | None:
    n = int(counts.sum())
    if n == 0:
        return None
    return Change(float(sums.sum()) / n, n, int((counts > 0).sum()), interval, p, _verdict(metric, interval, p))


def _verdict(metric: MetricEntry, interval: Interval | None, p: float) -> Verdict:
    if interval is None or interval.low <= 0 <= interval.high or p >= LEVEL:
        return "unclear"
    return "better" if (interval.high < 0) == (metric.better == "lower") else "worse"


def _detectable(found: Mapping[tuple[str, str], Change | None]) -> dict[str, float]:
    errors: dict[str, list[float]] = defaultdict(list)
    for (_, metric), change in found.items():
        if change is not None and change.interval is not None and change.interval.error > 0:
            errors[metric].append(change.interval.error)
    return {metric: DETECTABLE * median(values) for metric, values in sorted(errors.items())}
