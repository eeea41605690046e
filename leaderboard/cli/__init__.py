"""The command ``nlcl-bench leaderboard``: a module for each verb."""

from __future__ import annotations

import typer

from leaderboard.cli.build import build
from leaderboard.cli.log import log
from leaderboard.cli.own import own
from leaderboard.cli.results import results
from leaderboard.cli.send import publish, submit
from leaderboard.cli.verify import verify
from leaderboard.cli.withdraw import withdraw

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.callback()
def leaderboard() -> None:
    """Rank methods from their run folders, and show the ranking on a page."""


for verb in (build, own, verify, submit, publish, results, withdraw, log):
    app.command()(verb)
