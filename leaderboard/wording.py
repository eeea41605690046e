"""What terminal, Markdown and page say of a ranking in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.core.plain import plain
from nlcl_bench.evaluation.wording import places_for

if TYPE_CHECKING:
    from leaderboard.rank import Ranking, Row

__all__ = ["decimals", "missing_everywhere", "remarks"]


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
