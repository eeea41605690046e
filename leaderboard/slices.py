"""Slices of a board: its ranking on some of its photographs, by what records say of rain, hour, camera and size.

A mean over all photographs hides that a method is good in drizzle and bad in a downpour. A slice is chosen by the
records alone, never by scores, and ranked like a board of its own: the runs are cut down to its images.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nlcl_bench.core.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nlcl_bench.data.record import Record
    from nlcl_bench.evaluation.intake import Run

__all__ = ["Slice", "cut", "slices"]

_FEWEST_SCENES = 2  # one scene gives no interval
_MOST_CAMERAS = 8
_BANDS = ((1.0, "up to 1 megapixel"), (8.0, "1 to 8 megapixels"), (float("inf"), "over 8 megapixels"))


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of a board's photographs.

    Attributes:
        name: What files and links call it, e.g. ``rain-streak``.
        kind: What they are chosen by: rain, time of day, camera or size.
        title: What the page calls it.
        images: Their ids.
    """

    name: str
    kind: str
    title: str
    images: frozenset[str]


def slices(records: Sequence[Record]) -> tuple[Slice, ...]:
    """Return the slices of a board, by kind; those of one scene, and those that are the whole board, are left out.

    Of cameras the eight with the most photographs are taken.
    """
    groups: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        for key in _keys(record):
            groups[key].append(record)
    found = [
        (key, group)
        for key, group in groups.items()
        if len(group) < len(records) and len({record.scene_id for record in group}) >= _FEWEST_SCENES
    ]
    cameras = sorted((key for key, _ in found if key[0] == "camera"), key=lambda key: (-len(groups[key]), key[1]))
    left_out = set(cameras[_MOST_CAMERAS:])
    kinds = ("rain", "time of day", "camera", "size")
    ordered = sorted(found, key=lambda one: (kinds.index(one[0][0]), _size(one[0][1]), one[0][1]))
    numbers: dict[str, int] = defaultdict(int)
    result = []
    for key, group in ordered:
        if key not in left_out:
            numbers[key[0]] += 1
            name = f"{key[0].replace(' ', '-')}-{numbers[key[0]]}"
            result.append(Slice(name, key[0], plain(key[1], 60), frozenset(record.image_id for record in group)))
    return tuple(result)


def _keys(record: Record) -> Iterator[tuple[str, str]]:
    """Yield kind and title of every slice that a photograph is in."""
    for kind in dict.fromkeys(record.rain_kinds):
        yield "rain", kind
    if record.time_of_day is not None:
        yield "time of day", record.time_of_day
    if record.capture.camera:
        yield "camera", record.capture.camera
    megapixels = record.width * record.height / 1e6
    yield "size", next(title for most, title in _BANDS if megapixels <= most)


def _size(title: str) -> int:
    """Return where a band of sizes stands; 0 for whatever is none."""
    titles = [one for _, one in _BANDS]
    return titles.index(title) if title in titles else 0


def cut(runs: Sequence[Run], images: frozenset[str]) -> list[Run]:
    """Return the runs as they would be on these images alone; a run that has none of them is left out."""
    return [_cut(run, images) for run in runs if images.intersection(run.images)]


def _cut(run: Run, images: frozenset[str]) -> Run:
    lines = [line for line, image in enumerate(run.images) if image in images]
    failures = tuple(one for one in run.result.failures if one.image_id is None or one.image_id in images)
    benchmark = run.result.benchmark.model_copy(update={"images": len(images), "first_of": None})
    complete = run.result.complete or not failures
    return replace(
        run,
        result=run.result.model_copy(update={"benchmark": benchmark, "failures": failures, "complete": complete}),
        images=tuple(run.images[line] for line in lines),
        scenes=tuple(run.scenes[line] for line in lines),
        inputs=tuple(run.inputs[line] for line in lines),
        outputs=tuple(run.outputs[line] for line in lines),
        scores=run.scores[lines],
    )
