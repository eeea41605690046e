"""What an executor does with one shard, as a step of a datatrove pipeline, and how its end is told."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from nlcl_bench.core.errors import InputError, NLCLBenchError, RunError
from nlcl_bench.core.shards import Shard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["Step", "ending", "finish", "missing", "pipeline", "with_exit"]


class Step(Protocol):
    """The work on one shard: a ``partial`` of a module's function, since it goes to other processes and machines."""

    def __call__(self, *, shard: Shard) -> object:
        """Do it, or go on with it; what it did lies in files."""
        ...


def pipeline(step: Step) -> list[partial[None]]:
    """Return the step as a datatrove pipeline."""
    return [partial(_do, step=step)]


def _do(_data: object, rank: int, world_size: int, *, step: Step) -> None:
    with_exit(partial(step, shard=Shard(rank + 1, world_size)))


def with_exit(work: Callable[[], object]) -> None:
    """Do some work, and turn our errors into the end of the process.

    An exception would be taken for a bug: datatrove logs a long trace of it. A SystemExit passes through, and where
    nobody catches it, in a job of Slurm, Python prints the one line and the job has failed.

    Raises:
        SystemExit: It holds the error.
    """
    try:
        work()
    except NLCLBenchError as error:
        raise SystemExit(error) from error


def ending(work: Callable[[], object]) -> NLCLBenchError | None:
    """Do some work that :func:`with_exit` is part of, and return the error it ended with."""
    try:
        work()
    except SystemExit as end:
        code: object = end.code
        if isinstance(code, NLCLBenchError):
            return code
        raise
    return None


def finish(_data: object, _rank: int, _world_size: int, *, after: Callable[[], object], marks: Sequence[Path]) -> None:
    """Bring the shards together, as a step of its own that comes after them.

    Args:
        after: What brings them together.
        marks: A file per shard that is there if it is done.

    Raises:
        SystemExit: A shard is not done, or cannot be brought together with the others.
    """
    open_ones = [number for number, mark in enumerate(marks, 1) if not mark.exists()]
    if open_ones:
        raise SystemExit(
            RunError(
                f"{len(open_ones)} of {len(marks)} shards are not done, the first is {open_ones[0]}",
                where=marks[0].parent.parent,
                fix="the reason is in its logs; then run the same command again, what is done is kept",
            )
        )
    with_exit(after)


def missing(error: ImportError, executor: str) -> InputError:
    """Return the error of an executor that is not installed."""
    library = str(error.name).partition(".")[0]
    return InputError(
        f"{library} is not installed", where=f"--executor {executor}", fix="install nlcl-bench[distributed]"
    )
