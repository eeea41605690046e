"""Runs laid side by side: which cannot stand on the same board, and why.

Where runs contradict each other, the view that most of them share stands, and the others are refused: one
stranger cannot turn a metric round for everybody. Ties go to the first in order.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from nlcl_bench.evaluation.intake import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.run import MetricEntry

__all__ = ["agree", "by_benchmark"]


def by_benchmark(runs: Iterable[Run]) -> list[list[Run]]:
    """Return the runs grouped by benchmark and protocol: only those of one group can be compared.

    A run on the first few images of a benchmark is a group of its own, after the larger one.
    """
    groups: dict[tuple[str | int, ...], list[Run]] = defaultdict(list)
    for run in runs:
        groups[_board(run)].append(run)
    return [groups[key] for key in sorted(groups)]


def _board(run: Run) -> tuple[str | int, ...]:
    benchmark = run.result.benchmark
    where = (benchmark.name, benchmark.revision, benchmark.config, benchmark.split, run.result.protocol)
    return (*where, -benchmark.images, benchmark.manifest_sha256)


def agree(runs: Sequence[Run]) -> tuple[list[Run], list[Refusal]]:
    """Keep the runs of one benchmark that fit each other, and say why the others do not."""
    refusals: list[Refusal] = []
    kept = list(runs)
    for check in (_other_photographs, _other_metrics, _taken_label):
        reasons = dict(check(kept))
        refusals += [Refusal(kept[index].shown, *reason) for index, reason in reasons.items()]
        kept = [run for index, run in enumerate(kept) if index not in reasons]
    return kept, refusals


def _common(runs: Sequence[Run], views: Callable[[Run], Iterable[tuple[str, object]]]) -> dict[str, object]:
    """Return, for each key, the view that most runs share."""
    votes: dict[str, Counter[object]] = defaultdict(Counter)
    for run in runs:
        for key, view in views(run):
            votes[key][view] += 1
    return {key: counter.most_common(1)[0][0] for key, counter in votes.items()}


def _photographs(run: Run) -> Iterable[tuple[str, object]]:
    return zip(run.images, zip(run.scenes, run.inputs, strict=True), strict=True)


def _other_photographs(runs: Sequence[Run]) -> Iterator[tuple[int, tuple[str, str]]]:
    common = _common(runs, _photographs)
    for index, run in enumerate(runs):
        other = next((image for image, view in _photographs(run) if common[image] != view), None)
        if other is not None:
            why = f"image {other} has another rainy file or scene than in the other runs of {run.result.benchmark.name}"
            yield index, (why, "evaluate on the benchmark's own files")


def _definition(metric: MetricEntry) -> tuple[object, ...]:
    return (
        metric.name,
        metric.better,
        metric.reference,
        metric.family,
        metric.role,
        metric.bounds,
        metric.weights_sha256,
    )


def _metrics(run: Run) -> Iterable[tuple[str, object]]:
    return ((metric.id, _definition(metric)) for metric in run.result.metrics)


def _other_metrics(runs: Sequence[Run]) -> Iterator[tuple[int, tuple[str, str]]]:
    common = _common(runs, _metrics)
    for index, run in enumerate(runs):
        other = next((name for name, view in _metrics(run) if common[name] != view), None)
        if other is not None:
            yield index, (f"defines metric {other} otherwise than the other runs do", "give a changed metric a new id")


def _taken_label(runs: Sequence[Run]) -> Iterator[tuple[int, tuple[str, str]]]:
    first: dict[str, str] = {}
    for index, run in enumerate(runs):
        owner = first.setdefault(run.result.label, run.shown)
        if owner != run.shown:
            why = f"its label {run.result.label} is taken by {owner}"
            yield index, (why, "evaluate with another --label, or leave one of the two out")
