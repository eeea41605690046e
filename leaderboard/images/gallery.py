"""Which photographs of a board get pages, and the pictures of all of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from leaderboard.images.outputs import has_output, outputs
from leaderboard.images.pictures import key, made, make
from nlcl_bench.core.progress import silent
from nlcl_bench.core.workers import in_order
from nlcl_bench.data.loading import Samples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from leaderboard.images.outputs import Output
    from leaderboard.images.pictures import Pictured
    from leaderboard.photographs import Photographs
    from nlcl_bench.core.progress import Track
    from nlcl_bench.data.record import Record
    from nlcl_bench.data.sample import Sample
    from nlcl_bench.evaluation.intake import Run

__all__ = ["FOLDER", "Making", "chosen", "gallery"]

FOLDER = "pictures"
"""Where the pictures of a board lie, from its folder."""


@dataclass(frozen=True, slots=True)
class Making:
    """How pictures are made.

    Attributes:
        most: At most so many photographs of a board; None for all.
        jobs: Processes.
    """

    most: int | None = None
    jobs: int = 1


_DEFAULT = Making()


def chosen(records: Sequence[Record], most: int | None) -> list[Record]:
    """Return at most so many photographs, in their order: one of every scene before a second of any.

    Image ids are digests, so which of the scenes come first is as good as drawn, and the same for equal records.
    """
    if most is None or len(records) <= most:
        return list(records)
    seen: Counter[str] = Counter()
    turns = {}
    for record in sorted(records, key=lambda record: record.image_id):
        turns[record.image_id] = seen[record.scene_id]
        seen[record.scene_id] += 1
    first = sorted(records, key=lambda record: (turns[record.image_id], record.image_id))[:most]
    kept = {record.image_id for record in first}
    return [record for record in records if record.image_id in kept]


def gallery(
    photographs: Photographs,
    runs: Mapping[str, Run],
    into: Path,
    *,
    how: Making = _DEFAULT,
    track: Track = silent,
) -> dict[str, Pictured]:
    """Make the pictures of a board's photographs; those that were made of the same bytes before are kept.

    Args:
        photographs: The release.
        runs: The runs, by label; photographs of which none carries an output are left out.
        into: The board's folder in the site.
        how: Of how many photographs, in how many processes.
        track: Shows progress.

    Returns:
        The pictures by image id, in the release's order.

    Raises:
        ManifestError: The release is damaged.
        ImageError: One of its photographs is.
        StorageError: A picture cannot be written.
    """
    there = [record for record in photographs.records if any(has_output(run, record.image_id) for run in runs.values())]
    wanted = chosen(there, how.most)
    found: dict[str, Pictured] = {}
    missing: dict[str, list[Output]] = {}
    for record in wanted:
        mine = outputs(record, runs)
        earlier = made(into / FOLDER / record.image_id, key(record, mine))
        if earlier is None:
            missing[record.image_id] = mine
        else:
            found[record.image_id] = earlier
    if missing:
        samples = Samples(photographs.benchmark, photographs.folder, lambda record: record.image_id in missing)
        work = ((sample, missing[sample.record.image_id]) for sample in samples)
        done = in_order(partial(_make, into=into / FOLDER), work, jobs=how.jobs)
        found |= dict(track(done, what="pictures", total=len(missing)))
    return {record.image_id: found[record.image_id] for record in wanted}


def _make(task: tuple[Sample, Sequence[Output]], *, into: Path) -> tuple[str, Pictured]:
    sample, mine = task
    return sample.record.image_id, make(sample, mine, into / sample.record.image_id)
