"""``nlcl-bench leaderboard add``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli import console

__all__ = ["add"]


def add(
    runs: Annotated[list[Path], typer.Argument(help="Run folders.")],
    record: Annotated[Path, typer.Option("--record", help="Folder of runs whose events.jsonl takes it.")],
    why: Annotated[str, typer.Option(help="In a sentence, for a run that replaces an earlier one.")] = "",
) -> None:
    """Write down that runs were added, or rerun if their names were there before.

    A run that a board would refuse is refused here too; one that was told with the same files is told once.

    \b
    Examples:
      nlcl-bench leaderboard add leaderboard/runs/packaged/* --record leaderboard/runs
      nlcl-bench leaderboard add leaderboard/runs/packaged/mine --record leaderboard/runs --why "new release of torch"
    """
    from datetime import UTC, datetime

    from leaderboard.events import append, arrival, event_of, read_events
    from leaderboard.verify import read_run_folder

    for folder in runs:
        run = read_run_folder(folder)
        what = arrival(run, read_events(record)[0])
        if what is None:
            console.say(f"told already: {folder}")
            continue
        append(event_of(run, what, datetime.now(tz=UTC).date(), why=why), record)
        console.say(f"{what}: {folder}")
