"""``nlcl-bench leaderboard own``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli import console

__all__ = ["own"]


def own(
    *,
    into: Annotated[Path, typer.Option(help="Folder for photographs, outputs and run folders; it can be thrown away.")],
    runs: Annotated[Path, typer.Option(help="Folder of runs that the board is made of.")] = Path("leaderboard/runs"),
    data: Annotated[
        str | None, typer.Option(help="Another release, such as one of real rain; default: the rendered benchmark.")
    ] = None,
    methods: Annotated[
        list[str] | None, typer.Option("--method", help="Only this method; repeatable. Default: all that ship.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0: as many as pay.")] = 0,
) -> None:
    """Make the project's own board again: every method that ships, on rain rendered over packaged photographs.

    Needs the parameter files of NIQE and BRISQUE (`nlcl-bench weights pull niqe brisque`). Goes on after a kill.

    \b
    Examples:
      nlcl-bench leaderboard own --into own-board
      nlcl-bench leaderboard own --into own-board --method guided --method nlcl
      nlcl-bench leaderboard own --into work --data street-rain/ --runs real-runs
      nlcl-bench leaderboard build leaderboard/runs --into site --data own-board/release
    """
    from datetime import UTC, datetime

    from leaderboard.own import own as make

    incomplete = []
    day = datetime.now(tz=UTC).date()
    for made in make(into, runs, methods or (), data=data, day=day, jobs=jobs, track=console.track):
        console.say(f"{made.result.label}: {'kept anew in' if made.changed else 'equals'} {made.place}")
        if not made.result.complete:
            incomplete.append(made.result.label)
    if incomplete:
        console.warn(f"incomplete: {', '.join(incomplete)}; run.json lists each failure with its reason")
        raise typer.Exit(1)
