"""One small file per image that says what became of it: what a kill, or another machine, leaves until the end.

::

    <into>/<benchmark>/<label>/.parts/<image_id>.json
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from nlcl_bench.core.files import make_folder, writing
from nlcl_bench.data.loading import Samples
from nlcl_bench.evaluation.score import Measured
from nlcl_bench.evaluation.workers import Outcome, Plan, paying_jobs, work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nlcl_bench.core.progress import Track
    from nlcl_bench.data.record import Record
    from nlcl_bench.evaluation.plan import Request

__all__ = ["FOLDER", "do_parts", "outcomes", "undone"]

FOLDER = ".parts"


def do_parts(request: Request, place: Path, records: Sequence[Record], track: Track) -> None:
    """Restore and score those of the images that have no part yet.

    Args:
        request: What to run, on what, and how.
        place: The run's folder.
        records: The images.
        track: Shows progress.

    Raises:
        RunError: A worker was killed.
        ManifestError: An image's bytes are not those of its record.
        ArtifactError: The weights do not fit the method.
        StorageError: Something cannot be written.
    """
    parts, todo = make_folder(place / FOLDER), undone(place, records)
    if not todo:
        return
    names, method = {record.image_id for record in todo}, request.method
    plan = Plan(make_folder(place / "restored"), request.weights, request.device, request.tile)
    samples = Samples(request.benchmark, request.folder, lambda record: record.image_id in names)
    jobs = min(request.jobs or paying_jobs(_pixels(todo), request.device), len(todo))
    done = work(samples, method, request.selection.chosen, plan, jobs)
    for outcome in track(done, what=f"{method.name} on {request.benchmark.name}", total=len(todo)):
        with writing(parts / f"{outcome.image_id}.json") as part:
            part.write_text(json.dumps(asdict(outcome)), encoding="utf-8")


def undone(place: Path, records: Sequence[Record]) -> list[Record]:
    """Return the images that have no part yet."""
    return [record for record in records if not (place / FOLDER / f"{record.image_id}.json").exists()]


def outcomes(place: Path, records: Sequence[Record]) -> Iterator[tuple[Record, Outcome]]:
    """Read what became of every image; all must have their part."""
    for record in records:
        found = json.loads((place / FOLDER / f"{record.image_id}.json").read_text(encoding="utf-8"))
        yield record, Outcome(**{**found, "measured": tuple(Measured(**one) for one in found["measured"])})


def _pixels(records: Sequence[Record]) -> int:
    return sum(record.width * record.height for record in records)
