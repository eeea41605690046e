"""What is to be run, and how ``run.json`` describes it before the first image."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from nlcl_bench import __version__
from nlcl_bench.core.digest import sha256_file, sha256_value
from nlcl_bench.data import manifest
from nlcl_bench.evaluation import made, run
from nlcl_bench.evaluation.protocol import rules
from nlcl_bench.evaluation.provenance import environment

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.data.benchmark import Benchmark
    from nlcl_bench.data.record import Record
    from nlcl_bench.evaluation.selection import Chosen, Selection
    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["Request", "describe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One evaluation.

    Attributes:
        benchmark: What to run on.
        folder: The local folder of its release.
        method: What to run.
        weights: The method's verified weight file.
        selection: The metrics to score with.
        into: Folder of runs; this one goes to ``<into>/<benchmark>/<label>``.
        label: The row's name on a board; the method's name by default.
        limit: Only the first so many images.
        tile: Side of the tiles in pixels; 0 for whole images.
        device: Torch's name of the device.
        jobs: Number of worker processes; 0 for as many as pay.
        command: The command line, to be recorded.
    """

    benchmark: Benchmark
    folder: Path
    method: MethodSpec
    weights: Path | None = None
    selection: Selection
    into: Path
    label: str | None = None
    limit: int | None = None
    tile: int = 0
    device: str = "cpu"
    jobs: int = 1
    command: str = ""


def describe(request: Request, records: list[Record], split_images: int | None = None) -> run.RunResult:
    """Return the content of ``run.json`` for a run that has not begun.

    Args:
        request: What is asked for.
        records: The images to run on.
        split_images: How many images the split has, if those may be the first of more.

    Raises:
        InputError: The benchmark asks for a protocol that this version does not know.
    """
    benchmark, method, selection = request.benchmark, request.method, request.selection
    protocol = rules(benchmark.protocol).name
    on = run.BenchmarkEntry(
        name=benchmark.name,
        revision=benchmark.revision,
        config=benchmark.config,
        split=benchmark.split,
        images=len(records),
        first_of=split_images if split_images != len(records) else None,
        manifest_sha256=manifest.digest(records),
    )
    weights = None if request.weights is None else sha256_file(request.weights)
    own = weights is not None and (method.weights is None or weights != method.weights.digest)
    by = run.MethodEntry(
        name=method.name,
        title=method.title,
        supervision=method.supervision,
        weights_sha256=weights,
        licence=method.licence,
        year=method.year,
        paper=method.paper,
        trained_on=("not stated",) if own else tuple(sorted(method.trained_on)),
        trained_with_iqa=method.trained_with_iqa,
        tile=request.tile,
        parameters=None if own else method.parameters,
        gmacs=None if own else method.gmacs,
        interface=None if method.interface is None else run.InterfaceEntry(**asdict(method.interface)),
        outputs_sha256=None if method.outputs is None else made.digest(method.outputs),
    )
    metrics = tuple(_entry(chosen) for chosen in selection.chosen)
    return run.RunResult(
        run_id=run.run_id(on, by, protocol, metrics),
        label=request.label or method.name,
        protocol=protocol,
        benchmark=on,
        method=by,
        metrics=metrics,
        missing_metrics=tuple(run.MissingMetric(name=name, reason=why) for name, why in selection.missing),
        complete=False,
        toolkit=f"nlcl-bench {__version__}",
        command=request.command,
        environment=environment(request.device),
    )


def _entry(chosen: Chosen) -> run.MetricEntry:
    spec = chosen.spec
    return run.MetricEntry(
        id=spec.id,
        name=spec.name,
        title=spec.title,
        better=spec.better,
        reference=spec.reference,
        family=spec.family,
        role=spec.role,
        bounds=spec.bounds,
        implementation=spec.implementation,
        weights_sha256=_files_digest(spec.files),
    )


def _files_digest(files: tuple[Artifact, ...]) -> str | None:
    """Return the digest of a metric's parameter file, or of the list of digests where it needs several."""
    digests = [artifact.digest for artifact in files]
    if len(digests) > 1:
        return sha256_value(digests)
    return digests[0] if digests else None
