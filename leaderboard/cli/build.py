"""``nlcl-bench leaderboard build``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli import console

__all__ = ["build"]


def build(
    runs: Annotated[list[Path], typer.Argument(help="Folders of run folders; they are searched to any depth.")],
    into: Annotated[Path, typer.Option(help="Folder of the site; its first page is index.html.")],
    data: Annotated[
        list[str] | None,
        typer.Option(help="A release that boards are about: they get slices by rain, hour, camera and size."),
    ] = None,
    draws: Annotated[int, typer.Option(min=100, max=100_000, help="Draws of the bootstrap.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 0,
    costs: Annotated[
        Path | None, typer.Option(help="File of what methods cost, from `nlcl-bench methods --cost --into`.")
    ] = None,
) -> None:
    """Build the board of every benchmark that the run folders are about.

    Run folders that cannot be trusted are refused, each with its reason; the others are ranked.

    \b
    Examples:
      nlcl-bench leaderboard build runs --into board
      nlcl-bench leaderboard build runs/street-rain their-runs --into board --draws 10000
      nlcl-bench leaderboard build runs --into board --data release/
      nlcl-bench leaderboard build runs --into board --costs costs/costs.json
    """
    from leaderboard.build import build as build_board
    from leaderboard.table import terminal
    from nlcl_bench.evaluation.wording import benchmark_name

    built = build_board(runs, into, data=data or (), draws=draws, seed=seed, costs=costs, track=console.track)
    for refusal in built.refusals:
        console.warn(f"refused {refusal}")
    for name in built.unmatched:
        console.warn(f"no --data holds the photographs of {name}: it gets no slices")
    for ranking in built.rankings:
        console.table(benchmark_name(ranking.benchmark), *terminal(ranking))
    console.say(f"page: {built.page}")
