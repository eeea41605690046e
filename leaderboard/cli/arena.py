"""``nlcl-bench arena``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli import console

__all__ = ["arena"]


def arena(
    runs: Annotated[list[Path], typer.Argument(help="Folders of run folders that still hold restored/.")],
    data: Annotated[str, typer.Option(help="The release that they are about.")],
    votes: Annotated[Path, typer.Option(help="The file of votes; it grows.")] = Path("votes.jsonl"),
    rater: Annotated[str, typer.Option(help="A pseudonym: letters, digits, dash, underscore.")] = "me",
    seed: Annotated[int | None, typer.Option(min=0, help="Draws pairs; without one, others each time.")] = None,
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page, or only print its address.")
    ] = True,
) -> None:
    """Vote on blind pairs of outputs on a local page: left, right, or equal.

    The pair least seen comes next, on random sides; some pairs are attention checks. Nothing on the page names a
    method. A vote is on the disk before the next pair is shown. `leaderboard build --votes` shows what came of it.

    \b
    Examples:
      nlcl-bench arena runs --data release/ --rater ann
      nlcl-bench arena runs --data release/ --votes votes.jsonl --no-browser --port 8322
      nlcl-bench leaderboard build runs --into board --votes votes.jsonl
    """
    import re

    from leaderboard.arena.serve import serve

    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", rater):
        raise typer.BadParameter("use up to 32 letters, digits, dashes and underscores", param_hint="--rater")
    done = serve(
        runs,
        data,
        votes,
        rater=rater,
        seed=seed,
        port=port,
        open_browser=browser,
        say=console.say,
        track=console.track,
    )
    console.say(f"{done} votes were given; they stand in {votes}")
