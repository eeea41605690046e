"""What terminal, Markdown and page say of a ranking in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.core.plain import plain
from nlcl_bench.evaluation.wording import ABSENT, benchmark_name, number, partly, places_for

if TYPE_CHECKING:
    from leaderboard.idempotence import Clean
    from leaderboard.rank import Ranking, Row

__all__ = ["ON_CLEAN", "clean_cell", "clean_finding", "decimals", "missing_everywhere", "remarks"]

ON_CLEAN = "Change on clean"
"""The title of the column of :mod:`leaderboard.idempotence`."""


def clean_cell(label: str, clean: Clean) -> tuple[str, str, str]:
    """Return a row's change on photographs without rain, its interval, and over how many images or why not."""
    one = clean.rows[label]
    if one.mean is None or clean.benchmark is None:
        return ABSENT, "", one.why
    places = places_for(max(other.mean or 0.0 for other in clean.rows.values()))
    if one.interval is None:
        around = "no interval"
    else:
        around = f"[{number(one.interval.low, places)}, {number(one.interval.high, places)}]"
    return number(one.mean, places), around, partly(one.n, clean.benchmark)


def clean_finding(clean: Clean) -> str:
    """Say on which photographs without rain the methods were run, or that nobody ran one."""
    if clean.benchmark is None:
        return f"{ON_CLEAN} is not known: nobody sent a run on photographs of this data set without rain."
    on = f"{clean.benchmark.images:,} photographs without rain ({benchmark_name(clean.benchmark)})"
    return f"{ON_CLEAN} is the mean difference to the input, in grey levels of 255, on {on}: nothing had to go there."


def decimals(ranking: Ranking) -> dict[str, int]:
    """Return for each metric id how many decimals its numbers need, by its largest mean."""
    largest = {
        metric.id: max((abs(row.cells[place].mean or 0.0) for row in ranking.rows), default=0.0)
        for place, metric in enumerate(ranking.metrics)
    }
    return {name: places_for(size) for name, size in largest.items()}


def remarks(row: Row, ranking: Ranking) -> list[str]:
    """Return what a reader must know of a row: why it is gated, and what its training saw."""
    method = row.result.method
    found = [plain(gate.reason) for gate in row.gates if gate.name != "control"]
    if method.trained_with_iqa:
        found.append("a quality metric was its training reward")
    if method.trained_with_iqa is None:
        found.append("not stated whether a quality metric was its training reward")
    if ranking.benchmark.name in method.trained_on:
        found.append("trained on this benchmark")
    own = [missing for missing in row.result.missing_metrics if missing.name not in missing_everywhere(ranking)]
    return found + [f"{missing.name} is missing: {plain(missing.reason, 120)}" for missing in own]


def missing_everywhere(ranking: Ranking) -> list[str]:
    """Return the names of the metrics that every run wanted and none could measure."""
    names = [{missing.name for missing in row.result.missing_metrics} for row in ranking.rows]
    return sorted(set.intersection(*names))
