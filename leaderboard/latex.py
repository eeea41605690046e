"""The board for a paper: LaTeX tables with intervals, for the package booktabs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leaderboard.wording import decimals
from nlcl_bench.core.plain import plain
from nlcl_bench.evaluation.wording import benchmark_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.rank import Cell, Ranking, Row
    from nlcl_bench.evaluation.run import MetricEntry

__all__ = ["latex"]

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
_ARROWS = {"lower": r"$\downarrow$", "higher": r"$\uparrow$"}


def latex(rankings: Sequence[Ranking]) -> str:
    """Return a table for every board: places with intervals, and of each metric that ranks the mean and its change.

    Whatever is not plain ASCII in strangers' texts becomes a question mark, so that every engine compiles it.
    """
    return "\n".join(["% Needs \\usepackage{booktabs}.", *map(_table, rankings)]) + "\n"


def _table(ranking: Ranking) -> str:
    metrics = [metric for metric in ranking.metrics if metric.role != "guard" and _shown(metric, ranking)]
    places = decimals(ranking)
    heads = ["Place", "Method", *(f"{_escaped(metric.title)} {_ARROWS[metric.better]}" for metric in metrics)]
    lines = [
        "",
        r"\begin{table}",
        r"\centering",
        r"\begin{tabular}{rl" + "r" * len(metrics) + "}",
        r"\toprule",
        " & ".join(heads) + r" \\",
        r"\midrule",
    ]
    ranked = True
    for row in ranking.rows:
        if ranked and row.place is None and lines[-1] != r"\midrule":
            lines.append(r"\midrule")
        ranked = row.place is not None
        lines.append(_line(row, metrics, places))
    caption = f"{benchmark_name(ranking.benchmark)}: {ranking.benchmark.images} images of {ranking.scenes} scenes"
    lines += [
        r"\bottomrule",
        r"\end{tabular}",
        rf"\caption{{{_escaped(caption)}, protocol {ranking.protocol}. {_LEGEND}}}",
        r"\end{table}",
    ]
    return "\n".join(lines)


_LEGEND = (
    r"Means; below them the change against doing nothing with its 95\,\% interval by scenes. "
    r"Beside a place stands its interval. Best in bold, second underlined."
)


def _shown(metric: MetricEntry, ranking: Ranking) -> bool:
    """Whether a metric makes the rank, or would if nothing else did."""
    return metric.id in ranking.ranked_on or not ranking.ranked_on


def _line(row: Row, metrics: Sequence[MetricEntry], places: dict[str, int]) -> str:
    cells = {cell.metric: cell for cell in row.cells}
    values = [_cell(cells[metric.id], places[metric.id]) for metric in metrics]
    return " & ".join([_place(row), _escaped(row.label), *values]) + r" \\"


def _place(row: Row) -> str:
    if row.standing is None:
        return "--"
    around = row.standing.places
    return f"{row.standing.place}" if around is None else f"{row.standing.place} [{around[0]}--{around[1]}]"


def _cell(cell: Cell, places: int) -> str:
    if cell.mean is None:
        return "--"
    mean = f"{cell.mean:.{places}f}".replace("-", "$-$")
    text = {"best": rf"\textbf{{{mean}}}", "second": rf"\underline{{{mean}}}", None: mean}[cell.mark]
    if cell.change is None:
        return text
    change = f"{cell.change.mean:+.{places}f}"
    if cell.change.interval is not None:
        change += f" [{cell.change.interval.low:+.{places}f}, {cell.change.interval.high:+.{places}f}]"
    small = change.replace("-", "$-$")
    return rf"\begin{{tabular}}[t]{{@{{}}r@{{}}}}{text}\\{{\scriptsize {small}}}\end{{tabular}}"


def _escaped(text: str) -> str:
    r"""Escape what LaTeX would take for markup.

    >>> print(_escaped("50 % of a_b\\c"))
    50 \% of a\_b\textbackslash{}c
    """
    escaped = "".join(_SPECIAL.get(sign, sign) for sign in plain(text, 120))
    return re.sub(r"[^\x20-\x7e]", "?", escaped)
