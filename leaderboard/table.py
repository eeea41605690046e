"""The board as a table: Markdown for papers and pull requests, rows of text for the terminal."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from leaderboard.costs import COLUMNS
from leaderboard.wording import ON_CLEAN, clean_cell, clean_finding, decimals, remarks
from nlcl_bench.evaluation.wording import ABSENT, ARROWS, SIGNS, benchmark_name, changed, heading, number, over, partly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.costs import CostTable
    from leaderboard.rank import Cell, Ranking, Row
    from nlcl_bench.evaluation.intake import Refusal

__all__ = ["markdown", "terminal"]

_LEGEND = (
    "Each cell is the mean, then its change against doing nothing with a 95 % interval. "
    f"{ARROWS['lower']} lower is better, {ARROWS['higher']} higher is better. "
    f"{SIGNS['better']} better than doing nothing, {SIGNS['worse']} worse, "
    f"{SIGNS['unclear']} cannot be told apart. Best ranked mean in bold, second in italics."
)


def terminal(ranking: Ranking) -> tuple[list[str], list[list[str]]]:
    """Return the columns and rows of a board for a terminal: means, and changes with the sign of their verdict."""
    places = decimals(ranking)
    titles = [*(heading(metric) for metric in ranking.metrics), *([ON_CLEAN] if ranking.clean else [])]
    columns = ["rank", "method", *titles, "not ranked because"]
    return columns, [_terminal_row(row, ranking, places) for row in ranking.rows]


def _terminal_row(row: Row, ranking: Ranking, places: dict[str, int]) -> list[str]:
    cells = [_short(cell, ranking, places[cell.metric]) for cell in row.cells]
    cells += [" ".join(_on_clean(row, ranking))] if ranking.clean else []
    return [_place(row), row.label, *cells, "; ".join(gate.name for gate in row.gates)]


def _short(cell: Cell, ranking: Ranking, places: int) -> str:
    if cell.mean is None:
        return ABSENT
    text = over(number(cell.mean, places), cell.n, ranking.benchmark)
    if cell.change is None:
        return text
    sign = SIGNS[cell.change.verdict] if cell.change.interval else ""
    change = f"{number(cell.change.mean, places, signed=True)}{sign}"
    return f"{text} ({over(change, cell.change.n, ranking.benchmark)})"


def _on_clean(row: Row, ranking: Ranking) -> list[str]:
    """Return what the cell of a row says of photographs without rain: mean, interval, and what is not whole."""
    if ranking.clean is None:
        return []
    mean, around, note = clean_cell(row.label, ranking.clean)
    return [one for one in (mean, around, note and f"({note})") if one]


def _place(row: Row) -> str:
    return ABSENT if row.place is None else str(row.place)


def markdown(rankings: Sequence[Ranking], refusals: Sequence[Refusal], costs: Sequence[CostTable | None]) -> str:
    """Return all boards as Markdown, each with what its rows cost where that is known; text from outside is escaped."""
    blocks = ["# Leaderboard"]
    for ranking, cost in zip(rankings, costs, strict=True):
        blocks += [_board(ranking), *([] if cost is None else [_spent(cost)])]
    if refusals:
        blocks.append("## Refused run folders\n\n" + "\n".join(f"- {_escaped(str(one))}" for one in refusals))
    return "\n\n".join(blocks) + "\n"


def _board(ranking: Ranking) -> str:
    places = decimals(ranking)
    titles = [*(_escaped(heading(metric)) for metric in ranking.metrics), *([ON_CLEAN] if ranking.clean else [])]
    about = f"{ranking.benchmark.images:,} images, {ranking.scenes:,} scenes, protocol {ranking.protocol}. {_LEGEND}"
    lines = [
        f"## {_escaped(benchmark_name(ranking.benchmark))}",
        "",
        about,
        "",
        *([_escaped(clean_finding(ranking.clean)), ""] if ranking.clean else []),
        *([] if ranking.identity else ["There is no run of `identity`, so changes cannot be shown.", ""]),
        f"| {' | '.join(['Rank', 'Method', 'Supervision', *titles, 'Notes'])} |",
        f"|--:|:--|:--|{'--:|' * len(titles)}:--|",
        *(_line(row, ranking, places) for row in ranking.rows),
    ]
    return "\n".join(lines)


def _spent(cost: CostTable) -> str:
    lines = [
        "### Cost",
        "",
        _escaped(cost.measured),
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|:--|{'--:|' * (len(COLUMNS) - 1)}",
        *(f"| {' | '.join([_escaped(line.label), *line.numbers])} |" for line in cost.lines),
    ]
    return "\n".join(lines)


def _line(row: Row, ranking: Ranking, places: dict[str, int]) -> str:
    notes = _escaped("; ".join(remarks(row, ranking)))
    cells = [_long(cell, ranking, places[cell.metric]) for cell in row.cells]
    cells += ["<br>".join(map(_escaped, _on_clean(row, ranking)))] if ranking.clean else []
    return f"| {' | '.join([_place(row), _escaped(row.label), row.result.method.supervision, *cells, notes])} |"


def _long(cell: Cell, ranking: Ranking, places: int) -> str:
    if cell.mean is None:
        return ABSENT
    around = {"best": "**", "second": "*", None: ""}[cell.mark]
    lines = [f"{around}{number(cell.mean, places)}{around}", partly(cell.n, ranking.benchmark)]
    if cell.change is not None:
        few = partly(cell.change.n, ranking.benchmark) if cell.change.n != cell.n else ""
        lines += [changed(cell.change, places), few]
    return "<br>".join(line for line in lines if line)


def _escaped(text: str) -> str:
    r"""Escape HTML and what Markdown would take for markup, the table's own bars included.

    >>> print(_escaped("<b>|[x](y)"))
    &lt;b&gt;\|\[x\](y)
    """
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", html.escape(text, quote=False))
