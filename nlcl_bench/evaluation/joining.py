"""Opinions of people beside the scores of the same outputs, known by photograph and the label of their run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nlcl_bench.core.errors import InputError
from nlcl_bench.core.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.opinions import Opinions
    from nlcl_bench.evaluation.run import MetricEntry

    Array = npt.NDArray[np.float64]

__all__ = ["Joined", "choices", "join", "metrics_of", "places"]

_MOST = 10_000  # outputs: Kendall's sums need the square of it


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """One metric's outputs that have an opinion, sorted by image and method.

    Attributes:
        opinions: What people said; more is better.
        scores: What the metric said, turned so that more is better.
        scenes: The scene of each output.
        images: Its photograph.
        methods: Its run's label.
    """

    opinions: Array
    scores: Array
    scenes: list[str]
    images: list[str]
    methods: list[str]


def places(runs: Sequence[Run], opinions: Opinions) -> dict[tuple[str, str], tuple[int, int]]:
    """Return, for every image and label with an opinion, which run has its scores, and in which row.

    Raises:
        InputError: There is none, there are too many, or two runs hold the same output.
    """
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for number, run in enumerate(runs):
        label = run.result.label
        for row, image in enumerate(run.images):
            if (image, label) in opinions.scores:
                other = found.setdefault((image, label), (number, row))
                if other[0] != number:
                    raise InputError(
                        f"image {image} by {label} is in {runs[other[0]].shown} too",
                        where=run.shown,
                        fix="give the runs of one benchmark only",
                    )
    if not found:
        image, label = next(iter(opinions.scores))
        raise InputError(
            "no opinion is on an output of these runs",
            where=f"image {plain(image, 40)} by {plain(label, 40)} and all others",
            fix="name images by their id in the benchmark, and methods as the runs are labelled",
        )
    if len(found) > _MOST:
        raise InputError(f"opinions on {len(found):,} outputs are too many", fix=f"give at most {_MOST:,}")
    return found


def metrics_of(runs: Sequence[Run]) -> list[MetricEntry]:
    """Return every metric but the guards once, by name.

    Raises:
        InputError: Two runs disagree on which direction is better.
    """
    found: dict[str, MetricEntry] = {}
    for run in runs:
        for metric in run.result.metrics:
            if found.setdefault(metric.id, metric).better != metric.better:
                raise InputError(
                    f"says that {metric.better} is better of {metric.id}", where=run.shown, fix="leave it out"
                )
    return sorted((one for one in found.values() if one.role != "guard"), key=lambda one: (one.name, one.id))


def join(
    runs: Sequence[Run], found: Mapping[tuple[str, str], tuple[int, int]], opinions: Opinions, metric: MetricEntry
) -> Joined:
    """Bring a metric's scores and the opinions on the same outputs together; ``found`` is what :func:`places` gives."""
    columns = [run.column(metric.id) for run in runs]
    sign = -1.0 if metric.better == "lower" else 1.0
    lines = []
    for (image, method), (number, row) in sorted(found.items()):
        column = columns[number]
        if column is not None and np.isfinite(column[row]):
            scene = opinions.scenes.get(image, runs[number].scenes[row])
            lines.append((opinions.scores[image, method], sign * float(column[row]), scene, image, method))
    said, scores, scenes, images, methods = (list(column) for column in zip(*lines, strict=True)) if lines else [[]] * 5
    return Joined(np.array(said), np.array(scores), scenes, images, methods)


def choices(joined: Joined, opinions: Opinions) -> list[tuple[int, int]]:
    """Return people's choices as pairs of places in the joined outputs, the better one first.

    They are the votes, or every two outputs of one image with different opinions.
    """
    place = {key: index for index, key in enumerate(zip(joined.images, joined.methods, strict=True))}
    if opinions.votes is not None:
        keys = [((vote.image, vote.better), (vote.image, vote.worse)) for vote in opinions.votes]
        return [(place[better], place[worse]) for better, worse in keys if better in place and worse in place]
    groups: dict[str, list[int]] = {}
    for index, image in enumerate(joined.images):
        groups.setdefault(image, []).append(index)
    said = joined.opinions
    return [(one, other) for group in groups.values() for one in group for other in group if said[one] > said[other]]
