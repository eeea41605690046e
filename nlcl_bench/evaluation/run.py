"""The run folder: what one method did on one benchmark.

::

    <into>/<benchmark>/<label>/
        run.json          what ran, on what, with which versions, and whether it is complete
        scores.parquet    one row per image and metric
        timings.parquet   seconds per image: the one file that differs between two equal runs
        restored/*.png    the outputs, from which every score was computed

Aggregates are not stored: they are computed from the rows each time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationError

from nlcl_bench.core.digest import sha256_value
from nlcl_bench.core.errors import RunError
from nlcl_bench.core.files import writing
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Digest, ImageId, Name, Protocol, Row, Text, first_problem

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "BenchmarkEntry",
    "Environment",
    "Failure",
    "InterfaceEntry",
    "MethodEntry",
    "MetricEntry",
    "MissingMetric",
    "RunResult",
    "Score",
    "Timing",
    "read_run",
    "read_scores",
    "read_timings",
    "restore_id",
    "run_id",
    "write_run",
]

SCHEMA_VERSION: Literal[1] = 1


class BenchmarkEntry(Row):
    """Which photographs were restored.

    Attributes:
        images: How many.
        first_of: Of how many images of the split they are the first; None if they are all of it.
    """

    name: Name
    revision: Text
    config: Name
    split: Name
    images: Annotated[int, Field(ge=1)]
    first_of: Annotated[int, Field(ge=1)] | None = None
    manifest_sha256: Digest


class InterfaceEntry(Row):
    """How somebody else's method was spoken to; see :class:`nlcl_bench.methods.spec.Interface`."""

    source: Text
    range: Text
    colour: Text
    multiple_of: Text
    padding: Text
    output: Text
    rounding: Text
    tiling: Text
    deterministic: Text


class MethodEntry(Row):
    """What restored them."""

    name: Name
    title: Text
    supervision: Literal["control", "attack", "prior", "unpaired", "semi", "paired", "not stated"]
    weights_sha256: Digest | None
    licence: Text
    year: int | None
    paper: Text | None
    trained_on: tuple[Text, ...]
    trained_with_iqa: bool | None
    """None if whoever brought somebody else's method did not say."""
    tile: Annotated[int, Field(ge=0)]
    """Side of the tiles in pixels; 0 for whole images."""
    interface: InterfaceEntry | None = None
    """None for a method that was written for the benchmark."""
    parameters: Annotated[int, Field(ge=0)] | None = None
    gmacs: Annotated[float, Field(ge=0)] | None = None
    """For 3 x 256 x 256 pixels."""
    outputs_sha256: Digest | None = None
    """Digest of the files, if somebody else made the outputs."""


class MetricEntry(Row):
    """What scored them."""

    id: Text
    name: Name
    title: Text
    better: Literal["lower", "higher"]
    reference: Literal["none", "rainy", "clean"]
    family: Literal["rain removed", "content kept", "naturalness", "reference"]
    role: Literal["ranked", "shown", "guard"]
    bounds: tuple[float, float]
    implementation: Text
    weights_sha256: Digest | None


class MissingMetric(Row):
    """A metric that could not run, and why: it is listed, never silently dropped."""

    name: Name
    reason: Text


class Failure(Row):
    """An image that could not be restored or scored, and why; without an image, what is wrong with the whole."""

    image_id: ImageId | None
    stage: Literal["restore", "score"]
    metric: Text | None = None
    reason: Text


class Environment(Row):
    """On which machine and with which versions."""

    python: Text
    platform: Text
    processor: Text
    device: Text
    packages: dict[str, str]


class RunResult(Row):
    """The content of ``run.json``.

    Attributes:
        schema_version: Version of this format.
        run_id: Digest of benchmark, method, weights, protocol and metrics; not of time or host.
        label: The row's name on a board; the method's name unless the user chose another.
        protocol: The measuring protocol, e.g. ``P1``.
        complete: Whether every image was restored and scored by every metric listed.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    run_id: Digest
    label: Name
    protocol: Protocol
    benchmark: BenchmarkEntry
    method: MethodEntry
    metrics: tuple[MetricEntry, ...]
    missing_metrics: tuple[MissingMetric, ...] = ()
    failures: tuple[Failure, ...] = ()
    complete: bool
    toolkit: Text
    command: Text
    environment: Environment

    @property
    def failed_images(self) -> frozenset[str]:
        """The images that could not be restored or scored."""
        return frozenset(failure.image_id for failure in self.failures if failure.image_id is not None)


class Score(Row):
    """One row of ``scores.parquet``: one image, one metric.

    Attributes:
        input_sha256: Digest of the rainy file's bytes.
        output_sha256: Digest of the output's size and pixels.
        value: The score, or None where the metric could not score this image; then a failure says why.
    """

    image_id: ImageId
    scene_id: ImageId
    metric: Text
    value: float | None
    input_sha256: Digest
    output_sha256: Digest


class Timing(Row):
    """One row of ``timings.parquet``: how long one image took to restore, wall clock, loading excluded."""

    image_id: ImageId
    seconds: Annotated[float, Field(ge=0)]


def run_id(benchmark: BenchmarkEntry, method: MethodEntry, protocol: str, metrics: tuple[MetricEntry, ...]) -> str:
    """Return the digest that two runs share when they must give the same scores."""
    return sha256_value(
        {
            "benchmark": benchmark.model_dump(mode="json", exclude_none=True),
            "method": [*_what(method), *([] if method.outputs_sha256 is None else [method.outputs_sha256])],
            "protocol": protocol,
            "metrics": [[metric.id, metric.weights_sha256] for metric in metrics],
        }
    )


def restore_id(result: RunResult) -> str:
    """Return the digest that two runs share when they must give the same output for the same photograph."""
    return sha256_value([*_what(result.method), result.protocol, result.toolkit])


def _what(method: MethodEntry) -> list[Any]:
    """Return what tells one method from another; outputs made by somebody else are taken anew each time, so are not."""
    spoken = [] if method.interface is None else [method.interface.model_dump(mode="json")]
    return [method.name, method.weights_sha256, method.tile, *spoken]


def write_run(result: RunResult, folder: Path) -> None:
    """Write ``run.json``.

    Raises:
        StorageError: It cannot be written.
    """
    text = json.dumps(result.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
    with writing(folder / "run.json") as part:
        part.write_text(text, encoding="utf-8")


def read_run(folder: Path) -> RunResult:
    """Read and validate ``run.json``.

    Raises:
        RunError: There is none, or it is not valid.
    """
    path = folder / "run.json"
    try:
        return RunResult.model_validate_json(path.read_bytes())
    except OSError as error:
        raise RunError("is no run folder: it has no run.json", where=folder, fix="evaluate a method into it") from error
    except ValidationError as error:
        raise RunError(f"is not valid: {first_problem(error)}", where=path, fix="evaluate again") from error


def read_scores(folder: Path) -> list[Score]:
    """Read and validate ``scores.parquet``.

    Raises:
        ManifestError: It cannot be read, or a row is not valid.
    """
    return list(manifest.read_part(folder / "scores.parquet", Score))


def read_timings(folder: Path) -> list[Timing]:
    """Read and validate ``timings.parquet``; a run that restored nothing yet has none.

    Raises:
        ManifestError: It cannot be read, or a row is not valid.
    """
    path = folder / "timings.parquet"
    return list(manifest.read_part(path, Timing)) if path.exists() else []
