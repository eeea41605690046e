"""``nlcl-bench leaderboard submit`` and ``publish``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli import console

__all__ = ["publish", "submit"]


def submit(
    run: Annotated[Path, typer.Argument(help="The run folder: run.json and scores.parquet.")],
    to: Annotated[str | None, typer.Option(metavar="ORG/NAME", help="A results repository on the Hub.")] = None,
    into: Annotated[Path | None, typer.Option(help="Or a folder of runs, which is then sent by hand.")] = None,
    why: Annotated[str, typer.Option(help="What the run is about, in a sentence.")] = "",
) -> None:
    """Send a run to a board: checked as the board will check it, then as a pull request or into a folder.

    Only run.json and scores.parquet are sent; pictures stay with you. Log in with `hf auth login` first.

    \b
    Examples:
      nlcl-bench leaderboard submit runs/street-rain/mine --to ORG/rain-results --why "our ICCV model"
      nlcl-bench leaderboard submit runs/street-rain/mine --into to-send
    """
    from datetime import UTC, datetime
    from functools import partial

    from leaderboard.submit import propose, write_folder

    if (to is None) == (into is None):
        raise typer.BadParameter("give one of the two", param_hint="--to or --into")
    day = datetime.now(tz=UTC).date()
    send = partial(write_folder, runs=into) if into is not None else partial(propose, repo=to or "")
    sent = send(run, day=day, why=why)
    for reason in sent.gates:
        console.warn(f"it will be shown, not ranked: {reason}")
    console.say(f"{'sent again' if sent.again else 'sent'}: {sent.where}")


def publish(
    site: Annotated[Path, typer.Argument(help="The folder that `leaderboard build` wrote.")],
    space: Annotated[str, typer.Option(metavar="ORG/NAME", help="The Space; it is made if it is not there.")],
    title: Annotated[str | None, typer.Option(help="Its title; default: what it has, or a plain one.")] = None,
    private: Annotated[bool, typer.Option("--private", help="A new Space is seen by its owners only.")] = False,
) -> None:
    """Put a built site on the Hub as a static Space: what changed, in one commit.

    \b
    Examples:
      nlcl-bench leaderboard publish site --space ORG/rain-board
    """
    from leaderboard.publish import publish as put

    done = put(site, space, title=title, private=private)
    if done.commit is None:
        console.say(f"{space} has exactly this site already")
        return
    console.say(f"{len(done.changed):,} files uploaded, {len(done.removed):,} removed, commit {done.commit}")
    console.say(f"page: https://huggingface.co/spaces/{space}")
