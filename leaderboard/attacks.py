"""The tables of attacks beside the boards: made again from the attacks' run folders, whose pages are never trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leaderboard.agreement import agree, by_benchmark
from nlcl_bench.evaluation.attack_table import tabulate
from nlcl_bench.evaluation.intake import Refusal
from nlcl_bench.methods.attacks import ATTACKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlcl_bench.evaluation.attack_table import AttackTable
    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.run import BenchmarkEntry

__all__ = ["found_for", "parted", "tables"]

_NAMES = frozenset(attack.name for attack in ATTACKS)


def parted(runs: Sequence[Run]) -> tuple[list[Run], list[Run]]:
    """Return the runs of methods, and those of attacks."""
    attacks = [run for run in runs if run.result.method.supervision == "attack"]
    return [run for run in runs if run not in attacks], attacks


def tables(attacks: Sequence[Run], *, draws: int, seed: int) -> tuple[list[AttackTable], list[Refusal]]:
    """Return a table for every benchmark that was attacked, in order, and the runs that do not fit."""
    found: list[AttackTable] = []
    known = [run for run in attacks if run.result.method.name in _NAMES]
    refusals = [_refused(run, "says that it is an attack, but is none of ours") for run in attacks if run not in known]
    for group in by_benchmark(known):
        kept, refused = agree(group)
        refusals += refused
        table = tabulate(kept, draws=draws, seed=seed)
        if table is None:
            refusals += [_refused(run, "is an attack without anything to compare it with") for run in kept]
        else:
            found.append(table)
    return found, refusals


def _refused(run: Run, why: str) -> Refusal:
    return Refusal(run.shown, why, "evaluate with --attacks, and send the whole folder")


def found_for(benchmark: BenchmarkEntry, found: Sequence[AttackTable]) -> AttackTable | None:
    """Return what the metrics of a board can be gamed by: of its split, on the most images there are."""
    return next(
        (table for table in found if _split(table.benchmark) == _split(benchmark)), None
    )  # the largest is first


def _split(benchmark: BenchmarkEntry) -> tuple[str, ...]:
    return benchmark.name, benchmark.revision, benchmark.config, benchmark.split
