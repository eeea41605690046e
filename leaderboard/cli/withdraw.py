"""``nlcl-bench leaderboard withdraw``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli import console

__all__ = ["withdraw"]


def withdraw(
    run: Annotated[Path, typer.Argument(help="The run folder.")],
    why: Annotated[str, typer.Option(help="In a sentence; it is shown on the board.")],
    record: Annotated[Path, typer.Option("--record", help="Folder of runs whose events.jsonl takes it.")],
) -> None:
    """Take a run off the board: its files stay, and the board says that it was withdrawn and why.

    \b
    Examples:
      nlcl-bench leaderboard withdraw leaderboard/runs/packaged/mine --why "wrong weights" --record leaderboard/runs
    """
    from datetime import UTC, datetime

    from leaderboard.events import FILE_NAME, append, event_of
    from leaderboard.verify import read_run_folder

    append(event_of(read_run_folder(run), "withdrawn", datetime.now(tz=UTC).date(), why=why), record)
    console.say(f"withdrawn: {run}")
    console.say(f"recorded: {record / FILE_NAME}")
