"""What the benchmark knows about ``rain_probability`` before loading it; nothing heavy is imported here.

It is a judge: no method of this project trains on it, and a method that does is not measured by it any more. That
nothing of ours can import it by mistake is a contract of ``lint-imports``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.core.artifacts import Artifact, obtain
from nlcl_bench.metrics.spec import MetricSpec

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.metrics.spec import Metric

__all__ = ["RAIN_PROBABILITY"]

_WEIGHTS = Artifact(
    name="metrics/rain_probability.safetensors",
    source="package://nlcl_bench.metrics.rain_probability/rain_probability.safetensors",
    sha256="e8c38955fa6ddc7268afc5d8b8427304ab73a9ee860b70800147dc4a28dc5847",
    size=182_666,
    licence="Apache-2.0",
)


def _load(weights: Path | None) -> Metric:
    from nlcl_bench.metrics.rain_probability.network import load

    return load(weights or obtain(_WEIGHTS))


RAIN_PROBABILITY = MetricSpec(
    name="rain_probability",
    version="cnn@1",
    title="Rain probability",
    better="lower",
    reference="none",
    family="rain removed",
    role="shown",
    bounds=(0, 1),
    tolerance=0.001,
    minimum_side=64,
    load=_load,
    weights=_WEIGHTS,
    implementation="nlcl-bench",
    licence="Apache-2.0",
    source="a small network of our own, trained on rendered and real rain; never a training loss of any method",
)
"""How likely it rains in a picture, by its streaks alone; shown and not ranked (see docs/metrics.md)."""
