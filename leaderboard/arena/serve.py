"""Arena: serve blind pairs to the browser of the person who votes, until they end it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from leaderboard.agreement import agree, by_benchmark
from leaderboard.arena.app import build_app
from leaderboard.arena.hall import open_hall
from leaderboard.attacks import parted
from leaderboard.photographs import photographs
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.loopback.serve import listening, serve_page
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.evaluation.intake import read_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from leaderboard.photographs import Photographs
    from nlcl_bench.evaluation.intake import Run

__all__ = ["serve"]


def serve(
    folders: Sequence[Path],
    data: str,
    votes: Path,
    *,
    rater: str,
    seed: int | None = None,
    port: int = 0,
    open_browser: bool = True,
    say: Callable[[str], None],
    track: Track = silent,
) -> int:
    """Serve the arena on this machine only, until Ctrl-C; return how many votes were given.

    Args:
        folders: Folders of run folders with their outputs.
        data: The release that they are about.
        votes: The file of votes.
        rater: A pseudonym of who votes.
        seed: Draws pairs; None for another each time.
        port: The port; 0 takes a free one.
        open_browser: Whether to open the page, too.
        say: Gets what the person should know, a line each.
        track: Shows progress.

    Raises:
        InputError: No run is on the release, no photograph has two outputs, the votes are damaged, or the port is
            taken.
    """
    runs, there = _on(folders, data, track)
    drawn = secrets.randbelow(2**32) if seed is None else seed
    with listening(port) as listener:
        hall = open_hall(runs, there, votes, rater=rater, seed=drawn, track=track)
        what = f"{len(hall.there)} photographs, {len(runs)} methods, {len(hall.votes)} votes so far"
        serve_page(build_app(hall), listener, name="arena", what=what, open_browser=open_browser, say=say)
    return hall.mine


def _on(folders: Sequence[Path], data: str, track: Track) -> tuple[list[Run], Photographs]:
    """Return the runs that are on a release, those of the board with the most runs, and its photographs."""
    found, _ = read_all(folders, track=track)
    boards = []
    for group in by_benchmark(parted(found)[0]):
        kept, _ = agree(group)
        there = photographs(kept[0].result.benchmark, [data]) if kept else None
        if there is not None:
            boards.append((kept, there))
    if not boards:
        where = ", ".join(map(str, folders))
        raise InputError("holds no run on this release", where=where, fix="give the release that they were made on")
    return max(boards, key=lambda one: len(one[0]))
