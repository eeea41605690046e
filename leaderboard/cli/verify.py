"""``nlcl-bench leaderboard verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli import console
from nlcl_bench.core.errors import RunError
from nlcl_bench.core.plain import plain

if TYPE_CHECKING:
    from leaderboard.verify import Verdict

__all__ = ["verify"]

_MOST_SHOWN = 12
_MOST_IMAGES = 1000  # as many as one event names


def verify(
    run: Annotated[Path, typer.Argument(help="The run folder: run.json and scores.parquet.")],
    data: Annotated[list[str], typer.Option(help="A release that holds its benchmark; repeatable.")],
    images: Annotated[int, typer.Option(min=1, max=_MOST_IMAGES, help="How many images are made again.")] = 3,
    seed: Annotated[int | None, typer.Option(min=0, help="Draws them; without one, nobody knows it before.")] = None,
    method: Annotated[str | None, typer.Option(help="KIND:ARGUMENT, for a run through an adapter.")] = None,
    weights: Annotated[Path | None, typer.Option(help="The weight file of a method that ships none.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1; auto takes a GPU if there is one.")] = "auto",
    record: Annotated[
        Path | None, typer.Option("--record", help="Folder of runs whose events.jsonl takes the result.")
    ] = None,
) -> None:
    """Make some images of a run again and compare outputs and scores.

    On the same machine and versions outputs must be equal to the bit; elsewhere scores must agree within each metric's
    tolerance. Exit code 1 if they do not.

    \b
    Examples:
      nlcl-bench leaderboard verify runs/street-rain/nlcl --data release/
      nlcl-bench leaderboard verify their-run --data ORG/NAME --images 20 --record leaderboard/runs
      nlcl-bench leaderboard verify their-run --data release/ --seed 4711 --weights net.safetensors
    """
    import secrets
    from datetime import UTC, datetime

    from leaderboard.events import FILE_NAME, append, event_of
    from leaderboard.verify import verify as make_again
    from nlcl_bench.evaluation.provenance import device_name

    drawn = secrets.randbelow(2**32) if seed is None else seed
    console.say(f"seed {drawn}")
    found = make_again(
        run,
        data,
        images=images,
        seed=drawn,
        method=method,
        weights=weights,
        device=device_name(device),
        track=console.track,
    )
    _show(found)
    if record is not None:
        event = event_of(
            found.run,
            found.status,
            datetime.now(tz=UTC).date(),
            why=_why(found),
            seed=drawn,
            images=found.images,
            stack=_stack(found),
        )
        append(event, record)
        console.say(f"recorded: {record / FILE_NAME}")
    if found.differences:
        raise RunError(
            f"{len(found.differences)} of what it says did not come out",
            where=run,
            fix="ask who made it, or verify with the versions that its run.json names",
        )


def _show(found: Verdict) -> None:
    where = "on the stack of the run" if found.same_stack else "on another stack than the run's"
    console.say(f"{found.run.result.label}: {len(found.images)} images made again {where}: {found.status}")
    if found.differences:
        rows = [(one.where, one.what, one.said, one.found) for one in found.differences[:_MOST_SHOWN]]
        console.table("What differs", ("where", "what", "the run says", "came out"), rows)


def _why(found: Verdict) -> str:
    return "; ".join(f"{one.where} {one.what}: {one.said}, not {one.found}" for one in found.differences[:3])


def _stack(found: Verdict) -> str:
    environment = found.environment
    return plain(f"{environment.platform}, {environment.processor}, {environment.device}", 1000)
