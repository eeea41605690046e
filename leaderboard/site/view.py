"""What the template shows of one board, already worded and in columns: the template only places it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard.site.drawn import scale
from leaderboard.site.figure import Diagram, diagram
from leaderboard.site.findings import findings
from leaderboard.wording import clean_cell, decimals, remarks
from nlcl_bench.core.plain import plain
from nlcl_bench.evaluation.wording import ABSENT, ARROWS, SIGNS, benchmark_name, interval, number, partly
from nlcl_bench.metrics.spec import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.idempotence import Clean
    from leaderboard.people import People
    from leaderboard.rank import Cell, Ranking, Row
    from leaderboard.site.drawn import Drawn, Scale
    from nlcl_bench.evaluation.run import MetricEntry
    from nlcl_bench.metrics.spec import Family

__all__ = ["Section", "between", "section"]


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell in words; empty strings where there is nothing to say."""

    mean: str
    mark: str = ""
    change: str = ""
    interval: str = ""
    verdict: str = ""
    sign: str = ""
    n: str = ""
    value: str = ""
    """The number that the column is sorted by."""
    drawn: Drawn | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table."""

    row: Row
    mean_rank: str
    places: str
    cells: Sequence[CellView]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together, under a heading of their own."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head and foot.

    Attributes:
        key: What links and scripts call it.
        title: Its head.
        small: What stands under it.
        better: In which direction it is sorted first.
        metric: What it holds; None for mean ranks of a family and for the change on clean photographs.
        first: Whether a group of columns begins with it.
        group: The group's number.
        scale: On what its intervals are drawn.
        detectable: Its foot.
        missing: Labels of rows without it.
    """

    key: str
    title: str
    small: str
    better: str
    metric: MetricEntry | None
    first: bool
    group: int
    scale: Scale | None = None
    detectable: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Over:
    """A head over several columns."""

    title: str
    span: int
    group: int


@dataclass(frozen=True, slots=True)
class Section:
    """One board."""

    name: str
    ranking: Ranking
    overs: Sequence[Over]
    columns: Sequence[Column]
    groups: Sequence[Group]
    diagram: Diagram | None
    findings: Sequence[str]


def section(ranking: Ranking, boards: Sequence[Ranking], people: People | None = None) -> Section:
    """Word a board; ``boards`` are all of the site, ``people`` is what people think of its rows."""
    places = decimals(ranking)
    columns = [*_columns(ranking, places), *([] if people is None else [_people_column(ranking, people)])]
    return Section(
        name=benchmark_name(ranking.benchmark),
        ranking=ranking,
        overs=[*_overs(ranking), *([] if people is None else [Over("People", 1, columns[-1].group)])],
        columns=columns,
        groups=_groups(ranking, columns, places, people),
        diagram=diagram(ranking),
        findings=findings(ranking, boards),
    )


_TITLES: dict[str, str] = {
    "rain removed": "Rain removed",
    "content kept": "Content kept",
    "naturalness": "Naturalness, without a reference",
    "reference": "Against the clean photograph",
}


def _families(ranking: Ranking) -> list[tuple[Family, list[MetricEntry]]]:
    scores = [metric for metric in ranking.metrics if metric.role != "guard"]
    found = [(family, [metric for metric in scores if metric.family == family]) for family in FAMILIES]
    found.sort(key=lambda one: one[0] not in ranking.headline)  # what ranks comes first
    return [(family, metrics) for family, metrics in found if metrics]


def _guards(ranking: Ranking) -> list[MetricEntry]:
    return [metric for metric in ranking.metrics if metric.role == "guard"]


def _overs(ranking: Ranking) -> list[Over]:
    found = [
        Over(_TITLES[family], len(metrics) + (family in ranking.families), group)
        for group, (family, metrics) in enumerate(_families(ranking))
    ]
    guards = len(_guards(ranking)) + bool(ranking.clean)
    return [*found, Over("Guards, for the gates only", guards, len(found))] if guards else found


def _columns(ranking: Ranking, places: dict[str, int]) -> list[Column]:
    found: list[Column] = []
    for group, (family, metrics) in enumerate(_families(ranking)):
        if family in ranking.families:
            about = "in the headline" if family in ranking.headline else "not in the headline"
            key = f"rank-{family.replace(' ', '-')}"
            found.append(Column(key, "Mean rank", about, "lower", None, first=True, group=group))
        for metric in metrics:
            first = family not in ranking.families and metric is metrics[0]
            found.append(_column(metric, ranking, places[metric.id], first=first, group=group))
    guards, last = _guards(ranking), len(_families(ranking))
    found += [_column(metric, ranking, places[metric.id], first=metric is guards[0], group=last) for metric in guards]
    if ranking.clean:
        on = "photographs without rain"
        found.append(Column("clean", "Change on clean", on, "lower", None, first=not guards, group=last))
    return found


def _people_column(ranking: Ranking, people: People) -> Column:
    small = "than doing nothing" if people.against else "than the others"
    group = len(_overs(ranking))
    return Column("people", "Preferred", f"chance, {small}", "higher", None, first=True, group=group)


def _preferred(row: Row, people: People) -> CellView:
    one = people.rows.get(row.label)
    if one is None or one.chance is None:
        return CellView("")
    around = "" if one.low is None or one.high is None else f"[{100 * one.low:.0f}, {100 * one.high:.0f}] %"
    return CellView(f"{100 * one.chance:.0f} %", interval=around, n=f"{one.votes:,} votes", value=f"{one.chance:.6g}")


def _column(metric: MetricEntry, ranking: Ranking, places: int, *, first: bool, group: int) -> Column:
    guard = metric.role == "guard"
    smallest = ranking.detectable.get(metric.id)
    without = [row.label for row in ranking.rows if _cell(row, metric.id).mean is None]
    return Column(
        key=metric.name,
        title=plain(metric.title, 40),
        small="difference to the input" if guard else f"{ARROWS[metric.better]} {metric.better} is better",
        better="lower" if guard else metric.better,
        metric=metric,
        first=first,
        group=group,
        scale=None if guard else scale(ranking, metric.id),
        detectable=f"±{number(smallest, places)}" if smallest is not None else "",
        missing=", ".join(without[:5]),
    )


def _cell(row: Row, metric: str) -> Cell:
    return next(cell for cell in row.cells if cell.metric == metric)


def _groups(ranking: Ranking, columns: Sequence[Column], places: dict[str, int], people: People | None) -> list[Group]:
    def kind(row: Row) -> str:
        if not row.gates:
            return "Ranked" if row.place else "Methods"
        control = row.result.method.supervision == "control"
        return "Controls, not ranked" if control else "Shown, not ranked"

    titles = dict.fromkeys(kind(row) for row in ranking.rows)  # in the order of the rows
    return [
        Group(title, [_line(row, ranking, columns, places, people) for row in ranking.rows if kind(row) == title])
        for title in titles
    ]


def _line(row: Row, ranking: Ranking, columns: Sequence[Column], places: dict[str, int], people: People | None) -> Line:
    return Line(
        row=row,
        mean_rank="" if row.mean_rank is None else f"{row.mean_rank:.2f}",
        places=between(row),
        cells=[_any(row, column, ranking, places, people) for column in columns],
        notes=remarks(row, ranking),
    )


def between(row: Row) -> str:
    """Say between which places a row lies in 95 % of the draws; nothing where that is one place or not known."""
    places = None if row.standing is None else row.standing.places
    return "" if places is None or places[0] == places[1] else f"{places[0]} to {places[1]}"


def _any(row: Row, column: Column, ranking: Ranking, places: dict[str, int], people: People | None) -> CellView:
    if column.metric is not None:
        return _view(_cell(row, column.metric.id), ranking, places[column.metric.id], column.scale)
    if column.key == "people" and people is not None:
        return _preferred(row, people)
    if column.key == "clean" and ranking.clean is not None:
        return _on_clean(row, ranking.clean)
    families = {} if row.standing is None else row.standing.families
    value = next((rank for family, rank in families.items() if column.key == f"rank-{family.replace(' ', '-')}"), None)
    return _plain_cell("" if value is None else f"{value:.2f}", value)


def _plain_cell(mean: str, value: float | None) -> CellView:
    return CellView(mean, value="" if value is None else f"{value:.6g}")


def _on_clean(row: Row, clean: Clean) -> CellView:
    mean, around, note = clean_cell(row.label, clean)
    one = clean.rows[row.label].mean
    value = "" if one is None else f"{one:.6g}"
    return CellView("" if mean == ABSENT else mean, interval=around, n=note, value=value)


def _view(cell: Cell, ranking: Ranking, places: int, drawn_on: Scale | None) -> CellView:
    mean = "" if cell.mean is None else number(cell.mean, places)
    change = cell.change
    few = partly(cell.n if change is None else min(cell.n, change.n), ranking.benchmark) if cell.n else ""
    value = "" if cell.mean is None else f"{cell.mean:.6g}"
    if change is None:
        return CellView(mean, cell.mark or "", n=few, value=value)
    known = change.interval is not None
    return CellView(
        mean=mean,
        mark=cell.mark or "",
        change=number(change.mean, places, signed=True),
        interval=interval(change, places),
        verdict=change.verdict if known else "",
        sign=SIGNS[change.verdict] if known else "",
        n=few,
        value=value,
        drawn=None if drawn_on is None else drawn_on.draw(change),
    )
