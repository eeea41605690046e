"""Doing all shards of some work by an executor, and waiting for them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Literal

from nlcl_bench.core.distribute.folder import working
from nlcl_bench.core.distribute.step import missing, pipeline
from nlcl_bench.core.progress import Track, silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nlcl_bench.core.distribute.step import Step
    from nlcl_bench.core.errors import NLCLBenchError

__all__ = ["Executor", "distribute"]

Executor = Literal["local", "ray"]


def distribute(
    step: Step, *, executor: Executor, tasks: int, jobs: int, folder: Path, what: str, track: Track = silent
) -> None:
    """Do all shards of some work; afterwards the caller brings them together.

    When a shard fails the others are still done, and all that is done is kept for the same command run again.

    Args:
        step: What is done with a shard: a ``partial`` of a module's function, with absolute paths and plain values.
        executor: ``local`` for processes of this machine; ``ray`` for the cluster that ``RAY_ADDRESS`` names, which
            must have nlcl-bench and the same folders on all its machines, else for one of this machine alone.
        tasks: How many shards there are.
        jobs: Shards done at a time; a cluster that ``RAY_ADDRESS`` names decides about that itself.
        folder: Where the executor keeps its logs, one a shard; it is removed in the end if all went well.
        what: The work's name, for who watches.
        track: Shows how far it is.

    Raises:
        NLCLBenchError: The error of the first shard that failed, with its number and how many failed.
        InputError: The extra ``distributed`` is not installed, or Slurm is still at work for this folder.
        RunError: A worker was killed, or the cluster does not answer.
    """
    with working(folder) as logs:
        endings = _endings(step, executor, tasks, min(jobs, tasks), logs)
        ends = enumerate(track(endings, what=what, total=tasks), 1)
        failures = [(number, end) for number, end in ends if end is not None]
        if failures:
            raise _first(failures, tasks)
        shutil.rmtree(logs)


def _first(failures: Sequence[tuple[int, NLCLBenchError]], tasks: int) -> NLCLBenchError:
    number, error = failures[0]
    counted = f"{len(failures)} of {tasks} shards failed, the first is {number}: {error.what}"
    return type(error)(counted, where=error.where, fix=error.fix)


def _endings(step: Step, executor: Executor, tasks: int, jobs: int, logs: Path) -> Iterator[NLCLBenchError | None]:
    try:
        from datatrove.utils.logging import logger

        if executor == "ray":
            from nlcl_bench.core.distribute.on_ray import OnRay as Chosen
        else:
            from nlcl_bench.core.distribute.local import OnThisMachine as Chosen
    except ImportError as error:
        raise missing(error, executor) from error
    logger.remove()  # else all that datatrove does is told on the terminal; each shard has its log file
    chosen = Chosen(pipeline(step), tasks=tasks, workers=jobs, logging_dir=str(logs), skip_completed=False)
    yield from chosen.run()
