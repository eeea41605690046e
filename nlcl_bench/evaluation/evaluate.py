"""Evaluate one method on one benchmark: restore, score, and leave a run folder that can be traced and resumed.

After a kill the same command goes on: outputs are written whole or not at all, each image's findings are kept in
``.parts`` until the end, and the finished folder is the same, byte for byte, as that of an undisturbed run (but for
``timings.parquet``, which no two runs share).
"""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING

from pydantic import ValidationError

from nlcl_bench.core.errors import InputError, RunError
from nlcl_bench.core.files import locked, make_folder, writing
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data import manifest
from nlcl_bench.data.loading import load_records, load_samples
from nlcl_bench.data.record import first_problem
from nlcl_bench.evaluation import made, run
from nlcl_bench.evaluation.plan import Request, describe
from nlcl_bench.evaluation.score import Measured
from nlcl_bench.evaluation.workers import Outcome, Plan, paying_jobs, work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nlcl_bench.data.record import Record

__all__ = ["evaluate"]


def evaluate(request: Request, track: Track = silent) -> tuple[run.RunResult, Path]:
    """Restore and score every image of a benchmark's split with one method.

    Args:
        request: What to run, on what, and how.
        track: Shows progress.

    Returns:
        The result and the run's folder. A result that is not complete says which images failed and why.

    Raises:
        InputError: The split has no images, or the label is not usable.
        RunError: The folder holds another run, no image could be restored, or a worker was killed.
        ManifestError: The release is not the pinned one.
        ArtifactError: The weights do not fit the method.
        StorageError: Something cannot be written.
    """
    benchmark = request.benchmark
    everything = load_records(request.folder, benchmark)
    records = everything[: request.limit]
    if not records:
        raise InputError("has no images", where=f"{benchmark.config}/{benchmark.split}", fix="choose another split")
    try:
        planned = describe(request, records)
    except ValidationError as error:
        raise InputError(first_problem(error), where="--label", fix="use a-z, 0-9, dot, dash, underscore") from error
    place = make_folder(request.into / benchmark.name / planned.label)
    with locked(place):
        if _continue(place, planned):
            return run.read_run(place), place
        _parts(request, place, records, track)
        return _finish(place, planned, records, _foreign(request, everything)), place


def _continue(place: Path, planned: run.RunResult) -> bool:
    """Make the folder this run's own; return whether the run is complete already.

    Outputs are kept when the same method runs with other metrics or on more images.
    """
    if (place / "run.json").exists():
        earlier = run.read_run(place)
        if run.restore_id(earlier) != run.restore_id(planned):
            raise RunError(
                "holds another run", where=place, fix="choose another --label or --into, or delete this folder"
            )
        if earlier.run_id == planned.run_id and earlier.complete:
            return True
        if earlier.run_id != planned.run_id:
            shutil.rmtree(place / ".parts", ignore_errors=True)
    run.write_run(planned, place)
    return False


def _parts(request: Request, place: Path, records: list[Record], track: Track) -> None:
    """Restore and score what is not done yet; one small file per image holds its outcome."""
    parts = make_folder(place / ".parts")
    todo = {record.image_id for record in records if not (parts / f"{record.image_id}.json").exists()}
    if not todo:
        return
    benchmark, method = request.benchmark, request.method
    plan = Plan(make_folder(place / "restored"), request.weights, request.device, request.tile)
    samples = itertools.islice(load_samples(request.folder, benchmark.config, benchmark.split), len(records))
    wanted = (sample for sample in samples if sample.record.image_id in todo)
    pixels = sum(record.width * record.height for record in records if record.image_id in todo)
    jobs = min(request.jobs or paying_jobs(pixels, request.device), len(todo))
    outcomes = work(wanted, method, request.selection.chosen, plan, jobs)
    for outcome in track(outcomes, what=f"{method.name} on {benchmark.name}", total=len(todo)):
        with writing(parts / f"{outcome.image_id}.json") as part:
            part.write_text(json.dumps(asdict(outcome)), encoding="utf-8")


def _outcomes(place: Path, records: list[Record]) -> Iterator[tuple[Record, Outcome]]:
    for record in records:
        found = json.loads((place / ".parts" / f"{record.image_id}.json").read_text(encoding="utf-8"))
        yield record, Outcome(**{**found, "measured": tuple(Measured(**one) for one in found["measured"])})


def _foreign(request: Request, everything: list[Record]) -> list[run.Failure]:
    """Say which outputs that somebody else made belong to none of the split's images, limit or not."""
    outputs = request.method.outputs
    reason = None if outputs is None else made.foreign(outputs, set(_names(everything)))
    return [] if reason is None else [run.Failure(image_id=None, stage="restore", reason=reason)]


def _finish(place: Path, planned: run.RunResult, records: list[Record], foreign: list[run.Failure]) -> run.RunResult:
    """Join the parts into the run's tables and say whether it is complete."""
    scores: list[run.Score] = []
    failures: list[run.Failure] = []
    seconds = {timing.image_id: timing.seconds for timing in run.read_timings(place)}
    for record, outcome in _outcomes(place, records):
        scores += _scores(record, outcome)
        failures += _failures(outcome)
        if outcome.seconds is not None:
            seconds[record.image_id] = outcome.seconds
    if not scores:
        raise RunError(
            f"no image could be restored; the first failed so: {failures[0].reason}",
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
    shutil.rmtree(place / ".parts")
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
        return [run.Failure(image_id=name, stage="restore", reason=outcome.problem)]
    return [
        run.Failure(image_id=name, stage="score", metric=one.metric, reason=one.problem)
        for one in outcome.measured
        if one.problem is not None
    ]
