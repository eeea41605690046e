"""Idempotence: what a method does to photographs that show no rain, where there was nothing to be taken away.

A run on the config ``clean`` of a data set holds the same guard ``change`` as any run: the mean absolute difference to
the input, in grey levels of 255. There it should be 0, and a method that harms rain-free photographs shows it; so it
stands on the boards of the data set's other configs, beside the rows of the same method. It is shown only: it
gates and ranks nothing, since doing nothing scores best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leaderboard.gates import change_column
from nlcl_bench.core.statistics import intervals, scene_totals
from nlcl_bench.evaluation.run import restore_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlcl_bench.core.statistics import Interval
    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.run import BenchmarkEntry

__all__ = ["CONFIG", "Clean", "Untouched", "on_clean"]

CONFIG = "clean"
"""The config of a release whose photographs show no rain."""


@dataclass(frozen=True, slots=True)
class Untouched:
    """How far one method leaves photographs without rain untouched.

    Attributes:
        mean: Mean absolute change in grey levels of 255, over the images that have a score; None if it is not known.
        n: How many images that is.
        interval: 95 % cluster bootstrap interval; None with fewer than two scenes.
        why: Why it is not known; empty if it is.
    """

    mean: float | None
    n: int
    interval: Interval | None
    why: str


@dataclass(frozen=True, slots=True)
class Clean:
    """The column of idempotence.

    Attributes:
        benchmark: The photographs without rain; None if nobody sent a run on them.
        rows: By the label of each row of the board.
    """

    benchmark: BenchmarkEntry | None
    rows: Mapping[str, Untouched]


def on_clean(board: Sequence[Run], boards: Sequence[Sequence[Run]], *, draws: int, seed: int) -> Clean | None:
    """Return what the methods of a board do to the photographs without rain of its data set and split.

    A run there belongs to a row if both must give the same output for the same photograph: same method, weights, tiles,
    protocol and toolkit; its label may differ. All numbers of a column are of the same photographs: those on which most
    rows have a run, then the most photographs.

    Args:
        board: The runs of one benchmark.
        boards: The runs of every benchmark, the larger of a split first.
        draws: Draws of the bootstrap over scenes.
        seed: Its seed.

    Returns:
        The column; None if the board's own photographs are those without rain.
    """
    if board[0].result.benchmark.config == CONFIG:
        return None
    wanted = {run.result.label: restore_id(run.result) for run in board}
    there: list[dict[str, Run]] = [_by_id(runs) for runs in boards if _belongs(runs[0], board[0])] or [{}]
    found = max(there, key=lambda runs: sum(one in runs for one in wanted.values()))
    if not any(one in found for one in wanted.values()):
        return Clean(None, {label: _unknown("no clean run") for label in wanted})
    rows = {label: _untouched(found.get(one), draws, seed) for label, one in wanted.items()}
    return Clean(next(iter(found.values())).result.benchmark, rows)


def _belongs(run: Run, board: Run) -> bool:
    """Whether a run is on the rain-free photographs of a board's data set."""
    mine, wanted = run.result.benchmark, board.result.benchmark
    same = (mine.name, mine.revision, mine.split) == (wanted.name, wanted.revision, wanted.split)
    return same and mine.config == CONFIG and run.result.protocol == board.result.protocol


def _by_id(runs: Sequence[Run]) -> dict[str, Run]:
    """Return the runs by what tells methods apart; of several runs of one method the first label stands."""
    return {restore_id(run.result): run for run in sorted(runs, key=lambda run: run.result.label, reverse=True)}


def _unknown(why: str) -> Untouched:
    return Untouched(None, 0, None, why)


def _untouched(run: Run | None, draws: int, seed: int) -> Untouched:
    if run is None:
        return _unknown("no clean run")
    column = change_column(run)
    if column is None:
        return _unknown("not measured there")
    (interval,) = intervals(*scene_totals(column[:, None], run.scenes), draws=draws, seed=seed)
    return Untouched(float(np.nanmean(column)), int(np.isfinite(column).sum()), interval, "")
