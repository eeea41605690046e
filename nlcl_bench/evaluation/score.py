"""Scoring one output: the written file is read again and measured by every metric (protocol P1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import ContractError
from nlcl_bench.core.images import decode, pixel_digest, to_tensor
from nlcl_bench.evaluation.protocol import as_seen, read_output, too_small

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from PIL import Image
    from torch import Tensor

    from nlcl_bench.data.loading import Sample
    from nlcl_bench.metrics.spec import Metric, MetricSpec, Reference

__all__ = ["Measured", "score"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one metric said of one image: a value, or why there is none."""

    metric: str
    value: float | None
    problem: str | None = None


def score(
    restored: Path, sample: Sample, rainy: Image.Image, metrics: Mapping[str, tuple[MetricSpec, Metric]]
) -> tuple[str, list[Measured]]:
    """Measure one written output.

    Args:
        restored: The PNG that a method's run wrote.
        sample: The rainy photograph it came from, with the clean one if there is a pair.
        rainy: The rainy photograph, decoded: who restores an image and scores it decodes it once.
        metrics: Loaded metrics with their descriptions, by id.

    Returns:
        The digest of the output's pixels, and one finding per metric.

    Raises:
        ImageError: The output is not what the protocol says, or a picture cannot be decoded.
    """
    output = read_output(restored, rainy.size)
    clean = decode(sample.clean, where=f"clean of {sample.record.image_id}") if sample.clean is not None else None
    references: dict[Reference, Tensor | None] = {
        "none": None,
        "rainy": _batch(rainy),
        "clean": None if clean is None else _batch(clean),
    }
    batch = _batch(output)  # once for all metrics
    seen = {kind: as_seen(kind, batch, references, sample.record.blurred) for kind in references}
    findings = [
        _measure(spec, metric, seen[spec.reference], references[spec.reference]) for spec, metric in metrics.values()
    ]
    return pixel_digest(output), findings


def _batch(image: Image.Image) -> Tensor:
    """Return one image as a batch, float32 ``(1, 3, H, W)`` in [0, 1]."""
    return to_tensor(image)[None]


def _measure(spec: MetricSpec, metric: Metric, output: Tensor, reference: Tensor | None) -> Measured:
    problem = _refusal(spec, output, reference)
    if problem is not None:
        return Measured(spec.id, None, problem)
    try:
        value = _value(spec, metric, output, reference)
    except ContractError as error:
        return Measured(spec.id, None, error.what)
    if not math.isfinite(value):
        return Measured(spec.id, None, "gave no finite score; the image may be flat")
    low, high = spec.bounds
    if not low <= value <= high:
        return Measured(spec.id, None, f"gave {value:g}, outside its bounds [{low:g}, {high:g}]")
    return Measured(spec.id, value)


def _refusal(spec: MetricSpec, output: Tensor, reference: Tensor | None) -> str | None:
    if spec.reference != "none" and reference is None:
        return f"there is no {spec.reference} image to compare with"
    if reference is not None and reference.shape != output.shape:
        return f"output is {_size(output)}, {spec.reference} image is {_size(reference)}"
    return too_small(spec, *output.shape[-2:])


def _value(spec: MetricSpec, metric: Metric, output: Tensor, reference: Tensor | None) -> float:
    try:
        scores = metric(output, reference)
    except Exception as error:  # a plug-in may raise anything
        raise ContractError(f"raised {type(error).__name__}: {error}", where=spec.id) from error
    if tuple(scores.shape) != (1,):
        raise ContractError(f"returned shape {tuple(scores.shape)} for one image", where=spec.id)
    return float(scores[0])


def _size(image: Tensor) -> str:
    return f"{image.shape[-1]}x{image.shape[-2]}"
