"""The pictures of a board: a panel for every metric, a line per method, and zero is doing nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leaderboard.wording import decimals
from nlcl_bench.evaluation.panels import Panel, panel
from nlcl_bench.evaluation.wording import ARROWS, partly

if TYPE_CHECKING:
    from leaderboard.rank import Ranking

__all__ = ["panels"]


def panels(ranking: Ranking) -> list[Panel]:
    """Return a panel for every metric under which something can be compared with doing nothing, on all images."""
    places = decimals(ranking)
    found = []
    for column, metric in enumerate(ranking.metrics):
        rows = [(row.label, row.cells[column].change) for row in ranking.rows]
        changes = [
            (label, change) for label, change in rows if change is not None and not partly(change.n, ranking.benchmark)
        ]
        if changes:
            better = f"{ARROWS[metric.better]} {metric.better} is better"
            found.append(panel(metric.title, better, changes, places[metric.id]))
    return found
