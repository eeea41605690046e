"""Evaluations that many processes or machines share: each does the parts of a shard, then one joins all parts.

A finished run is the same, byte for byte, as that of one process, since nothing but who makes a part differs. The
machines need the same folders under the same names, and should be alike: ``run.json`` speaks of the one that joins.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nlcl_bench.core.distribute.chosen import all_parts
from nlcl_bench.core.errors import RunError
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.evaluation.evaluate import begun, executor_folder, finish, prepare
from nlcl_bench.evaluation.parts import Share, do_parts, undone
from nlcl_bench.evaluation.run import read_run
from nlcl_bench.evaluation.sent import Sent, received, send
from nlcl_bench.evaluation.workers import paying_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nlcl_bench.core.distribute.chosen import Chosen
    from nlcl_bench.core.shards import Shard
    from nlcl_bench.data.record import Record
    from nlcl_bench.evaluation.plan import Request
    from nlcl_bench.evaluation.run import RunResult

__all__ = ["evaluate_by", "evaluate_shard"]


def evaluate_by(
    requests: Sequence[Request],
    by: Chosen,
    after: Callable[[tuple[Sent, ...]], object],
    *,
    say: Callable[[str], None],
    track: Track = silent,
) -> list[tuple[RunResult, Path]] | None:
    """Evaluate as :func:`nlcl_bench.evaluation.evaluate.evaluate_all` does, by an executor.

    Every shard is a stretch of the split, on which all runs are done. When a shard fails the others are still done. The
    same command again, with this executor, another or none, goes on with what is not done.

    Args:
        requests: What to run, on what, and how; their methods, or the adapters that made them, and their
            metrics must be installed on all machines.
        by: The executor; with 0 jobs as many shards are done at a time as pay.
        after: A module's function: what Slurm does when all shards are done. It should evaluate the requests as one
            process does, which joins the parts.
        say: Shows a line of result.
        track: Shows progress.

    Returns:
        The results and the runs' folders; None if Slurm was given the work and this process is done.

    Raises:
        NLCLBenchError: A shard failed; it says which, and why.
        InputError: The executor is not installed here, or Slurm is at work for a folder.
        RunError: A folder holds another run or a file that is no output of the benchmark's, no image could be
            restored and scored, a worker was killed, Slurm refused, or the cluster does not answer.
    """
    prepared = [prepare(request) for request in requests]
    with begun(prepared) as open_ones:
        left = [record for index in open_ones for record in undone(prepared[index].place, prepared[index].records)]
        tasks, jobs = min(by.tasks, len(prepared[0].records)), by.jobs or _jobs(requests[0], by.executor, left)
        by = by._replace(tasks=tasks, jobs=jobs)
        sent = tuple(send(request, jobs=by.processes) for request in requests)
        step, last = partial(evaluate_shard, tuple(sent[index] for index in open_ones)), partial(after, sent)
        folder = executor_folder(prepared[0].place).absolute()
        if left and not all_parts(step, last, by, folder=folder, what="evaluate", say=say, track=track):
            return None
        return finish(prepared, open_ones)


def evaluate_shard(sent: Sequence[Sent], *, shard: Shard, track: Track = silent) -> int:
    """Restore and score the images of a shard, a stretch of the split; what is done already stays.

    Args:
        sent: The requests.
        shard: Which images.
        track: Shows progress.

    Returns:
        How many images the shard holds.

    Raises:
        RunError: A run's folder is not there, or holds another run by now; or a worker was killed.
        UnknownNameError: A method or a metric is not installed here.
        ManifestError: The release is not the pinned one.
        ArtifactError: The weights do not fit the method.
        StorageError: Something cannot be written.
    """
    shares = [_share(received(one), shard) for one in sent]
    do_parts(shares, track)
    return len(shares[0].records)


def _share(request: Request, shard: Shard) -> Share:
    place, planned, records, *_ = prepare(request)
    if read_run(place).run_id != planned.run_id:
        raise RunError("holds another run by now", where=place, fix="choose another --label or --into")
    return Share(request, place, records[shard.stretch(len(records))])


def _jobs(request: Request, executor: str, records: list[Record]) -> int:
    """Return how many shards are done at a time; each of Slurm's has one processor unless the user gives more."""
    if executor == "slurm":
        return 1
    return paying_jobs(sum(record.width * record.height for record in records), request.device)
