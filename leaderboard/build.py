"""From run folders to the files of the board: the one function behind ``nlcl-bench leaderboard build``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leaderboard.agreement import agree, by_benchmark
from leaderboard.attacks import found_for, parted, tables
from leaderboard.board import Board
from leaderboard.costs import cost_table
from leaderboard.events import SELF_REPORTED, statuses
from leaderboard.export import as_csv, as_json
from leaderboard.images.gallery import gallery
from leaderboard.images.pages import picture_files
from leaderboard.latex import latex
from leaderboard.people import people
from leaderboard.photographs import photographs
from leaderboard.rank import rank
from leaderboard.site.folder import write_site
from leaderboard.site.method import FILES
from leaderboard.site.paths import folders as folder_names
from leaderboard.site.site import site
from leaderboard.slices import cut, slices
from leaderboard.table import markdown
from leaderboard.votes import read_votes
from nlcl_bench.core.errors import InputError, RunError
from nlcl_bench.core.files import make_folder
from nlcl_bench.core.plain import plain
from nlcl_bench.core.progress import silent
from nlcl_bench.evaluation.costs import read_costs
from nlcl_bench.evaluation.intake import Refusal, read_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from leaderboard.events import Status
    from leaderboard.images.gallery import Making
    from leaderboard.rank import Ranking
    from nlcl_bench.core.progress import Track
    from nlcl_bench.evaluation.attack_table import AttackTable
    from nlcl_bench.evaluation.costs import Costs
    from nlcl_bench.evaluation.intake import Run

__all__ = ["Built", "build"]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made.

    Attributes:
        rankings: One per benchmark.
        refusals: The run folders that are on no board.
        page: The first page's path.
        boards: The page of each board, in their order.
        unmatched: Names of the boards whose photographs are in none of the releases given.
        unshown: Outputs that lie in run folders and are on no page, each with the reason.
    """

    rankings: tuple[Ranking, ...]
    refusals: tuple[Refusal, ...]
    page: Path
    boards: tuple[Path, ...]
    unmatched: tuple[str, ...]
    unshown: tuple[str, ...] = ()


def build(
    folders: Sequence[Path],
    into: Path,
    *,
    data: Sequence[str] = (),
    draws: int = 2000,
    seed: int = 0,
    costs: Path | None = None,
    votes: Path | None = None,
    pictures: Making | None = None,
    track: Track = silent,
) -> Built:
    """Read the run folders below some folders, rank them, and write the site, with Markdown, LaTeX, CSV and JSON.

    Runs of attacks are on no board; a page says what each metric gains by them, and the board of their split links it.

    Equal runs give equal bytes, whatever their order and wherever they lie.

    Args:
        folders: Folders of run folders.
        into: Folder of the site.
        data: Releases that hold the photographs of boards: these are then ranked by slices too.
        draws: Draws of the bootstrap.
        seed: Its seed.
        costs: The file of what methods cost, to be shown beside them.
        votes: A file of people's votes on pairs of outputs.
        pictures: How photographs whose outputs the run folders carry get pages; None for no such pages.
        track: Shows progress.

    Raises:
        InputError: A folder does not exist, none holds a run folder, or the file of costs is none.
        RunError: Every run folder was refused.
        StorageError: The files cannot be written.
    """
    known = None if costs is None else read_costs(costs)
    runs, refusals = read_all(folders, track=track)
    if not runs and not refusals:
        raise InputError(
            "holds no run folder", where=", ".join(map(str, folders)), fix="make one with `nlcl-bench evaluate`"
        )
    said, refused = statuses(runs, folders)
    refusals += refused
    if votes is not None and not votes.exists():
        raise InputError("no such file of votes", where=votes, fix="check the spelling")
    voted, refused = ([], []) if votes is None else read_votes(votes)
    refusals += refused
    refusals += [_withdrawn(run, said[run.shown][1]) for run in runs if _status(run, said) == "withdrawn"]
    methods, attacks = parted([run for run in runs if _status(run, said) != "withdrawn"])
    gamed, refused = tables(attacks, draws=draws, seed=seed)
    refusals += refused
    groups: list[list[Run]] = []
    for group in by_benchmark(methods):
        kept, refused = agree(group)
        refusals += refused
        groups += [kept] if kept else []
    refusals.sort(key=lambda one: (one.where, one.why))
    if not groups and not refusals:
        raise InputError("holds runs of attacks only", where=", ".join(map(str, folders)), fix="evaluate a method too")
    if not groups:
        raise RunError("every run folder was refused", where=str(refusals[0]), fix="see the reason given")
    rankings = [
        rank(group, groups, draws=draws, seed=seed) for group in track(groups, what="ranking", total=len(groups))
    ]
    boards = [
        _board(name, ranking, group, data, gamed, known, {run.result.label: _status(run, said) for run in group})
        for name, ranking, group in zip(folder_names(rankings), rankings, groups, strict=True)
    ]
    boards = [replace(board, people=people(voted, board.ranking, board.runs)) for board in boards]
    make_folder(into)
    if pictures is not None:
        boards = [_pictured(board, into, pictures, track) for board in boards]
    write_site(_files(boards, refusals, known, into), into)
    unmatched = [board.folder for board in boards if data and board.photographs is None]
    pages = tuple(into / board.folder / "index.html" for board in boards)
    unshown = tuple(
        f"{board.folder}, {image_id}, output of {one.label}: {one.why}"
        for board in boards
        for image_id, pictured in board.pictures.items()
        for one in pictured.refused
    )
    return Built(tuple(rankings), tuple(refusals), into / "index.html", pages, tuple(unmatched), unshown)


def _status(run: Run, said: Mapping[str, tuple[Status, str]]) -> Status:
    return said.get(run.shown, (SELF_REPORTED, ""))[0]


def _withdrawn(run: Run, why: str) -> Refusal:
    return Refusal(run.shown, f"was withdrawn: {plain(why)}", "see events.jsonl")


def _board(
    name: str,
    ranking: Ranking,
    runs: Sequence[Run],
    data: Sequence[str],
    gamed: Sequence[AttackTable],
    costs: Costs | None,
    said: Mapping[str, Status],
) -> Board:
    found = photographs(ranking.benchmark, data)
    parts = [] if found is None else slices(found.records)
    return Board(
        folder=name,
        ranking=ranking,
        runs={run.result.label: run for run in runs},
        slices=[(part, rank(cut(runs, part.images), draws=ranking.draws, seed=ranking.seed)) for part in parts],
        photographs=found,
        attacks=found_for(ranking.benchmark, gamed),
        costs=cost_table(ranking, costs),
        statuses=said,
    )


def _pictured(board: Board, into: Path, how: Making, track: Track) -> Board:
    if board.photographs is None:
        return board
    made = gallery(board.photographs, board.runs, into / board.folder, how=how, track=track)
    return replace(board, pictures=made)


def _files(
    boards: Sequence[Board], refusals: Sequence[Refusal], costs: Costs | None, into: Path
) -> Iterator[tuple[str, str | Path]]:
    rankings = [board.ranking for board in boards]
    yield "leaderboard.json", as_json(boards, refusals, costs)
    yield "leaderboard.csv", as_csv(boards)
    yield "leaderboard.md", markdown(rankings, refusals, [board.costs for board in boards])
    yield "leaderboard.tex", latex(rankings)
    for board in boards:
        for label, run in board.runs.items():
            for name in FILES:
                yield f"{board.folder}/runs/{label}/{name}", run.folder / name
        yield from picture_files(board, into)
    yield from site(boards, refusals)
