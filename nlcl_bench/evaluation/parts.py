"""One small file per image that says what became of it: what a kill, or another machine, leaves until the end.

::

    <into>/<benchmark>/<label>/.parts/<image_id>.json
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, NamedTuple

from nlcl_bench.core.files import make_folder, writing
from nlcl_bench.data.loading import Samples
from nlcl_bench.evaluation.score import Measured
from nlcl_bench.evaluation.workers import Outcome, Plan, paying_jobs, workers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nlcl_bench.core.progress import Track
    from nlcl_bench.data.record import Record
    from nlcl_bench.evaluation.plan import Request
    from nlcl_bench.evaluation.workers import Work

__all__ = ["FOLDER", "Share", "do_parts", "outcomes", "undone"]

FOLDER = ".parts"


class Share(NamedTuple):
    """Images of one run, for somebody to do.

    Attributes:
        request: What to run, on what, and how.
        place: The run's folder.
        records: The images.
    """

    request: Request
    place: Path
    records: Sequence[Record]


def do_parts(shares: Sequence[Share], track: Track) -> None:
    """Restore and score those of the images that have no part yet; the same workers do all runs.

    Args:
        shares: At least one; their requests agree on metrics, device and jobs.
        track: Shows progress.

    Raises:
        RunError: A worker was killed.
        ManifestError: An image's bytes are not those of its record.
        ArtifactError: The weights do not fit the method.
        StorageError: Something cannot be written.
    """
    for share in shares:
        make_folder(share.place / FOLDER)
    left = [share._replace(records=undone(share.place, share.records)) for share in shares]
    todo = [record for share in left for record in share.records]
    if not todo:
        return
    request = left[0].request
    jobs = min(request.jobs or paying_jobs(_pixels(todo), request.device), len(todo))
    with workers(request.selection.chosen, request.device, jobs) as work:
        for share in left:
            if share.records:
                _do_share(share, work, track)


def _do_share(share: Share, work: Work, track: Track) -> None:
    request, place, records = share
    names = {record.image_id for record in records}
    plan = Plan(make_folder(place / "restored"), request.weights, request.tile)
    samples = Samples(request.benchmark, request.folder, lambda record: record.image_id in names)
    done = work(samples, request.method, plan)
    for outcome in track(done, what=f"{request.method.name} on {request.benchmark.name}", total=len(records)):
        with writing(place / FOLDER / f"{outcome.image_id}.json") as part:
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
