"""Evaluate methods on a benchmark: restore, score, and leave a run folder that can be traced and resumed.

After a kill the same command goes on: outputs are written whole or not at all, each image's findings are kept in
``.parts`` until the end, and the finished folder is the same, byte for byte, as that of an undisturbed run (but for
``timings.parquet``, which no two runs share).
"""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from nlcl_bench.core.distribute.folder import refuse_under_way
from nlcl_bench.core.errors import InputError, RunError
from nlcl_bench.core.files import locked, make_folder
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data import manifest
from nlcl_bench.data.loading import load_records
from nlcl_bench.data.record import first_problem
from nlcl_bench.evaluation import made, run
from nlcl_bench.evaluation.parts import FOLDER, Share, do_parts, outcomes
from nlcl_bench.evaluation.plan import Request, describe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nlcl_bench.data.record import Record
    from nlcl_bench.evaluation.workers import Outcome

__all__ = ["Prepared", "begun", "evaluate", "evaluate_all", "executor_folder", "finish", "prepare"]


class Prepared(NamedTuple):
    """A run before its first image.

    Attributes:
        place: Its folder.
        planned: What ``run.json`` will say.
        records: Its images.
        names: What outputs of the split may be called; the run's own images may be the first of more.
        foreign: What is wrong with the outputs as a whole that somebody else made.
    """

    place: Path
    planned: run.RunResult
    records: list[Record]
    names: frozenset[str]
    foreign: tuple[run.Failure, ...]


def evaluate(request: Request, track: Track = silent) -> tuple[run.RunResult, Path]:
    """Restore and score every image of a benchmark's split with one method.

    Args:
        request: What to run, on what, and how.
        track: Shows progress.

    Returns:
        The result and the run's folder. A result that is not complete says which images failed and why.

    Raises:
        InputError: The split has no images, the label is not usable, or the protocol is not known.
        RunError: The folder holds another run or a file that is no output of the benchmark's, no image could be
            restored and scored, or a worker was killed.
        ManifestError: The release is not the pinned one.
        ArtifactError: The weights do not fit the method.
        StorageError: Something cannot be written.
    """
    (done,) = evaluate_all([request], track)
    return done


def evaluate_all(requests: Sequence[Request], track: Track = silent) -> list[tuple[run.RunResult, Path]]:
    """Evaluate several methods as :func:`evaluate` does each, by the same workers, which start and load metrics once.

    Args:
        requests: At least one, with different labels; they agree on benchmark, metrics, device and jobs.
        track: Shows progress.

    Raises:
        NLCLBenchError: As :func:`evaluate` says, of the first run that fails.
    """
    prepared = [prepare(request) for request in requests]
    with begun(prepared) as open_ones:
        shares = [Share(requests[index], prepared[index].place, prepared[index].records) for index in open_ones]
        if shares:
            do_parts(shares, track)
        return finish(prepared, open_ones)


def prepare(request: Request) -> Prepared:
    """Find out what is to be done, and make the run's folder.

    Raises:
        InputError: The split has no images, the label is not usable, or the protocol is not known.
        ManifestError: The release is not the pinned one.
        StorageError: The folder cannot be made.
    """
    benchmark = request.benchmark
    every = load_records(request.folder, benchmark)
    records = every[: request.limit]
    if not records:
        raise InputError("has no images", where=f"{benchmark.config}/{benchmark.split}", fix="choose another split")
    try:
        planned = describe(request, records, len(every))
    except ValidationError as error:
        raise InputError(first_problem(error), where="--label", fix="use a-z, 0-9, dot, dash, underscore") from error
    names = frozenset(f"{record.image_id}.png" for record in every)
    place = make_folder(request.into / benchmark.name / planned.label)
    return Prepared(place, planned, records, names, _foreign(request, every))


def _foreign(request: Request, every: list[Record]) -> tuple[run.Failure, ...]:
    """Say which outputs that somebody else made belong to none of the split's images, limit or not."""
    outputs = request.method.outputs
    reason = None if outputs is None else made.foreign(outputs, set(_names(every)))
    return () if reason is None else (run.Failure(image_id=None, stage="restore", reason=reason),)


def executor_folder(place: Path) -> Path:
    """Return where an executor keeps its logs: beside the run, which tells no machine's name."""
    return place.with_name(f".{place.name}.executor")


@contextmanager
def begun(prepared: Sequence[Prepared]) -> Iterator[list[int]]:
    """Hold the folders of some runs and make them their own; yield the places of those that are not complete.

    Raises:
        InputError: Slurm is at work for one of them.
        RunError: One holds another run, or a file that is no output of the benchmark's.
        StorageError: One cannot be written, or another nlcl-bench is writing there.
    """
    with ExitStack() as held:
        for one in prepared:
            held.enter_context(locked(one.place))
        yield [index for index, one in enumerate(prepared) if not _begin(one)]


def _begin(prepared: Prepared) -> bool:
    """Make the folder this run's own; return whether the run is complete already, with all its outputs.

    Outputs are kept when the same method runs with other metrics or on more images.
    """
    place, planned, records, names, _ = prepared
    refuse_under_way(executor_folder(place))
    _refuse_strangers(place, names)
    if (place / "run.json").exists():
        earlier = run.read_run(place)
        if run.restore_id(earlier) != run.restore_id(planned):
            raise RunError(
                "holds another run", where=place, fix="choose another --label or --into, or delete this folder"
            )
        there = all((place / "restored" / f"{name}.png").is_file() for name in _names(records))
        if earlier.run_id == planned.run_id and earlier.complete and there:
            return True
        if earlier.run_id != planned.run_id:
            shutil.rmtree(place / FOLDER, ignore_errors=True)
    run.write_run(planned, place)
    return False


def _refuse_strangers(place: Path, names: frozenset[str]) -> None:
    """Refuse a folder of outputs with one that belongs to no photograph: nobody would notice that it is not scored."""
    outputs = place / "restored"
    found = sorted(path.name for path in outputs.iterdir()) if outputs.is_dir() else []
    strangers = [name for name in found if not name.startswith(".") and name not in names]
    if strangers:
        more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
        raise RunError(
            f"{strangers[0]}{more} is no output for a photograph of this benchmark",
            where=outputs,
            fix="take it away, or call it IMAGE_ID.png after the photograph it was made from",
        )


def finish(prepared: Sequence[Prepared], open_ones: Sequence[int]) -> list[tuple[run.RunResult, Path]]:
    """Join the parts of those runs that are not complete, and return all. The caller holds the folders.

    Raises:
        RunError: No image of a run could be restored and scored.
        StorageError: A table cannot be written.
    """
    return [
        (_finish(one) if index in open_ones else run.read_run(one.place), one.place)
        for index, one in enumerate(prepared)
    ]


def _finish(prepared: Prepared) -> run.RunResult:
    """Join the parts into the run's tables and say whether it is complete."""
    place, planned, records, _, foreign = prepared
    scores: list[run.Score] = []
    failures: list[run.Failure] = []
    seconds = {timing.image_id: timing.seconds for timing in run.read_timings(place)}
    for record, outcome in outcomes(place, records):
        scores += _scores(record, outcome)
        failures += _failures(outcome)
        if outcome.seconds is not None:
            seconds[record.image_id] = outcome.seconds
    if not scores:
        shutil.rmtree(place / FOLDER)  # or the same command would find all done, and try nothing
        what = "restored" if failures[0].stage == "restore" else "scored"
        raise RunError(
            f"no image could be {what}; the first failed so: {failures[0].reason}",
            where=place,
            fix="mend the cause and run the same command again",
        )
    failures += foreign
    timings = [run.Timing(image_id=name, seconds=seconds[name]) for name in _names(records) if name in seconds]
    manifest.write_part(scores, run.Score, place / "scores.parquet")
    manifest.write_part(timings, run.Timing, place / "timings.parquet")
    result = planned.model_copy(update={"failures": tuple(failures), "complete": not failures})
    run.write_run(result, place)
    _clear(place, set(_names(records)))
    return result


def _names(records: list[Record]) -> list[str]:
    return [record.image_id for record in records]


def _clear(place: Path, names: set[str]) -> None:
    """Delete the parts, and outputs that an earlier run on more images left."""
    shutil.rmtree(place / FOLDER)
    for output in (place / "restored").iterdir():
        if output.stem not in names:
            output.unlink()


def _scores(record: Record, outcome: Outcome) -> list[run.Score]:
    return [
        run.Score(
            image_id=record.image_id,
            scene_id=record.scene_id,
            metric=one.metric,
            value=one.value,
            input_sha256=outcome.input_sha256,
            output_sha256=outcome.output_sha256 or "",
        )
        for one in outcome.measured
    ]


def _failures(outcome: Outcome) -> list[run.Failure]:
    name = outcome.image_id
    if outcome.problem is not None:
        return [run.Failure(image_id=name, stage=outcome.stage, reason=outcome.problem)]
    return [
        run.Failure(image_id=name, stage="score", metric=one.metric, reason=one.problem)
        for one in outcome.measured
        if one.problem is not None
    ]
