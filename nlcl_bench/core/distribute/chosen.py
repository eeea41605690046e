"""The executor that a command line chose, and what it is given: the way from the commands to the executors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nlcl_bench.core.distribute.run import distribute
from nlcl_bench.core.distribute.slurm import SlurmOptions, submit
from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nlcl_bench.core.distribute.run import Executor
    from nlcl_bench.core.distribute.step import Step
    from nlcl_bench.core.progress import Track

__all__ = ["Chosen", "all_parts", "chosen"]


class Chosen(NamedTuple):
    """An executor and its options.

    Attributes:
        executor: ``local``, ``ray`` or ``slurm``.
        tasks: How many shards there are.
        jobs: Shards done at a time; with Slurm, processors of each shard.
        partition: Where Slurm runs them.
        time: The longest that Slurm lets a shard take.
        memory: Gibibytes that Slurm gives each processor.
    """

    executor: str
    tasks: int
    jobs: int
    partition: str | None
    time: str
    memory: int = 2

    @property
    def processes(self) -> int:
        """Processes that a shard may use."""
        return self.jobs if self.executor == "slurm" else 1


def chosen(
    executor: str | None,
    *,
    shard: str | None = None,
    tasks: int,
    jobs: int,
    partition: str | None,
    time: str,
    memory: int = 2,
) -> Chosen | None:
    """Read what a command line says; None if there is no executor.

    Raises:
        InputError: It contradicts itself, or names no executor that we know.
    """
    if executor is None:
        return None
    if executor not in {"local", "ray", "slurm"}:
        raise InputError(f"is no executor: {executor}", where="--executor", fix="write local, ray or slurm")
    if shard is not None:
        raise InputError("an executor does all shards", where="--executor", fix="leave --shard out")
    if executor == "slurm" and partition is None:
        raise InputError("Slurm must know where", where="--executor slurm", fix="add --partition; sinfo lists them")
    return Chosen(executor, tasks, jobs, partition, time, memory)


def all_parts(
    step: Step,
    after: Callable[[], object],
    wanted: Chosen,
    *,
    folder: Path,
    what: str,
    say: Callable[[str], None],
    track: Track,
) -> bool:
    """Have all shards done, and tell whether they are: Slurm is only given them, and does itself what comes after.

    Args:
        step: What is done with a shard; see :func:`nlcl_bench.core.distribute.run.distribute`.
        after: What Slurm does after them; see :func:`nlcl_bench.core.distribute.slurm.submit`.
        wanted: The executor.
        folder: The executor's own, for its logs and notes.
        what: The work's name.
        say: Shows a line of result.
        track: Shows how far it is.

    Raises:
        NLCLBenchError: As the executor's own function says.
    """
    jobs, tasks = wanted.jobs, wanted.tasks
    if wanted.executor == "slurm":
        options = SlurmOptions(wanted.partition or "", wanted.time, wanted.memory)
        given = submit(step, after, tasks=tasks, jobs=jobs, folder=folder, what=what, options=options)
        say(f"submitted: job {given.shards}, {tasks} shards, and job {given.last}, which brings them together")
        say(f"see how far they are: squeue --jobs {given.shards},{given.last}")
        say(f"see what came of them: tail {given.logs}/*")
        return False
    kind: Executor = "ray" if wanted.executor == "ray" else "local"
    distribute(step, executor=kind, tasks=tasks, jobs=jobs, folder=folder, what=what, track=track)
    return True
