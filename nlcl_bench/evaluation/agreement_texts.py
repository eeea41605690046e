"""Agreement with people for readers: rows for a terminal, CSV and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nlcl_bench.core.plain import plain
from nlcl_bench.evaluation.export import csv_text, short, spreadsheet_text
from nlcl_bench.evaluation.wording import ABSENT, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlcl_bench.evaluation.agreement import Agreement, Estimate

__all__ = ["SCHEMA_VERSION", "as_csv", "as_json", "terminal"]

SCHEMA_VERSION = 1
"""Of ``agreement.json``."""

_KINDS = {
    "scene_srocc": "SROCC in scenes",
    "scene_tau": "tau-b in scenes",
    "srocc": "SROCC, all",
    "tau": "tau-b, all",
    "accuracy": "choices made alike",
}
"""The estimates and their titles: medians over scenes, correlations over all outputs, the part of choices."""


def terminal(found: Sequence[Agreement]) -> tuple[list[str], list[list[str]]]:
    """Return columns and rows for a terminal: each estimate with its interval and of how many things it is made."""
    rows = [
        [plain(one.metric.title, 40), str(one.outputs), *(_words(getattr(one, kind)) for kind in _KINDS)]
        for one in found
    ]
    return ["metric", "outputs", *_KINDS.values()], rows


def _words(estimate: Estimate) -> str:
    if estimate.value is None:
        return ABSENT
    value = f"{number(estimate.value, 3)} ({estimate.n:,})"
    if estimate.low is None or estimate.high is None:
        return f"{value} no interval"
    return f"{value} [{number(estimate.low, 3)}, {number(estimate.high, 3)}]"


def as_json(found: Sequence[Agreement], *, left_out: int, draws: int, seed: int) -> str:
    """Return all estimates with nine significant digits; ``left_out`` opinions are on outputs that no run has."""
    value = {
        "schema_version": SCHEMA_VERSION,
        "bootstrap": {"draws": draws, "seed": seed, "unit": "scene", "level": 0.95},
        "opinions_without_scores": left_out,
        "metrics": [
            {
                "id": one.metric.id,
                "better": one.metric.better,
                "outputs": one.outputs,
                **{kind: _data(getattr(one, kind)) for kind in _KINDS},
            }
            for one in found
        ],
    }
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def _data(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": short(estimate.value),
        "low": short(estimate.low),
        "high": short(estimate.high),
        "n": estimate.n,
    }


def as_csv(found: Sequence[Agreement]) -> str:
    """Return one row per metric and estimate, with a header."""
    return csv_text(
        {
            "metric": spreadsheet_text(one.metric.id),
            "better": one.metric.better,
            "outputs": one.outputs,
            "estimate": kind,
            **_data(getattr(one, kind)),
        }
        for one in found
        for kind in _KINDS
    )
