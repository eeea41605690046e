"""An evaluation that many processes or machines share: each does the parts of a shard, then one joins all parts.

The finished run is the same, byte for byte, as that of one process, since nothing but who makes a part differs. The
machines need the same folders under the same names, and should be alike: ``run.json`` speaks of the one that joins.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nlcl_bench.core.distribute.chosen import all_parts
from nlcl_bench.core.errors import RunError
from nlcl_bench.core.files import locked
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.evaluation.evaluate import begin, executor_folder, finish, prepare
from nlcl_bench.evaluation.parts import do_parts, undone
from nlcl_bench.evaluation.run import read_run
from nlcl_bench.evaluation.sent import Sent, received, send
from nlcl_bench.evaluation.workers import paying_jobs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nlcl_bench.core.distribute.chosen import Chosen
    from nlcl_bench.core.shards import Shard
    from nlcl_bench.data.record import Record
    from nlcl_bench.evaluation.plan import Request
    from nlcl_bench.evaluation.run import RunResult

__all__ = ["evaluate_by", "evaluate_shard"]


def evaluate_by(
    request: Request,
    by: Chosen,
    after: Callable[[Sent], object],
    *,
    say: Callable[[str], None],
    track: Track = silent,
) -> tuple[RunResult, Path] | None:
    """Evaluate as :func:`nlcl_bench.evaluation.evaluate.evaluate` does, by an executor.

    When a shard fails the others are still done. The same command again, with this executor, another or none, goes on
    with what is not done.

    Args:
        request: What to run, on what, and how; its method, or the adapter that made it, and its
            metrics must be installed on all machines.
        by: The executor; with 0 jobs as many shards are done at a time as pay.
        after: A module's function: what Slurm does when all shards are done. It should evaluate the request as one
            process does, which joins the parts.
        say: Shows a line of result.
        track: Shows progress.

    Returns:
        The result and the run's folder; None if Slurm was given the work and this process is done.

    Raises:
        NLCLBenchError: A shard failed; it says which, and why.
        InputError: The executor is not installed here, or Slurm is at work for this folder.
        RunError: The folder holds another run or a file that is no output of the benchmark's, no image could be
            restored and scored, a worker was killed, Slurm refused, or the cluster does not answer.
    """
    prepared = prepare(request)
    place, records = prepared.place, prepared.records
    with locked(place):
        if begin(prepared):
            return read_run(place), place
        left = undone(place, records)
        by = by._replace(tasks=min(by.tasks, len(records)), jobs=by.jobs or _jobs(request, by.executor, left))
        sent = send(request, jobs=by.processes)
        step, last = partial(evaluate_shard, sent), partial(after, sent)
        folder = executor_folder(place).absolute()
        if left and not all_parts(step, last, by, folder=folder, what="evaluate", say=say, track=track):
            return None
        return finish(prepared), place


def evaluate_shard(sent: Sent, *, shard: Shard, track: Track = silent) -> int:
    """Restore and score the images of a shard, a stretch of the split; what is done already stays.

    Args:
        sent: The request.
        shard: Which images.
        track: Shows progress.

    Returns:
        How many images the shard holds.

    Raises:
        RunError: The run's folder is not there, or holds another run by now; or a worker was killed.
        UnknownNameError: The method or a metric is not installed here.
        ManifestError: The release is not the pinned one.
        ArtifactError: The weights do not fit the method.
        StorageError: Something cannot be written.
    """
    request = received(sent)
    place, planned, records, *_ = prepare(request)
    if read_run(place).run_id != planned.run_id:
        raise RunError("holds another run by now", where=place, fix="choose another --label or --into")
    mine = records[shard.stretch(len(records))]
    do_parts(request, place, mine, track)
    return len(mine)


def _jobs(request: Request, executor: str, records: list[Record]) -> int:
    """Return how many shards are done at a time; each of Slurm's has one processor unless the user gives more."""
    if executor == "slurm":
        return 1
    return paying_jobs(sum(record.width * record.height for record in records), request.device)
