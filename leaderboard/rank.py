"""The ranking: a pure function from the runs of one benchmark to a value that page and tables only display.

A method is ranked by the metrics of role ``ranked`` that every ungated row has, family by family; what the ranks are
made of stands in :mod:`leaderboard.standing`. Controls and rows that fail a gate are shown with their reasons, and
never ranked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.stats import rankdata

from leaderboard.gates import Gate, gates
from leaderboard.idempotence import on_clean
from leaderboard.standing import headline, stand
from nlcl_bench.evaluation.changes import Change, changes, identity_of
from nlcl_bench.metrics.spec import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leaderboard.idempotence import Clean
    from leaderboard.standing import Standing
    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.run import BenchmarkEntry, MetricEntry, RunResult
    from nlcl_bench.metrics.spec import Family

__all__ = ["Cell", "Ranking", "Row", "rank"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One method under one metric.

    Attributes:
        metric: The metric's id.
        mean: Mean over the images with a score; None where there is none.
        n: How many images have a score.
        change: What differs from doing nothing; None for guards, for ``identity``, and where there is no identity run.
        mark: Whether the mean is the best or second best among the ranked rows.
    """

    metric: str
    mean: float | None
    n: int
    change: Change | None = None
    mark: Literal["best", "second"] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One method on the board.

    Attributes:
        standing: Its ranks and place; None if it is not ranked.
    """

    result: RunResult
    cells: tuple[Cell, ...]
    gates: tuple[Gate, ...]
    standing: Standing | None = None

    @property
    def place(self) -> int | None:
        """Its place, from 1; None if it is not ranked."""
        return None if self.standing is None else self.standing.place

    @property
    def mean_rank(self) -> float | None:
        """Its mean rank, 1 is best; None if it is not ranked."""
        return None if self.standing is None else self.standing.mean_rank

    @property
    def label(self) -> str:
        """The row's name."""
        return self.result.label


@dataclass(frozen=True, slots=True)
class Ranking:
    """The board of one benchmark.

    Attributes:
        metrics: The columns, by family; guards last.
        rows: Ranked rows by mean rank, then controls, then those that fail a gate.
        ranked_on: Ids of the metrics that ranks are made of.
        families: The families of those metrics.
        headline: The families that the mean rank and the place are made of.
        left_out: Ids of metrics of role ``ranked`` that some ungated row lacks.
        scenes: How many scenes the images belong to.
        identity: Label of the run that does nothing, or None.
        detectable: For each metric id the smallest true change that the split would probably tell from none.
        clean: What the methods do to photographs without rain; None if the board's own photographs are those.
        draws: Draws of the bootstrap.
        seed: Its seed.
    """

    benchmark: BenchmarkEntry
    protocol: str
    metrics: tuple[MetricEntry, ...]
    rows: tuple[Row, ...]
    ranked_on: tuple[str, ...]
    families: tuple[Family, ...]
    headline: tuple[Family, ...]
    left_out: tuple[str, ...]
    scenes: int
    identity: str | None
    detectable: Mapping[str, float]
    clean: Clean | None
    draws: int
    seed: int


def rank(runs: Sequence[Run], boards: Sequence[Sequence[Run]] = (), *, draws: int = 2000, seed: int = 0) -> Ranking:
    """Rank the runs of one benchmark; their order does not matter.

    Args:
        runs: At least one run; all of one benchmark, with different labels.
        boards: The runs of every benchmark, among which those on photographs without rain are looked for.
        draws: Draws of the bootstrap.
        seed: Its seed.
    """
    runs = sorted(runs, key=lambda run: run.result.label)
    metrics = _columns(runs)
    identity = identity_of(runs)
    differences, detectable = changes(runs, metrics, identity, draws=draws, seed=seed)
    rows = [Row(run.result, _cells(run, metrics, differences), gates(run)) for run in runs]
    free = [row for row in rows if not row.gates]
    wanted = [metric for metric in metrics if metric.role == "ranked"]
    shared = [metric for metric in wanted if free and all(_mean(row, metric.id) is not None for row in free)]
    ranked = [run for run, row in zip(runs, rows, strict=True) if not row.gates]
    standings = stand(ranked, shared, draws=draws, seed=seed)
    rows = [replace(row, standing=standings.get(row.label)) for row in rows]
    return Ranking(
        benchmark=runs[0].result.benchmark,
        protocol=runs[0].result.protocol,
        metrics=metrics,
        rows=_ordered(_marked(rows, metrics)),
        ranked_on=tuple(metric.id for metric in shared),
        families=tuple(family for family in FAMILIES if any(metric.family == family for metric in shared)),
        headline=headline(shared),
        left_out=tuple(metric.id for metric in wanted if metric not in shared),
        scenes=len({scene for run in runs for scene in run.scenes}),
        identity=identity.result.label if identity else None,
        detectable=detectable,
        clean=on_clean(runs, boards, draws=draws, seed=seed),
        draws=draws,
        seed=seed,
    )


def _columns(runs: Sequence[Run]) -> tuple[MetricEntry, ...]:
    """Return every metric once: guards last, the others by family, what ranks first, then by name."""
    roles = ("ranked", "shown", "guard")

    def key(metric: MetricEntry) -> tuple[object, ...]:
        guard = metric.role == "guard"
        return guard, FAMILIES.index(metric.family), roles.index(metric.role), metric.name, metric.id

    found = {metric.id: metric for run in reversed(runs) for metric in run.result.metrics}
    return tuple(sorted(found.values(), key=key))


def _cells(run: Run, metrics: Sequence[MetricEntry], differences: Mapping[tuple[str, str], Change]) -> tuple[Cell, ...]:
    cells = []
    for metric in metrics:
        column = run.column(metric.id)
        values = column[np.isfinite(column)] if column is not None else np.empty(0)
        mean = float(values.mean()) if len(values) else None
        cells.append(Cell(metric.id, mean, len(values), differences.get((run.result.label, metric.id))))
    return tuple(cells)


def _mean(row: Row, metric: str) -> float | None:
    return next(cell.mean for cell in row.cells if cell.metric == metric)


def _badness(row: Row, metric: MetricEntry) -> float:
    """Return the mean with its sign turned so that smaller is better; infinite where there is none."""
    mean = _mean(row, metric.id)
    if mean is None:
        return float("inf")
    return mean if metric.better == "lower" else -mean


def _marked(rows: list[Row], metrics: Sequence[MetricEntry]) -> list[Row]:
    """Mark the best and the second best mean of every column but the guards, among the ungated rows."""
    marks: dict[tuple[str, str], Literal["best", "second"]] = {}
    free = [row for row in rows if not row.gates]
    for metric in metrics:
        there = [row for row in free if _mean(row, metric.id) is not None]
        if metric.role == "guard" or len(there) < 2:  # noqa: PLR2004 (one row is not best of anything)
            continue
        for row, place in zip(there, rankdata([_badness(row, metric) for row in there], method="min"), strict=True):
            if place <= 2:  # noqa: PLR2004 (best and second)
                marks[row.label, metric.id] = "best" if place == 1 else "second"
    return [
        replace(row, cells=tuple(replace(cell, mark=marks.get((row.label, cell.metric))) for cell in row.cells))
        for row in rows
    ]


def _ordered(rows: list[Row]) -> tuple[Row, ...]:
    """Order: ranked by mean rank, ungated without a rank, controls with ``identity`` first, then the gated."""

    def key(row: Row) -> tuple[object, ...]:
        control = row.result.method.supervision == "control"
        group = (2 if control else 3) if row.gates else (0 if row.place else 1)
        return group, row.place or 0, row.result.method.name != "identity", row.label

    return tuple(sorted(rows, key=key))
