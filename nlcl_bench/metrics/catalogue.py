"""The catalogue of installed metrics, ours and third parties' alike."""

from __future__ import annotations

from nlcl_bench.core.registry import Registry
from nlcl_bench.metrics.spec import MetricSpec

__all__ = ["ALWAYS", "METRICS", "SETS"]

METRICS: Registry[MetricSpec] = Registry("nlcl_bench.metrics", "metric", MetricSpec)
"""Every installed metric; ``METRICS.get("niqe")`` imports just that one."""

SETS = {
    "rain": ("residual_rain", "rain_probability", "content_kept", "colour_shift"),
    "classic": ("piqe", "niqe", "brisque", "ilniqe", "entropy", "psnr", "psnr_y", "ssim", "ms_ssim"),
    "deep": (
        "arniqa",
        "clipiqa_plus",
        "dbcnn",
        "dists",
        "hyperiqa",
        "liqe",
        "lpips",
        "maniqa",
        "musiq",
        "nima",
        "qualiclip",
        "topiq_nr",
    ),
}
"""Names for groups of metrics; ``all`` is every installed one. NRQM and PI are left out of the classic ones: they take
many seconds per image where the others take one."""

ALWAYS = ("change",)
"""Guards that every evaluation measures, asked for or not."""
