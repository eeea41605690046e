"""From run folders to the files of the board: the one function behind ``nlcl-bench leaderboard build``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard.agreement import agree, by_benchmark
from leaderboard.export import as_csv, as_json
from leaderboard.intake import read_all
from leaderboard.page.page import page
from leaderboard.rank import rank
from leaderboard.table import markdown
from nlcl_bench.core.errors import InputError, RunError
from nlcl_bench.core.files import make_folder, writing
from nlcl_bench.core.progress import silent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from leaderboard.intake import Refusal
    from leaderboard.rank import Ranking
    from nlcl_bench.core.progress import Track

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


def build(folders: Sequence[Path], into: Path, *, draws: int = 2000, seed: int = 0, track: Track = silent) -> Built:
    """Read the run folders below some folders, rank them, and write page, Markdown, CSV and JSON.

    Equal runs give equal bytes, whatever their order and wherever they lie.

    Raises:
        InputError: A folder does not exist, or none holds a run folder.
        RunError: Every run folder was refused.
        StorageError: The files cannot be written.
    """
    runs, refusals = read_all(folders, track=track)
    if not runs and not refusals:
        raise InputError(
            "holds no run folder", where=", ".join(map(str, folders)), fix="make one with `nlcl-bench evaluate`"
        )
    rankings: list[Ranking] = []
    for group in by_benchmark(runs):
        kept, refused = agree(group)
        refusals += refused
        if kept:
            rankings.append(rank(kept, draws=draws, seed=seed))
    refusals.sort(key=lambda one: (one.where, one.why))
    if not rankings:
        raise RunError("every run folder was refused", where=str(refusals[0]), fix="see the reason given")
    texts = {
        "leaderboard.json": as_json(rankings, refusals),
        "leaderboard.csv": as_csv(rankings),
        "leaderboard.md": markdown(rankings, refusals),
        "index.html": page(rankings, refusals),
    }
    _write(texts, make_folder(into))
    return Built(tuple(rankings), tuple(refusals), into / "index.html")


def _write(texts: dict[str, str], into: Path) -> None:
    for name, text in texts.items():
        with writing(into / name) as part:
            part.write_text(text, encoding="utf-8", newline="\n")
