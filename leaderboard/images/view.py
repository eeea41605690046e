"""What the page of one photograph shows, already worded: the template only places it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leaderboard.images.gallery import FOLDER
from leaderboard.images.pictures import CLEAN, INPUT
from leaderboard.wording import decimals
from nlcl_bench.core.plain import plain
from nlcl_bench.evaluation.changes import difference
from nlcl_bench.evaluation.wording import ABSENT, heading, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leaderboard.board import Board
    from leaderboard.images.pictures import Pictured
    from leaderboard.rank import Ranking
    from nlcl_bench.data.record import Record
    from nlcl_bench.evaluation.run import MetricEntry

__all__ = ["ImageView", "Tile", "image_views"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the photograph.

    Attributes:
        key: What the address calls it.
        title: What the page calls it.
        label: The row, if a method made it.
        folder: Where the pictures lie, from the board's folder.
        small_print: What stands below it.
    """

    key: str
    title: str
    label: str | None
    folder: str
    small_print: str = ""

    def at(self, kind: str) -> str:
        """Return the path of its thumbnail, whole picture or crop, from the board's folder."""
        return f"{self.folder}/{kind}/{self.key}.webp"


@dataclass(frozen=True, slots=True)
class Score:
    """A cell: the score of this photograph, what differs from doing nothing, and whether it is the best."""

    value: str
    change: str
    best: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table of scores."""

    label: str
    place: str
    scores: Sequence[Score]


@dataclass(frozen=True, slots=True)
class Tile:
    """A photograph in the list of all: its thumbnail, and under the first metric that ranks who did best and worst."""

    record: Record
    picture: Picture
    pictured: Pictured
    best: str
    worst: str


@dataclass(frozen=True, slots=True)
class ImageView:
    """What the template shows of one photograph; ``before`` and ``after`` are the ids of its neighbours."""

    tile: Tile
    facts: Sequence[tuple[str, str]]
    pictures: Sequence[Picture]
    heads: Sequence[str]
    lines: Sequence[Line]
    refused: Sequence[tuple[str, str]]
    first: tuple[str, str]
    before: str | None
    after: str | None

    @property
    def record(self) -> Record:
        """The photograph."""
        return self.tile.record


def image_views(board: Board) -> Iterator[ImageView]:
    """Yield the view of every photograph of a board that has pictures, in the release's order."""
    if board.photographs is None:
        return
    records = [record for record in board.photographs.records if record.image_id in board.pictures]
    ids: list[str | None] = [None, *(record.image_id for record in records), None]
    changes = _changes(board)
    for place, record in enumerate(records):
        pictured = board.pictures[record.image_id]
        pictures = list(_pictures(record, pictured, board.ranking))
        yield ImageView(
            tile=_tile(record, pictures[0], pictured, board.ranking, changes),
            facts=[(title, plain(text, 300)) for title, text in _facts(record) if text],
            pictures=pictures,
            heads=[heading(metric) for metric in board.ranking.metrics],
            lines=list(_lines(record, board, changes)),
            refused=[(one.label, one.why) for one in pictured.refused],
            first=_first(pictures),
            before=ids[place],
            after=ids[place + 2],
        )


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    yield "Author", record.rights.author
    yield "Licence", record.rights.licence
    yield "Published before", record.rights.source or ""
    yield "Size", f"{record.width:,} x {record.height:,} pixels"
    yield "Scene", record.scene_id
    yield "Rain", ", ".join(record.rain_kinds)
    yield "Time of day", record.time_of_day or ""
    yield "Camera", record.capture.camera
    yield "Made by", record.estimate or ""
    yield "Converted", record.converted or ""
    if record.blurred:
        yield "Made unrecognisable", f"{len(record.blurred)} places, in every output too: there it shows the input"


def _pictures(record: Record, pictured: Pictured, ranking: Ranking) -> Iterator[Picture]:
    """Yield the input, the clean photograph, and the outputs in the board's order."""
    folder = f"{FOLDER}/{record.image_id}"
    yield Picture(INPUT, "Input", None, folder, "the photograph")
    if CLEAN in pictured.names:
        yield Picture(CLEAN, "Clean", None, folder, "the same without rain")
    for row in ranking.rows:
        if row.label in pictured.names:
            standing = f"place {row.place}" if row.place else "not ranked"
            yield Picture(row.label, row.label, row.label, folder, standing)


def _first(pictures: Sequence[Picture]) -> tuple[str, str]:
    """Return what is compared before anybody chose: the input, and the best placed output."""
    methods = [picture for picture in pictures if picture.label]
    return INPUT, methods[0].key if methods else pictures[-1].key


def _changes(board: Board) -> Mapping[tuple[str, str], Mapping[str, float]]:
    """Return for every row and metric the change of every photograph that both it and doing nothing have."""
    if board.ranking.identity is None:
        return {}
    base = board.runs[board.ranking.identity]
    return {
        (label, metric.id): {
            image: float(value)
            for image, value in zip(base.images, difference(run, base, metric.id), strict=True)
            if np.isfinite(value)
        }
        for label, run in board.runs.items()
        if label != board.ranking.identity
        for metric in board.ranking.metrics
        if metric.role != "guard"
    }


def _tile(
    record: Record,
    picture: Picture,
    pictured: Pictured,
    ranking: Ranking,
    changes: Mapping[tuple[str, str], Mapping[str, float]],
) -> Tile:
    metric = next((metric for metric in ranking.metrics if metric.id in ranking.ranked_on), None)
    if metric is None:
        return Tile(record, picture, pictured, "", "")
    known = [
        (changes.get((row.label, metric.id), {}).get(record.image_id), row.label) for row in ranking.rows if row.place
    ]
    there = sorted((change, label) for change, label in known if change is not None)
    if not there:
        return Tile(record, picture, pictured, "", "")
    ends = there if metric.better == "lower" else there[::-1]
    places = decimals(ranking)[metric.id]
    best, worst = (f"{label} {number(change, places, signed=True)}" for change, label in (ends[0], ends[-1]))
    return Tile(record, picture, pictured, best, worst if len(there) > 1 else "")


def _lines(record: Record, board: Board, changes: Mapping[tuple[str, str], Mapping[str, float]]) -> Iterator[Line]:
    scores = {label: _scores(board, label, record.image_id) for label in board.runs}
    best = {
        metric.id: _best(metric, [scores[row.label][metric.id] for row in board.ranking.rows if row.place])
        for metric in board.ranking.metrics
    }
    places = decimals(board.ranking)
    for row in board.ranking.rows:
        cells = []
        for metric in board.ranking.metrics:
            value = scores[row.label][metric.id]
            change = changes.get((row.label, metric.id), {}).get(record.image_id)
            cells.append(
                Score(
                    ABSENT if value is None else number(value, places[metric.id]),
                    "" if change is None else number(change, places[metric.id], signed=True),
                    row.place is not None and value is not None and value == best[metric.id],
                )
            )
        yield Line(row.label, str(row.place or ABSENT), cells)


def _scores(board: Board, label: str, image_id: str) -> dict[str, float | None]:
    """Return the scores of a photograph by metric id; None where there is none."""
    run = board.runs[label]
    line = run.images.index(image_id) if image_id in run.images else None
    found: dict[str, float | None] = {}
    for metric in board.ranking.metrics:
        column = None if line is None else run.column(metric.id)
        value = None if column is None or line is None else float(column[line])
        found[metric.id] = value if value is not None and np.isfinite(value) else None
    return found


def _best(metric: MetricEntry, values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    if metric.role == "guard" or len(known) < 2:  # noqa: PLR2004 (one alone is not the best of any)
        return None
    return min(known) if metric.better == "lower" else max(known)
