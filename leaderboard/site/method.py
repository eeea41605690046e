"""The page of one method on one board: its card, its scores, where it did best and worst, and the files behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leaderboard.site.view import between
from leaderboard.wording import clean_cell, decimals, remarks
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.evaluation.changes import difference
from nlcl_bench.evaluation.wording import ABSENT, ARROWS, SIGNS, interval, number, partly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leaderboard.board import Board
    from leaderboard.costs import CostLine
    from leaderboard.rank import Cell, Ranking, Row
    from leaderboard.site.drawn import Drawn, Scale
    from nlcl_bench.evaluation.run import MetricEntry

__all__ = ["FILES", "MethodView", "method_view"]

FILES = ("run.json", "scores.parquet")
"""The files of a run that the site carries, so that every number can be traced to them."""

_MOST = 3
"""Photographs named at each end."""


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One metric in words."""

    title: str
    arrow: str
    mean: str
    change: str
    interval: str
    p: str
    verdict: str
    sign: str
    n: str
    family: str
    drawn: Drawn | None


@dataclass(frozen=True, slots=True)
class SliceLine:
    """One slice in words: where the method stands, and its change under every metric that ranks."""

    title: str
    images: int
    page: str
    place: str
    changes: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Extremes:
    """The photographs under which a metric changed most for the better and for the worse."""

    title: str
    best: Sequence[tuple[str, str]]
    worst: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class MethodView:
    """What the template shows of one method."""

    row: Row
    places: str
    families: Sequence[tuple[str, str]]
    scores: Sequence[ScoreLine]
    clean: tuple[str, str, str] | None
    notes: Sequence[str]
    slices: Sequence[SliceLine]
    slice_metrics: Sequence[str]
    extremes: Sequence[Extremes]
    cost: CostLine | None
    files: Sequence[tuple[str, str]]


def method_view(row: Row, board: Board, scales: Mapping[str, Scale]) -> MethodView:
    """Word the page of one row; ``scales`` are those that the board's columns are drawn on, by metric id."""
    ranking = board.ranking
    places = decimals(ranking)
    ranked = [metric for metric in ranking.metrics if metric.id in ranking.ranked_on]
    families = {} if row.standing is None else row.standing.families
    run = board.runs[row.label]
    return MethodView(
        row=row,
        places=between(row),
        families=[(family, f"{rank:.2f}") for family, rank in families.items()],
        scores=[
            _score(cell, metric, ranking, places[metric.id], scales.get(metric.id))
            for metric, cell in zip(ranking.metrics, row.cells, strict=True)
        ],
        clean=None if ranking.clean is None else clean_cell(row.label, ranking.clean),
        notes=remarks(row, ranking),
        slices=list(_slices(row.label, ranked, board)),
        slice_metrics=[metric.title for metric in ranked],
        extremes=list(_extremes(row, board, ranked, places)),
        cost=next((line for line in board.costs.lines if line.label == row.label), None) if board.costs else None,
        files=[(name, sha256_file(run.folder / name)) for name in FILES],
    )


def _score(cell: Cell, metric: MetricEntry, ranking: Ranking, decimal: int, drawn_on: Scale | None) -> ScoreLine:
    change = cell.change
    known = change is not None and change.interval is not None
    return ScoreLine(
        title=metric.title,
        arrow="" if metric.role == "guard" else ARROWS[metric.better],
        mean=ABSENT if cell.mean is None else number(cell.mean, decimal),
        change=ABSENT if change is None else number(change.mean, decimal, signed=True),
        interval=ABSENT if change is None else interval(change, decimal),
        p=chance(change.p) if change is not None and known else ABSENT,
        verdict=change.verdict if change is not None and known else "unclear",
        sign=SIGNS[change.verdict] if change is not None and known else "",
        n=partly(cell.n, ranking.benchmark) if cell.n else "",
        family="guard" if metric.role == "guard" else metric.family,
        drawn=None if change is None or drawn_on is None else drawn_on.draw(change),
    )


def chance(p: float) -> str:
    """Write a p-value.

    >>> chance(0.0312), chance(0.00002), chance(1.0)
    ('0.031', 'under 0.001', '1')
    """
    smallest = 0.001
    return f"{p:.2g}" if p >= smallest else "under 0.001"


def _slices(label: str, ranked: Sequence[MetricEntry], board: Board) -> Iterator[SliceLine]:
    for part, ranking in board.slices:
        row = next((row for row in ranking.rows if row.label == label), None)
        if row is not None:
            cells = {cell.metric: cell for cell in row.cells}
            place = (
                ABSENT if row.place is None else f"{row.place} of {sum(one.place is not None for one in ranking.rows)}"
            )
            changes = [_short(cells.get(metric.id), decimals(ranking).get(metric.id, 2)) for metric in ranked]
            yield SliceLine(f"{part.kind}: {part.title}", len(part.images), part.name, place, changes)


def _short(cell: Cell | None, places: int) -> tuple[str, str]:
    if cell is None or cell.change is None:
        return ABSENT, ""
    return number(cell.change.mean, places, signed=True), cell.change.verdict if cell.change.interval else ""


def _extremes(row: Row, board: Board, ranked: Sequence[MetricEntry], places: dict[str, int]) -> Iterator[Extremes]:
    """Yield where each ranking metric changed most against doing nothing; nothing where that is not known."""
    identity = board.ranking.identity
    if identity is None or row.label == identity:
        return
    base = board.runs[identity]
    for metric in ranked:
        changed = difference(board.runs[row.label], base, metric.id)
        there = np.flatnonzero(np.isfinite(changed))
        order = there[np.argsort(changed[there] * (1 if metric.better == "lower" else -1), kind="stable")]
        if len(order) < 2 * _MOST:
            continue
        named = [
            [(base.images[line], number(float(changed[line]), places[metric.id], signed=True)) for line in lines]
            for lines in (order[:_MOST], order[::-1][:_MOST])
        ]
        yield Extremes(metric.title, *named)
