"""The board as data: one CSV row per method and metric, and the whole ranking as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nlcl_bench.evaluation.export import change_data, csv_text, short, spreadsheet_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leaderboard.board import Board
    from leaderboard.people import People
    from leaderboard.rank import Cell, Ranking, Row
    from nlcl_bench.evaluation.changes import Change
    from nlcl_bench.evaluation.costs import Costs
    from nlcl_bench.evaluation.intake import Refusal
    from nlcl_bench.evaluation.run import MetricEntry

__all__ = ["SCHEMA_VERSION", "as_csv", "as_json"]

SCHEMA_VERSION = 1
"""Of ``leaderboard.json``."""


def as_json(boards: Sequence[Board], refusals: Sequence[Refusal], costs: Costs | None = None) -> str:
    """Return everything that the site shows, with nine significant digits; costs as they were given."""
    value: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "boards": [_board(board, board.ranking) | _more(board) for board in boards],
        "refused": [{"where": one.where, "why": one.why, "fix": one.fix} for one in refusals],
    }
    if costs is not None:
        value["costs"] = costs.model_dump(mode="json")
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def _more(board: Board) -> dict[str, Any]:
    """Return where a board lies in the site, and what its rows are on the slices; images by their ids."""
    return {
        "folder": board.folder,
        "people": None if board.people is None else _people(board.people),
        "slices": [
            {"name": part.name, "kind": part.kind, "title": part.title, "images": sorted(part.images)}
            | {key: value for key, value in _board(board, ranking).items() if key in _OF_SLICE}
            for part, ranking in board.slices
        ],
    }


def _people(found: People) -> dict[str, Any]:
    return {
        "against": found.against,
        "votes": found.votes,
        "raters": found.raters,
        "left_out": dict(found.left_out),
        "elsewhere": found.elsewhere,
        "rows": {
            label: {"chance": short(one.chance), "low": short(one.low), "high": short(one.high), "votes": one.votes}
            for label, one in found.rows.items()
        },
        "accuracies": {
            name: {"value": short(one.value), "low": short(one.low), "high": short(one.high), "choices": one.n}
            for name, one in sorted(found.accuracies.items())
        },
    }


_OF_SLICE = ("scenes", "ranked_on", "headline", "left_out", "detectable", "rows")


def _board(board: Board, ranking: Ranking) -> dict[str, Any]:
    clean = None if ranking.clean is None else ranking.clean.benchmark
    return {
        "benchmark": ranking.benchmark.model_dump(mode="json"),
        "protocol": ranking.protocol,
        "scenes": ranking.scenes,
        "identity": ranking.identity,
        "bootstrap": {"draws": ranking.draws, "seed": ranking.seed, "unit": "scene", "level": 0.95},
        "metrics": [_metric(metric) for metric in ranking.metrics],
        "ranked_on": list(ranking.ranked_on),
        "families": list(ranking.families),
        "headline": list(ranking.headline),
        "left_out": list(ranking.left_out),
        "clean": None if clean is None else clean.model_dump(mode="json"),
        "detectable": {name: short(value) for name, value in ranking.detectable.items()},
        "rows": [
            _row(row) | {"status": board.status(row.label), "on_clean": _on_clean(row, ranking)} for row in ranking.rows
        ],
    }


def _metric(metric: MetricEntry) -> dict[str, Any]:
    """Return a metric's entry; an open bound is null, for JSON has no infinity."""
    bounds = [bound if abs(bound) < float("inf") else None for bound in metric.bounds]
    return metric.model_dump(mode="json", exclude={"bounds"}) | {"bounds": bounds}


def _row(row: Row) -> dict[str, Any]:
    result = row.result
    return {
        **_standing(row),
        "label": row.label,
        "run_id": result.run_id,
        "method": result.method.model_dump(mode="json"),
        "toolkit": result.toolkit,
        "command": result.command,
        "gates": [{"name": gate.name, "reason": gate.reason} for gate in row.gates],
        "missing_metrics": [missing.model_dump(mode="json") for missing in result.missing_metrics],
        "failures": [failure.model_dump(mode="json") for failure in result.failures],
        "cells": {cell.metric: _cell(cell) for cell in row.cells},
    }


def _standing(row: Row) -> dict[str, Any]:
    found = row.standing
    low, high = found.places if found and found.places else (None, None)
    return {
        "place": row.place,
        "place_low": low,
        "place_high": high,
        "tied": found.tied if found else None,
        "mean_rank": short(row.mean_rank),
        "family_ranks": {name: short(value) for name, value in found.families.items()} if found else {},
    }


def _on_clean(row: Row, ranking: Ranking) -> dict[str, Any] | None:
    if ranking.clean is None:
        return None
    one = ranking.clean.rows[row.label]
    low, high = (one.interval.low, one.interval.high) if one.interval else (None, None)
    return {"mean": short(one.mean), "low": short(low), "high": short(high), "n": one.n, "why": one.why or None}


def _cell(cell: Cell) -> dict[str, Any]:
    change = None if cell.change is None else change_data(cell.change)
    return {"mean": short(cell.mean), "n": cell.n, "mark": cell.mark, "change": change}


def as_csv(boards: Sequence[Board]) -> str:
    """Return one row per slice, method and metric, with a header; the slice of the whole board has no name."""
    return csv_text(
        line
        for board in boards
        for name, ranking in [("", board.ranking), *((part.name, ranking) for part, ranking in board.slices)]
        for line in _lines(board, ranking, name)
    )


def _lines(board: Board, ranking: Ranking, part: str) -> Iterator[dict[str, Any]]:
    benchmark = ranking.benchmark
    for row in ranking.rows:
        standing = _standing(row)
        families = standing.pop("family_ranks")
        for metric, cell in zip(ranking.metrics, row.cells, strict=True):
            yield {
                "benchmark": benchmark.name,
                "revision": spreadsheet_text(benchmark.revision),
                "config": benchmark.config,
                "split": benchmark.split,
                "slice": part,
                "protocol": ranking.protocol,
                **standing,
                "family_rank": families.get(metric.family),
                "label": row.label,
                "status": board.status(row.label),
                "supervision": row.result.method.supervision,
                "gates": " ".join(gate.name.replace(" ", "-") for gate in row.gates),
                "metric": spreadsheet_text(metric.id),
                "better": metric.better,
                "family": metric.family,
                "role": metric.role,
                "images": benchmark.images,
                "first_of": benchmark.first_of,
                "n": cell.n,
                "mean": short(cell.mean),
                **_change_columns(cell.change),
                **_clean_columns(row, ranking),
                "run_id": row.result.run_id,
                "weights_sha256": row.result.method.weights_sha256,
            }


def _clean_columns(row: Row, ranking: Ranking) -> dict[str, Any]:
    found = _on_clean(row, ranking) or {}
    return {f"clean_{name}": found.get(name) for name in ("mean", "low", "high", "n")}


def _change_columns(change: Change | None) -> dict[str, Any]:
    names = ("mean", "low", "high", "p", "verdict", "n")
    found = dict.fromkeys(names) if change is None else change_data(change)
    return {"change" if name == "mean" else f"change_{name}": found[name] for name in names}
