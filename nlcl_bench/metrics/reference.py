"""Full-reference metrics, for pairs: the derained image against the same scene without rain.

Luma is Y of YCbCr as ITU-R BT.601 defines it (16 to 235), the deraining field's habit since Rain100; with full-range
luma the same image scores 1.3 dB lower.
"""

from __future__ import annotations

from nlcl_bench.metrics.iqa import IMPLEMENTATION, LICENCE, load
from nlcl_bench.metrics.spec import MetricSpec

__all__ = ["PSNR", "PSNR_Y", "SSIM"]

_EPSILON = 1e-10  # two equal images score 100 dB instead of infinity

PSNR = MetricSpec(
    name="psnr",
    version="rgb@1",
    title="PSNR",
    better="higher",
    reference="clean",
    role="shown",  # PSNR-Y ranks; two of a kind would count twice
    bounds=(0, 100),
    tolerance=0.001,
    load=lambda _: load("psnr", eps=_EPSILON),
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="10 log10(1 / MSE) over the three channels, in dB",
)

PSNR_Y = MetricSpec(
    name="psnr_y",
    version="bt601@1",
    title="PSNR-Y",
    better="higher",
    reference="clean",
    role="ranked",
    bounds=(0, 100),
    tolerance=0.001,
    load=lambda _: load("psnry", color_space="ycbcr", eps=_EPSILON),
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="10 log10(1 / MSE) over BT.601 luma, in dB",
)

SSIM = MetricSpec(
    name="ssim",
    version="bt601@1",
    title="SSIM",
    better="higher",
    reference="clean",
    role="ranked",
    bounds=(-1, 1),
    tolerance=0.0005,
    minimum_side=11,  # one window
    load=lambda _: load("ssim", color_space="ycbcr"),
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="Wang et al., Image quality assessment: from error visibility to structural similarity, IEEE TIP 2004",
)
