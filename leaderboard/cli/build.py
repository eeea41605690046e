"""``nlcl-bench leaderboard build``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli import console

__all__ = ["build"]

_MOST = 10


def build(
    runs: Annotated[list[Path], typer.Argument(help="Folders of run folders; they are searched to any depth.")],
    into: Annotated[Path, typer.Option(help="Folder of the site; its first page is index.html.")],
    data: Annotated[
        list[str] | None,
        typer.Option(help="A release that boards are about: they get slices, and pages of photographs."),
    ] = None,
    draws: Annotated[int, typer.Option(min=100, max=100_000, help="Draws of the bootstrap.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 0,
    costs: Annotated[
        Path | None, typer.Option(help="File of what methods cost, from `nlcl-bench methods --cost --into`.")
    ] = None,
    votes: Annotated[Path | None, typer.Option(help="File of people's votes, from `nlcl-bench arena`.")] = None,
    *,
    pictures: Annotated[
        bool, typer.Option(help="Make pages of the photographs of --data whose outputs run folders hold in restored/.")
    ] = True,
    most_images: Annotated[
        int | None, typer.Option(min=1, help="At most so many photographs of each board, spread over scenes.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes that make pictures.")] = 1,
) -> None:
    """Build the board of every benchmark that the run folders are about.

    Run folders that cannot be trusted are refused, each with its reason; the others are ranked.

    \b
    Examples:
      nlcl-bench leaderboard build runs --into board
      nlcl-bench leaderboard build runs/street-rain their-runs --into board --draws 10000
      nlcl-bench leaderboard build runs --into board --data release/
      nlcl-bench leaderboard build runs --into board --data release/ --most-images 50 --jobs 4
      nlcl-bench leaderboard build runs --into board --costs costs/costs.json
    """
    from leaderboard.build import build as build_board
    from leaderboard.images.gallery import Making
    from leaderboard.table import terminal
    from nlcl_bench.evaluation.wording import benchmark_name

    built = build_board(
        runs,
        into,
        data=data or (),
        draws=draws,
        seed=seed,
        costs=costs,
        votes=votes,
        pictures=Making(most_images, jobs) if pictures else None,
        track=console.track,
    )
    for refusal in built.refusals:
        console.warn(f"refused {refusal}")
    for name in built.unmatched:
        console.warn(f"no --data holds the photographs of {name}: it gets no slices")
    for unshown in built.unshown[:_MOST]:
        console.warn(f"not shown: {unshown}")
    if len(built.unshown) > _MOST:
        console.warn(f"not shown: {len(built.unshown) - _MOST} more, on the pages of the photographs")
    for ranking in built.rankings:
        console.table(benchmark_name(ranking.benchmark), *terminal(ranking))
    console.say(f"page: {built.page}")
