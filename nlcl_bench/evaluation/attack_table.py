"""By how much every metric can be gamed: a pure function from the runs of the attacks to a table.

A gain is a change in the direction that the metric calls better, image by image against the untouched photograph. No
attack removes rain, so a gain is nothing but a weakness of the metric; only against the clean picture of a pair may it
be earned, where smoothing away rain brings an output nearer to the truth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from nlcl_bench.core.statistics import Interval
from nlcl_bench.evaluation.changes import Change, changes, difference
from nlcl_bench.methods.attacks import ATTACKS, PREFIX, UNTOUCHED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.run import BenchmarkEntry, MetricEntry

__all__ = ["AttackRow", "AttackTable", "Gain", "label_of", "tabulate"]

_NOTHING = 1e-6  # a gain smaller than this part of the scores is the computer's rounding


@dataclass(frozen=True, slots=True)
class Gain:
    """What an attack does to one metric's scores.

    Attributes:
        change: The mean gain, attack against untouched; positive is what the metric calls better.
        share: The part of the images whose score got better, in [0, 1].
        spreads: The mean gain over the standard deviation of the untouched scores; None if those are all equal.
    """

    change: Change
    share: float
    spreads: float | None


@dataclass(frozen=True, slots=True)
class AttackRow:
    """One attack.

    Attributes:
        label: Its short name.
        title: What it does.
        difference: Mean absolute difference to the photograph, in grey levels of 255; None if it was not measured.
        gains: By metric id; a metric that could score nothing is not there.
    """

    label: str
    title: str
    difference: float | None
    gains: Mapping[str, Gain]


@dataclass(frozen=True, slots=True)
class AttackTable:
    """All attacks on all metrics.

    Attributes:
        metrics: The columns, by role and name; guards are none.
        unscored: Further metrics, which could score no photograph.
        untouched: Mean score of the untouched photographs by metric id.
        scored: Of how many of them that is the mean.
        rows: The attacks in the order of :data:`nlcl_bench.methods.attacks.ATTACKS`.
        scenes: How many scenes the images belong to.
        draws: Draws of the bootstrap.
        seed: Its seed.
    """

    benchmark: BenchmarkEntry
    protocol: str
    metrics: tuple[MetricEntry, ...]
    unscored: tuple[MetricEntry, ...]
    untouched: Mapping[str, float]
    scored: Mapping[str, int]
    rows: tuple[AttackRow, ...]
    scenes: int
    draws: int
    seed: int


def label_of(name: str) -> str:
    """Return an attack's short name.

    >>> label_of("attack-jpeg75")
    'jpeg75'
    """
    return name.removeprefix(PREFIX)


def tabulate(runs: Sequence[Run], *, draws: int = 2000, seed: int = 0) -> AttackTable | None:
    """Compare the runs of attacks on one benchmark with the run on the untouched photographs.

    Args:
        runs: Runs on the same photographs with different labels; their order does not matter.
        draws: Draws of the bootstrap over scenes.
        seed: Its seed.

    Returns:
        The table; None if the untouched photographs are not among the runs, or nothing was scored.
    """
    order = [attack.name for attack in ATTACKS]
    base = next((run for run in runs if run.result.method.name == UNTOUCHED.name), None)
    known = sorted(
        (run for run in runs if run is not base and run.result.method.name in order),
        key=lambda run: (order.index(run.result.method.name), run.result.label),
    )
    if base is None or not known:
        return None
    found, _ = changes(known, base.result.metrics, base, draws=draws, seed=seed)
    wanted = sorted((one for one in base.result.metrics if one.role != "guard"), key=lambda one: (one.role, one.name))
    metrics = [one for one in wanted if _there(base, one.id).any()]
    return AttackTable(
        benchmark=base.result.benchmark,
        protocol=base.result.protocol,
        metrics=tuple(metrics),
        unscored=tuple(one for one in wanted if one not in metrics),
        untouched={one.id: float(_column(base, one.id)[_there(base, one.id)].mean()) for one in metrics},
        scored={one.id: int(_there(base, one.id).sum()) for one in metrics},
        rows=tuple(_row(run, base, metrics, found) for run in known),
        scenes=len(set(base.scenes)),
        draws=draws,
        seed=seed,
    )


def _column(run: Run, metric: str) -> npt.NDArray[np.float64]:
    """Return a metric's scores, NaN where there is none."""
    column = run.column(metric)
    return np.full(len(run.images), np.nan) if column is None else column


def _there(run: Run, metric: str) -> npt.NDArray[np.bool_]:
    return np.isfinite(_column(run, metric))


def _row(run: Run, base: Run, metrics: Sequence[MetricEntry], found: Mapping[tuple[str, str], Change]) -> AttackRow:
    label = run.result.label
    gains = {one.id: _gain(run, base, one, found[label, one.id]) for one in metrics if (label, one.id) in found}
    return AttackRow(label, run.result.method.title, _difference(run), gains)


def _difference(run: Run) -> float | None:
    """Return the mean of the guard that measures how far an output is from its input."""
    guard = next((one.id for one in run.result.metrics if one.role == "guard" and one.name == "change"), None)
    if guard is None or not _there(run, guard).any():
        return None
    return float(np.nanmean(_column(run, guard)))


def _gain(run: Run, base: Run, metric: MetricEntry, change: Change) -> Gain:
    changed = difference(run, base, metric.id)
    gains = changed[np.isfinite(changed)] * (-1 if metric.better == "lower" else 1)
    before = _column(base, metric.id)[_there(base, metric.id)]
    spread = float(before.std(ddof=1)) if len(before) > 1 else 0.0
    turned = _turned(change) if metric.better == "lower" else change
    better = gains > _NOTHING * np.abs(before).max()
    return Gain(turned, float(better.mean()), turned.mean / spread if spread > 0 else None)


def _turned(change: Change) -> Change:
    """Return the change with the opposite sign; its verdict speaks of better and worse already."""
    interval = change.interval
    turned = None if interval is None else Interval(0.0 - interval.high, 0.0 - interval.low, interval.error)
    return replace(change, mean=0.0 - change.mean, interval=turned)
