"""Results in the Hub's own format: ``.eval_results/*.yaml`` for the repository of a model.

The Hub shows them on the model's page and on the leaderboard of the data set, whose ``eval.yaml`` (part of a release)
names the tasks. It takes one value per task and no interval, so every metric that ranks is a task of its own,
``CONFIG-METRIC``, and the interval of the change stands in the notes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from leaderboard.wording import decimals
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.hub import result_entries
from nlcl_bench.core.plain import plain
from nlcl_bench.evaluation.wording import changed

if TYPE_CHECKING:
    from leaderboard.rank import Cell, Ranking, Row
    from nlcl_bench.evaluation.run import MetricEntry

__all__ = ["result_file", "task_id"]


def task_id(ranking: Ranking, metric: MetricEntry) -> str:
    """Return the task of a metric on a board's photographs, as a release's ``eval.yaml`` has it."""
    return f"{ranking.benchmark.config}-{metric.name}"


def result_file(ranking: Ranking, label: str, dataset: str, *, address: str | None = None) -> str:
    """Return the text of ``.eval_results/BENCHMARK.yaml`` for one row of a board.

    Args:
        ranking: The board.
        label: The row.
        dataset: ``ORG/NAME`` of the data set on the Hub.
        address: Where the board is, to be named as the source.

    Raises:
        InputError: The board has no such row, it is not ranked, or its photographs are not pinned to a commit.
    """
    row = next((row for row in ranking.rows if row.label == label), None)
    if row is None or row.place is None:
        labels = ", ".join(row.label for row in ranking.rows if row.place is not None)
        raise InputError("is no ranked row of the board", where=label, fix=f"there are: {labels or 'none'}")
    if ranking.benchmark.revision == "local":
        raise InputError(
            "was made on a local release, which nobody can look up",
            where=label,
            fix=f"evaluate with --data {dataset}",
        )
    metrics = [metric for metric in ranking.metrics if metric.id in ranking.ranked_on]
    entries = [_entry(row, metric, ranking, dataset, address) for metric in metrics]
    return yaml.safe_dump(result_entries(entries), sort_keys=False, allow_unicode=True)


def _entry(
    row: Row, metric: MetricEntry, ranking: Ranking, dataset: str, address: str | None
) -> dict[str, str | float | None]:
    cell = next(cell for cell in row.cells if cell.metric == metric.id)
    return {
        "dataset_id": dataset,
        "task_id": task_id(ranking, metric),
        "dataset_revision": ranking.benchmark.revision,
        "value": None if cell.mean is None else round(cell.mean, 6),
        "source_url": address,
        "source_name": "nlcl-bench leaderboard" if address else None,
        "notes": _notes(cell, metric, ranking),
    }


def _notes(cell: Cell, metric: MetricEntry, ranking: Ranking) -> str:
    said = f"{metric.id}, protocol {ranking.protocol}, {cell.n} images"
    if cell.change is not None:
        said += f"; against doing nothing {changed(cell.change, decimals(ranking)[metric.id])}"
    return plain(said)
