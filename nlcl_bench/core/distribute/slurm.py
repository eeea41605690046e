"""Shards as jobs of Slurm: an array of them, and one more that brings them together when all have ended."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

from nlcl_bench.core.distribute.folder import note_jobs, working
from nlcl_bench.core.distribute.step import finish, missing, pipeline
from nlcl_bench.core.errors import InputError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nlcl_bench.core.distribute.step import Step

__all__ = ["SlurmOptions", "Submitted", "submit"]


class SlurmOptions(NamedTuple):
    """What Slurm must know of a job.

    Attributes:
        partition: The partition's name.
        time: The longest that a shard may take, as Slurm writes it, e.g. ``2-00:00:00``.
        memory: Gibibytes of memory per processor.
    """

    partition: str
    time: str = "24:00:00"
    memory: int = 2


class Submitted(NamedTuple):
    """What was submitted.

    Attributes:
        shards: The number of the array of jobs.
        last: The number of the job that brings the shards together.
        logs: What the last job says stands in a file here.
    """

    shards: str
    last: str
    logs: Path


def submit(
    step: Step, after: Callable[[], object], *, tasks: int, jobs: int, folder: Path, what: str, options: SlurmOptions
) -> Submitted:
    """Submit all shards of some work, and the job that follows them; return at once.

    The jobs run in this Python environment and need this machine's folders under the same names.

    Args:
        step: What is done with a shard: a ``partial`` of a module's function, with absolute paths and plain values.
        after: What brings the shards together; the same holds for it. It is not done if a shard failed.
        tasks: How many shards there are.
        jobs: Processors of a shard; ``step`` must be told to use so many.
        folder: Where datatrove keeps its notes and Slurm the output of the jobs; on a disk that all machines share.
        what: The work's name, which the jobs bear.
        options: What Slurm must know.

    Raises:
        InputError: Slurm or the extra ``distributed`` is missing here, the folder's name is one that Slurm does not
            take, or earlier jobs are still at work for it.
        RunError: Slurm refused.
    """
    _refuse_unfit(folder)
    with working(folder) as base:
        submit_job = partial(_submit, jobs=jobs, options=options)
        marks = [base / "shards" / "completions" / f"{rank:05d}" for rank in range(tasks)]
        last_step = [partial(finish, after=after, marks=marks)]
        shards = submit_job(pipeline(step), base / "shards", tasks=tasks, name=f"nlcl-bench-{what}")
        note_jobs(base, [shards])
        last = submit_job(last_step, base / "last", tasks=1, name=f"nlcl-bench-{what}-last", depends_job_id=shards)
        note_jobs(base, [shards, last])
        return Submitted(shards, last, base / "last" / "slurm_logs")


def _refuse_unfit(folder: Path) -> None:
    if not re.fullmatch(r"[\w./+@:,=~-]+", str(folder.resolve())):
        raise InputError("has letters in its path that job scripts cannot hold", where=folder, fix="rename the folder")
    if shutil.which("sbatch") is None:
        raise InputError("there is no sbatch on this machine", where="--executor slurm", fix="run it where Slurm is")
    if "SLURM_ARRAY_TASK_ID" in os.environ:
        raise InputError("this is a job of an array already", where="--executor slurm", fix="submit from outside")


def _submit(steps: Sequence[object], folder: Path, *, jobs: int, options: SlurmOptions, name: str, **more: Any) -> str:
    try:
        from datatrove.executor import SlurmPipelineExecutor
        from datatrove.utils.logging import logger
    except ImportError as error:
        raise missing(error, "slurm") from error
    logger.remove()
    executor = SlurmPipelineExecutor(
        steps,
        logging_dir=str(folder),
        time=options.time,
        partition=options.partition,
        cpus_per_task=jobs,
        mem_per_cpu_gb=options.memory,
        qos="",  # the partition's own
        job_name=name,
        env_command=f"export PATH={quote(sysconfig.get_path('scripts'))}:$PATH",
        skip_completed=False,  # the shards know by themselves what is done
        run_on_dependency_fail=True,  # the last job tells what failed
        with_srun=False,  # a shard is one process on one machine
        **more,
    )
    executor.launch_merge_stats = _nothing  # it would submit a job that waits for ever if a shard fails
    try:
        executor.run()
    except (OSError, subprocess.CalledProcessError) as error:
        raise RunError(
            "Slurm refused a job, its reason stands above", where="sbatch", fix="check --partition and --time"
        ) from error
    return str(executor.job_id)


def _nothing() -> None:
    pass
