"""``nlcl-bench leaderboard log``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli import console
from nlcl_bench.core.plain import plain

__all__ = ["log"]


def log(
    runs: Annotated[Path, typer.Argument(help="Folder of runs, which holds events.jsonl.")],
    run: Annotated[str, typer.Option(help="Only this run: BENCHMARK/LABEL.")] = "",
) -> None:
    """Show what happened to the runs of a folder, in order; exit code 1 if a line is no event.

    \b
    Examples:
      nlcl-bench leaderboard log leaderboard/runs
      nlcl-bench leaderboard log leaderboard/runs --run packaged/guided
    """
    from leaderboard.events import read_events
    from nlcl_bench.core.files import existing_folder

    events, refusals = read_events(existing_folder(runs))
    rows = [
        (event.at.isoformat(), event.run, event.event, event.files[:12], plain(event.why, 120))
        for event in events
        if run in {"", event.run}
    ]
    console.table(f"Events of {runs}", ("day", "run", "event", "files", "why"), rows)
    for refusal in refusals:
        console.warn(f"refused {refusal}")
    if refusals:
        raise typer.Exit(1)
