"""From run folders to the files of the board: the one function behind ``nlcl-bench leaderboard build``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard.agreement import agree, by_benchmark
from leaderboard.attacks import link_for, page_name, parted, tables
from leaderboard.costs import cost_table
from leaderboard.export import as_csv, as_json
from leaderboard.page.page import page
from leaderboard.rank import rank
from leaderboard.table import markdown
from nlcl_bench.core.errors import InputError, RunError
from nlcl_bench.core.files import make_folder, write_texts
from nlcl_bench.core.progress import silent
from nlcl_bench.evaluation import attack_texts
from nlcl_bench.evaluation.costs import read_costs
from nlcl_bench.evaluation.intake import read_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from leaderboard.rank import Ranking
    from nlcl_bench.core.progress import Track
    from nlcl_bench.evaluation.intake import Refusal, Run

__all__ = ["Built", "build"]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made.

    Attributes:
        rankings: One per benchmark.
        refusals: The run folders that are on no board.
        page: The page's path.
    """

    rankings: tuple[Ranking, ...]
    refusals: tuple[Refusal, ...]
    page: Path


def build(
    folders: Sequence[Path],
    into: Path,
    *,
    draws: int = 2000,
    seed: int = 0,
    costs: Path | None = None,
    track: Track = silent,
) -> Built:
    """Read the run folders below some folders, rank them, and write page, Markdown, CSV and JSON.

    Runs of attacks are on no board; a page says what each metric gains by them, and the board of their split links it.

    Equal runs give equal bytes, whatever their order and wherever they lie.

    Args:
        folders: Folders of run folders.
        into: Folder of the files.
        draws: Draws of the bootstrap.
        seed: Its seed.
        costs: The file of what methods cost, to be shown beside them.
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
    methods, attacks = parted(runs)
    gamed, refused = tables(attacks, draws=draws, seed=seed)
    refusals += refused
    boards: list[list[Run]] = []
    for group in by_benchmark(methods):
        kept, refused = agree(group)
        refusals += refused
        boards += [kept] if kept else []
    rankings = [rank(board, boards, draws=draws, seed=seed) for board in boards]
    refusals.sort(key=lambda one: (one.where, one.why))
    if not rankings and not refusals:
        raise InputError("holds runs of attacks only", where=", ".join(map(str, folders)), fix="evaluate a method too")
    if not rankings:
        raise RunError("every run folder was refused", where=str(refusals[0]), fix="see the reason given")
    links = [link_for(ranking.benchmark, gamed) for ranking in rankings]
    spent = [cost_table(ranking, known) for ranking in rankings]
    texts = {
        "leaderboard.json": as_json(rankings, refusals, known),
        "leaderboard.csv": as_csv(rankings),
        "leaderboard.md": markdown(rankings, refusals, spent),
        "index.html": page(rankings, refusals, links, spent),
        **{page_name(number): attack_texts.page(table) for number, table in enumerate(gamed, start=1)},
    }
    write_texts(texts, make_folder(into))
    return Built(tuple(rankings), tuple(refusals), into / "index.html")
