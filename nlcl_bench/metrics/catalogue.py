"""The catalogue of installed metrics, ours and third parties' alike."""

from __future__ import annotations

from nlcl_bench.core.registry import Registry
from nlcl_bench.metrics.spec import MetricSpec

__all__ = ["METRICS"]

METRICS: Registry[MetricSpec] = Registry("nlcl_bench.metrics", "metric", MetricSpec)
"""Every installed metric; ``METRICS.get("niqe")`` imports just that one."""
