"""Making some images of a run again: does the method give these outputs, and do the outputs have these scores?

A run says what ran: benchmark, method, weights, protocol, metrics. A verifier who has the same photographs compares
that with what is here, the scene and bytes of every image included. Then some images are drawn, restored and scored by
the very functions that an evaluation uses, and compared. On the same stack outputs must be equal to the bit. On
another, sums round otherwise and outputs may differ in a few grey levels: scores have to agree within each metric's
tolerance where outputs are equal, within some of them where they are not.

With k images of n drawn, m of which are forged, the forgery is missed with probability C(n-m, k) / C(n, k)
(hypergeometric): one in ten forged is missed by 3 images in 73 % of the cases, by 20 in 10 %. Whoever sends a run does
not know the seed.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leaderboard.photographs import photographs
from nlcl_bench.core.errors import InputError, RunError
from nlcl_bench.core.plain import plain
from nlcl_bench.core.progress import silent
from nlcl_bench.data.loading import Samples
from nlcl_bench.evaluation.inputs import method_weights
from nlcl_bench.evaluation.intake import Found, Refusal, read
from nlcl_bench.evaluation.plan import Request, describe
from nlcl_bench.evaluation.protocol import rules
from nlcl_bench.evaluation.selection import select
from nlcl_bench.evaluation.workers import Plan, workers
from nlcl_bench.methods.catalogue import find_method
from nlcl_bench.metrics.catalogue import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leaderboard.events import Happening
    from leaderboard.photographs import Photographs
    from nlcl_bench.core.progress import Track
    from nlcl_bench.data.record import Record
    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.run import Environment, RunResult
    from nlcl_bench.evaluation.workers import Outcome

__all__ = ["Difference", "Verdict", "read_run_folder", "stack", "verify"]


_SLACK = 10
_SLACK_OF_LOOKS = 100
"""Tolerances by which scores may differ where outputs do; the larger for the family ``naturalness``.

A metric's tolerance is for one picture on two machines. Networks on two machines give pictures that differ by a grey
level in some pixels; what that does was measured, and stands in ``docs/leaderboard.md``. PIQE and BRISQUE decide by
thresholds and move most.
"""

_DEFINITION = ("better", "reference", "family", "role", "bounds")
_CARD = (
    "title",
    "supervision",
    "licence",
    "year",
    "paper",
    "trained_on",
    "trained_with_iqa",
    "parameters",
    "gmacs",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that was said and something else that was found.

    Attributes:
        where: The image, or the entry of ``run.json``.
        what: The metric, or what else differs.
        said: What the run says.
        found: What came out.
    """

    where: str
    what: str
    said: str
    found: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a verification.

    Attributes:
        run: The run.
        status: What it says of the run.
        images: The images that were made again.
        differences: What did not agree.
        same_stack: Whether the run was made on this stack.
        environment: This machine and its versions.
    """

    run: Run
    status: Happening
    images: tuple[str, ...]
    differences: tuple[Difference, ...]
    same_stack: bool
    environment: Environment


def read_run_folder(folder: Path) -> Run:
    """Read a run as a board would.

    Raises:
        RunError: A board would refuse it.
    """
    found = read(Found(folder.name, folder))
    if isinstance(found, Refusal):
        raise RunError(found.why, where=folder, fix=found.fix)
    return found


def verify(
    folder: Path,
    data: Sequence[str],
    *,
    images: int,
    seed: int,
    method: str | None = None,
    weights: Path | None = None,
    device: str = "cpu",
    track: Track = silent,
) -> Verdict:
    """Make some images of a run again and compare.

    Args:
        folder: The run folder; its pictures are not needed.
        data: Releases, one of which holds the benchmark.
        images: How many.
        seed: Draws them.
        method: What to give for a method that is no built-in one: ``KIND:ARGUMENT``.
        weights: The weight file, for a method that ships none.
        device: Torch's name of the device.
        track: Shows progress.

    Raises:
        RunError: A board would refuse the run.
        InputError: No release holds its photographs, the protocol is not known, or the method has to be given.
        ArtifactError: Weights or a metric's parameter file are not here.
        UnknownNameError: The method or a metric is not installed.
    """
    run = read_run_folder(folder)
    rules(run.result.protocol)
    there = photographs(run.result.benchmark, data)
    if there is None:
        raise InputError(
            "none of the releases holds exactly the photographs of this run",
            where=", ".join(data),
            fix=f"give the release of {run.result.benchmark.name} at its revision {run.result.benchmark.revision}",
        )
    request = _request(run.result, there, method, weights, device)
    here = describe(request, list(there.records), run.result.benchmark.first_of)
    same = stack(here) == stack(run.result)
    entries = (*_entries(run.result, here), *_photographs(run, there.records))
    if entries:
        return Verdict(run, "not reproduced", (), entries, same, here.environment)
    chosen = _drawn(run, images, seed)
    differences = tuple(
        difference
        for outcome in _again(request, there, chosen, track)
        for difference in _compared(run, outcome, same_stack=same)
    )
    good: Happening = "reproduced (same stack)" if same else "reproduced (other hardware)"
    return Verdict(run, "not reproduced" if differences else good, chosen, differences, same, here.environment)


def stack(result: RunResult) -> tuple[str, ...]:
    """Return what outputs may depend on beside the method: toolkit, processor, device, Python and packages."""
    environment = result.environment
    packages = (f"{name} {version}" for name, version in sorted(environment.packages.items()))
    machine = (environment.platform, environment.processor, environment.device, f"python {environment.python}")
    return (result.toolkit, *machine, *packages)


def _request(result: RunResult, there: Photographs, method: str | None, weights: Path | None, device: str) -> Request:
    if method is None and result.method.interface is not None:
        raise InputError(
            "was run through an adapter, whose file is not part of a run",
            where=result.label,
            fix="give the same --method KIND:ARGUMENT",
        )
    spec = find_method(method or result.method.name, ())
    return Request(
        benchmark=there.benchmark,
        folder=there.folder,
        method=spec,
        weights=method_weights(spec, weights),
        selection=select([_known(metric.name, metric.id) for metric in result.metrics], paired=True),
        into=Path(),
        label=result.label,
        tile=result.method.tile,
        device=device,
        command="",
    )


def _known(name: str, wanted: str) -> str:
    """Return a metric's name if this version computes what the run's id says.

    Raises:
        InputError: It computes another version.
    """
    spec = METRICS.get(name)
    if spec.id != wanted:
        raise InputError(
            f"the run has {wanted}, and this version of nlcl-bench computes {spec.id}",
            where=name,
            fix="verify with the version that made the run",
        )
    return name


def _entries(said: RunResult, here: RunResult) -> Iterator[Difference]:
    """Yield what makes this another run than the one that was sent."""
    pairs = (
        ("benchmark", "name and revision", *(f"{one.benchmark.name} {one.benchmark.revision}" for one in (said, here))),
        ("method", "name", said.method.name, here.method.name),
        ("method", "weights", said.method.weights_sha256 or "none", here.method.weights_sha256 or "none"),
        ("method", "way of running", str(said.method.interface), str(here.method.interface)),
        ("method", "outputs", said.method.outputs_sha256 or "none", here.method.outputs_sha256 or "none"),
        *_definitions(said, here),
        *(_card(said, here) if said.method.interface is None and said.toolkit == here.toolkit else ()),
    )
    for where, what, one, other in pairs:
        if one != other:
            yield Difference(where, what, one, other)


def _definitions(said: RunResult, here: RunResult) -> Iterator[tuple[str, str, str, str]]:
    """Yield what a metric's id stands for: a run id does not cover which direction is better."""
    theirs = {metric.id: metric for metric in here.metrics}
    for mine in said.metrics:
        if mine.id in theirs:
            other = theirs[mine.id]
            yield mine.id, "parameter file", mine.weights_sha256 or "none", other.weights_sha256 or "none"
            for what in _DEFINITION:
                yield mine.id, what, str(getattr(mine, what)), str(getattr(other, what))


def _card(said: RunResult, here: RunResult) -> Iterator[tuple[str, str, str, str]]:
    """Yield what the catalogue says of a built-in method: a row must not embellish what it was trained with."""
    for what in _CARD:
        yield "method", what.replace("_", " "), str(getattr(said.method, what)), str(getattr(here.method, what))


def _photographs(run: Run, records: Sequence[Record]) -> Iterator[Difference]:
    """Yield images that the release does not have, or has with another scene or other bytes; all are looked at."""
    known = {record.image_id: record for record in records}
    for image, scene, digest in zip(run.images, run.scenes, run.inputs, strict=True):
        record = known.get(image)
        if record is None:
            yield Difference(image, "image", "restored", "not in the release")
        elif record.scene_id != scene:
            yield Difference(image, "scene", scene, record.scene_id)
        elif record.sha256 != digest:
            yield Difference(image, "input", digest[:12], record.sha256[:12])
    for image in sorted(run.result.failed_images - known.keys()):
        yield Difference(image, "image", "failed", "not in the release")


def _drawn(run: Run, images: int, seed: int) -> tuple[str, ...]:
    """Draw images among those that the run has outputs of, and those that it says failed."""
    every = sorted({*run.images, *run.result.failed_images})
    lines = np.random.default_rng(seed).permutation(len(every))[:images]
    return tuple(every[line] for line in sorted(lines))


def _again(request: Request, there: Photographs, chosen: Sequence[str], track: Track) -> Iterator[Outcome]:
    wanted = set(chosen)
    samples = Samples(there.benchmark, there.folder, lambda record: record.image_id in wanted)
    with (
        tempfile.TemporaryDirectory() as restored,
        workers(request.selection.chosen, request.device, 1) as work,
    ):
        plan = Plan(restored=Path(restored), weights=request.weights, tile=request.tile)
        yield from track(work(samples, request.method, plan), what="making again", total=len(chosen))


def _compared(run: Run, outcome: Outcome, *, same_stack: bool) -> Iterator[Difference]:
    """Yield what differs; an image that failed may succeed elsewhere, where there is more memory."""
    if outcome.image_id not in run.images:
        if same_stack and outcome.problem is None:
            yield Difference(outcome.image_id, "failure", "failed", "was restored and scored")
        return
    line = run.images.index(outcome.image_id)
    if outcome.problem is not None:
        yield Difference(outcome.image_id, "output", run.outputs[line][:12], plain(outcome.problem, 200))
        return
    if same_stack and run.outputs[line] != outcome.output_sha256:
        yield Difference(outcome.image_id, "output", run.outputs[line][:12], str(outcome.output_sha256)[:12])
    equal = run.outputs[line] == outcome.output_sha256
    found = {one.metric: one.value for one in outcome.measured}
    for place, metric in enumerate(run.result.metrics):
        said, value = float(run.scores[line, place]), found.get(metric.id)
        if not _agree(said, value, _allowed(metric.name, equal=equal)):
            yield Difference(
                outcome.image_id,
                metric.id,
                "none" if np.isnan(said) else f"{said:.6g}",
                f"{value:.6g}" if value is not None else "none",
            )


def _allowed(name: str, *, equal: bool) -> float:
    spec = METRICS.get(name)
    slack = _SLACK_OF_LOOKS if spec.family == "naturalness" else _SLACK
    return spec.tolerance * (1 if equal else slack)


def _agree(said: float, found: float | None, tolerance: float) -> bool:
    if found is None or np.isnan(said):
        return found is None and bool(np.isnan(said))
    return abs(said - found) <= tolerance
