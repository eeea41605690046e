"""The table of attacks for readers: rows for a terminal, CSV, JSON, and a page that loads nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nlcl_bench.core.plain import plain
from nlcl_bench.core.templates import templates
from nlcl_bench.evaluation.export import change_data, csv_text, short, spreadsheet_text
from nlcl_bench.evaluation.panels import panel
from nlcl_bench.evaluation.wording import ABSENT, benchmark_name, heading, interval, number, over, partly, places_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nlcl_bench.evaluation.attack_table import AttackRow, AttackTable, Gain
    from nlcl_bench.evaluation.panels import Panel
    from nlcl_bench.evaluation.run import MetricEntry

__all__ = ["SCHEMA_VERSION", "as_csv", "as_json", "findings", "page", "terminal"]

SCHEMA_VERSION = 1
"""Of ``attacks.json``."""

_SIGNS = {"better": "▲", "worse": "▼", "unclear": "≈"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One attack on one metric in words; empty where nothing was scored."""

    gain: str
    interval: str
    share: str
    sign: str
    verdict: str


def terminal(table: AttackTable) -> tuple[list[str], list[list[str]]]:
    """Return columns and rows for a terminal: the mean gain, its interval, and how many images scored better."""
    columns = ["attack", "differs by", *(heading(metric) for metric in table.metrics)]
    first = ["untouched", number(0.0, 2), *(_untouched(table, metric) for metric in table.metrics)]
    return columns, [first, *([row.label, _difference(row), *_short_cells(table, row)] for row in table.rows)]


def _short_cells(table: AttackTable, row: AttackRow) -> list[str]:
    cells = [_cell(table, row, metric) for metric in table.metrics]
    return [f"{cell.gain} {cell.interval} {cell.sign} {cell.share}" if cell.gain else ABSENT for cell in cells]


def _base(table: AttackTable, metric: MetricEntry) -> float:
    return table.untouched[metric.id]


def _places(table: AttackTable, metric: MetricEntry) -> int:
    return places_for(abs(_base(table, metric)))


def _untouched(table: AttackTable, metric: MetricEntry) -> str:
    return over(number(_base(table, metric), _places(table, metric)), table.scored[metric.id], table.benchmark)


def _difference(row: AttackRow) -> str:
    return ABSENT if row.difference is None else number(row.difference, 2)


def _cell(table: AttackTable, row: AttackRow, metric: MetricEntry) -> Cell:
    found = row.gains.get(metric.id)
    if found is None:
        return Cell("", "", "", "", "")
    places = _places(table, metric)
    verdict = found.change.verdict if found.change.interval else "unclear"
    lacking = table.benchmark.images - found.change.n
    share = f"{round(found.share * found.change.n):,} of {found.change.n:,}"
    share += f", {lacking:,} not scored" if lacking else ""
    gain = number(found.change.mean, places, signed=True)
    return Cell(gain, interval(found.change, places), share, _SIGNS[verdict], verdict)


def findings(table: AttackTable) -> list[str]:
    """Say for every metric which attack gains most, or that none gains, and what was not scored."""
    without = [f"{plain(metric.title, 40)}: scored no photograph; run.json says why." for metric in table.unscored]
    return [*(_finding(table, metric) + _fewest(table, metric) for metric in table.metrics), *without]


def _fewest(table: AttackTable, metric: MetricEntry) -> str:
    """Say so if some attack was scored on a part of the photographs only."""
    fewest = min((row.gains[metric.id].change.n if metric.id in row.gains else 0 for row in table.rows), default=0)
    if fewest == table.benchmark.images:
        return ""
    return f" Incomplete: down to {fewest:,} of {table.benchmark.images:,} photographs were scored."


def _finding(table: AttackTable, metric: MetricEntry) -> str:
    title = plain(metric.title, 40)
    gains = [(row, row.gains[metric.id]) for row in table.rows if metric.id in row.gains]
    gaming = [(row, gain) for row, gain in gains if gain.change.interval and gain.change.verdict == "better"]
    if not gaming:
        return f"{title}: no attack scores better than the untouched photographs beyond doubt."
    row, gain = max(gaming, key=lambda one: one[1].change.mean)
    spreads = "" if gain.spreads is None else number(gain.spreads, 2)
    worth = spreads and f", {spreads} times the spread of the photographs' own scores"
    cell = _cell(table, row, metric)
    return (
        f"{title}: {len(gaming)} of {len(gains)} attacks score better; the most gains {row.label}, "
        f"{cell.gain} {cell.interval}{worth}, better on {cell.share}."
    )


def page(table: AttackTable, board: tuple[str, str] | None = None) -> str:
    """Return the page as HTML: a table, and a picture for every metric; whatever it is given is escaped.

    Args:
        table: What it shows.
        board: Where the board of these metrics lies, and its name, if the page is part of a site.
    """
    environment = templates("nlcl_bench.evaluation")
    environment.filters["plain"] = plain
    return environment.get_template("attacks.html.jinja").render(
        table=table,
        board=board,
        name=benchmark_name(table.benchmark),
        columns=[(metric, _untouched(table, metric)) for metric in table.metrics],
        rows=[(row, _difference(row), [_cell(table, row, metric) for metric in table.metrics]) for row in table.rows],
        findings=findings(table),
        panels=_panels(table),
        signs=_SIGNS,
    )


def _panels(table: AttackTable) -> Sequence[Panel]:
    """Return a panel for every metric that scored some attack on all images."""
    found = []
    for metric in table.metrics:
        gains = [(row.label, row.gains[metric.id].change) for row in table.rows if metric.id in row.gains]
        whole = [(label, change) for label, change in gains if not partly(change.n, table.benchmark)]
        if whole:
            found.append(panel(metric.title, "gain; right of the line scores better", whole, _places(table, metric)))
    return found


def as_json(table: AttackTable) -> str:
    """Return everything that the page shows, with nine significant digits."""
    value = {
        "schema_version": SCHEMA_VERSION,
        "benchmark": table.benchmark.model_dump(mode="json"),
        "protocol": table.protocol,
        "scenes": table.scenes,
        "bootstrap": {"draws": table.draws, "seed": table.seed, "unit": "scene", "level": 0.95},
        "metrics": [
            {
                "id": metric.id,
                "name": metric.name,
                "better": metric.better,
                "untouched": short(_base(table, metric)),
                "n": table.scored[metric.id],
            }
            for metric in table.metrics
        ],
        "rows": [
            {
                "attack": row.label,
                "title": row.title,
                "difference": short(row.difference),
                "gains": {name: _gain(gain) for name, gain in row.gains.items()},
            }
            for row in table.rows
        ],
    }
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def _gain(gain: Gain) -> dict[str, Any]:
    return change_data(gain.change) | {"share_better": short(gain.share), "spreads": short(gain.spreads)}


def as_csv(table: AttackTable) -> str:
    """Return one row per attack and metric, with a header."""
    return csv_text(_lines(table))


def _lines(table: AttackTable) -> Iterator[dict[str, Any]]:
    for row in table.rows:
        for metric in table.metrics:
            gain = row.gains.get(metric.id)
            if gain is not None:
                data = _gain(gain)
                yield {
                    "benchmark": table.benchmark.name,
                    "config": table.benchmark.config,
                    "split": table.benchmark.split,
                    "images": table.benchmark.images,
                    "first_of": table.benchmark.first_of,
                    "attack": row.label,
                    "difference": short(row.difference),
                    "metric": spreadsheet_text(metric.id),
                    "better": metric.better,
                    "untouched": short(_base(table, metric)),
                    "gain": data.pop("mean"),
                    **data,
                }
