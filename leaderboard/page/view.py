"""What the template shows of one board, already worded: the template only places it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard.page.plot import panels
from leaderboard.wording import clean_cell, clean_finding, decimals, missing_everywhere, remarks
from nlcl_bench.core.plain import plain
from nlcl_bench.evaluation.wording import ABSENT, ARROWS, SIGNS, benchmark_name, interval, number, partly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.costs import CostTable
    from leaderboard.idempotence import Clean
    from leaderboard.rank import Cell, Ranking, Row
    from nlcl_bench.evaluation.panels import Panel
    from nlcl_bench.evaluation.run import MetricEntry, RunResult

__all__ = ["Section", "section"]

_FEW_SCENES = 20  # below, the percentile bootstrap covers the true mean of normal scores in under 92 % of cases

_VERDICTS = {"better": "better than doing nothing", "worse": "worse than doing nothing", "unclear": "not told apart"}


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell in words; empty strings where there is nothing to say."""

    mean: str
    mark: str
    change: str
    interval: str
    verdict: str
    sign: str
    words: str
    n: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table."""

    row: Row
    mean_rank: str
    cells: Sequence[CellView]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together, under a heading of their own."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head and foot."""

    metric: MetricEntry
    arrow: str
    detectable: str
    missing: str


@dataclass(frozen=True, slots=True)
class Section:
    """One benchmark."""

    anchor: str
    name: str
    ranking: Ranking
    columns: Sequence[Column]
    scored: int
    groups: Sequence[Group]
    panels: Sequence[Panel]
    findings: Sequence[str]
    runs: Sequence[RunResult]
    attacks: str | None
    costs: CostTable | None


def section(
    ranking: Ranking, position: int, boards: Sequence[Ranking], attacks: str | None, costs: CostTable | None
) -> Section:
    """Word the board at a position, which starts at 1, among all boards of the page.

    ``attacks`` is the page that says how its metrics can be gamed, or None; ``costs`` is what its rows cost.
    """
    places = decimals(ranking)
    return Section(
        anchor=f"board-{position}",
        name=benchmark_name(ranking.benchmark),
        ranking=ranking,
        columns=[_column(metric, ranking, places[metric.id]) for metric in ranking.metrics],
        scored=sum(metric.role != "guard" for metric in ranking.metrics),
        groups=_groups(ranking, places),
        panels=panels(ranking),
        findings=[*_limited(ranking, boards), *_rank_findings(ranking), *_beaten(ranking), *_clean(ranking)],
        runs=[row.result for row in ranking.rows],
        attacks=attacks,
        costs=costs,
    )


def _column(metric: MetricEntry, ranking: Ranking, places: int) -> Column:
    arrow = "" if metric.role == "guard" else f"{ARROWS[metric.better]} {metric.better} is better"
    smallest = ranking.detectable.get(metric.id)
    without = [row.label for row in ranking.rows if _cell(row, metric.id).mean is None]
    return Column(metric, arrow, f"±{number(smallest, places)}" if smallest is not None else "", ", ".join(without[:5]))


def _cell(row: Row, metric: str) -> Cell:
    return next(cell for cell in row.cells if cell.metric == metric)


def _groups(ranking: Ranking, places: dict[str, int]) -> list[Group]:
    def kind(row: Row) -> str:
        if not row.gates:
            return "Ranked" if row.place else "Methods"
        control = row.result.method.supervision == "control"
        return "Controls, not ranked" if control else "Shown, not ranked"

    titles = dict.fromkeys(kind(row) for row in ranking.rows)  # in the order of the rows
    return [
        Group(title, [_line(row, ranking, places) for row in ranking.rows if kind(row) == title]) for title in titles
    ]


def _line(row: Row, ranking: Ranking, places: dict[str, int]) -> Line:
    cells = [_view(cell, ranking, places[cell.metric]) for cell in row.cells]
    cells += [_on_clean(row, ranking.clean)] if ranking.clean else []
    return Line(row, "" if row.mean_rank is None else f"{row.mean_rank:.2f}", cells, remarks(row, ranking))


def _on_clean(row: Row, clean: Clean) -> CellView:
    mean, around, note = clean_cell(row.label, clean)
    return CellView("" if mean == ABSENT else mean, "", "", around, "", "", "", note)


def _view(cell: Cell, ranking: Ranking, places: int) -> CellView:
    mean = "" if cell.mean is None else number(cell.mean, places)
    change = cell.change
    few = partly(cell.n if change is None else min(cell.n, change.n), ranking.benchmark) if cell.n else ""
    if change is None:
        return CellView(mean, cell.mark or "", "", "", "", "", "", few)
    known = change.interval is not None
    return CellView(
        mean=mean,
        mark=cell.mark or "",
        change=number(change.mean, places, signed=True),
        interval=interval(change, places),
        verdict=change.verdict if known else "",
        sign=SIGNS[change.verdict] if known else "",
        words=_VERDICTS[change.verdict] if known else "",
        n=few,
    )


def _titles(ranking: Ranking, ids: Sequence[str]) -> str:
    return ", ".join(plain(metric.title, 40) for metric in ranking.metrics if metric.id in ids)


def _limited(ranking: Ranking, boards: Sequence[Ranking]) -> list[str]:
    """Say so if these are not all images of the split, or another board of this page shows it with more."""
    name, images, whole = benchmark_name(ranking.benchmark), ranking.benchmark.images, ranking.benchmark.first_of
    if whole is not None:
        return [f"Only the first {images:,} of {whole:,} images: nothing here is a result on the whole split."]
    most = max(board.benchmark.images for board in boards if benchmark_name(board.benchmark) == name)
    return [f"Only {images:,} images: another board of this split has {most:,}."] if images < most else []


def _rank_findings(ranking: Ranking) -> list[str]:
    """Say what the rank is made of, or why there is none."""
    found = []
    if ranking.ranked_on:
        found.append(f"The rank is the mean rank over {_titles(ranking, ranking.ranked_on)}; no metric has a weight.")
    elif all(row.gates for row in ranking.rows):
        found.append("No rank is given: every row is a control or fails a gate.")
    elif not ranking.left_out:
        found.append("No rank is given: none of these metrics is admitted to ranking; they are shown only.")
    else:
        found.append("No rank is given: no metric that ranks was measured for every row.")
    if ranking.left_out and not all(row.gates for row in ranking.rows):
        found.append(f"Left out of the rank, because some row lacks it: {_titles(ranking, ranking.left_out)}.")
    if missing_everywhere(ranking):
        found.append(f"No run could measure {_and(missing_everywhere(ranking))}; run.json says why.")
    if ranking.identity is None:
        found.append("Nobody sent a run of identity, the control that does nothing: changes cannot be shown.")
    elif ranking.scenes < 2:  # noqa: PLR2004 (one scene gives no spread)
        found.append("All images show one scene: how far the changes can be trusted cannot be told.")
    elif ranking.scenes < _FEW_SCENES:
        found.append(f"Only {ranking.scenes} scenes: intervals from so few are too narrow; take them as a hint.")
    return found


def _beaten(ranking: Ranking) -> list[str]:
    """Name the columns under which a control scores better than every method: such a column cannot be read alone."""
    titles: dict[str, list[str]] = {}
    for metric in ranking.metrics:
        methods = [row for row in ranking.rows if not row.gates and _cell(row, metric.id).mean is not None]
        if metric.role == "guard" or not methods:
            continue
        best = min(_badness(row, metric) for row in methods)
        for row in ranking.rows:
            control = row.result.method.supervision == "control"
            whole = not partly(_cell(row, metric.id).n, ranking.benchmark)
            if control and whole and _badness(row, metric) < best:
                titles.setdefault(row.label, []).append(plain(metric.title, 40))
    return [_beaten_by(label, names, ranking) for label, names in titles.items()]


def _beaten_by(label: str, titles: Sequence[str], ranking: Ranking) -> str:
    if label == ranking.identity:
        return f"No method that could be ranked has a better mean than doing nothing under {_and(titles)}."
    beaten = f"The control {label} scores better than every method that could be ranked under {_and(titles)}"
    return f"{beaten}: such a score is no proof that rain was removed."


def _clean(ranking: Ranking) -> list[str]:
    return [clean_finding(ranking.clean)] if ranking.clean else []


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _badness(row: Row, metric: MetricEntry) -> float:
    mean = _cell(row, metric.id).mean
    if mean is None:
        return float("inf")
    return mean if metric.better == "lower" else -mean
