"""Full-reference metrics, for pairs: the derained image against the same scene without rain.

Luma is Y of YCbCr as ITU-R BT.601 defines it (16 to 235), the deraining field's habit since Rain100; with full-range
luma the same image scores 1.3 dB lower. PSNR, SSIM and MS-SSIM are computed by a module of our own, which gives pyiqa's
values and needs nothing of it; LPIPS and DISTS by pyiqa. These compare features of ImageNet networks, whose files they
need beside their own: a few kilobytes of learnt weights are nothing without AlexNet's 233 MiB and VGG-16's 528 MiB.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nlcl_bench.metrics import parameters
from nlcl_bench.metrics.iqa import IMPLEMENTATION, LICENCE, load_network
from nlcl_bench.metrics.spec import MetricSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nlcl_bench.metrics.spec import Metric

__all__ = ["DISTS", "LPIPS", "MS_SSIM", "PSNR", "PSNR_Y", "SSIM"]


def _fidelity(name: str) -> Callable[[Path | None], Metric]:
    """Make a loader of the measure of this name, which imports its module only when it is needed."""

    def load(_: Path | None) -> Metric:
        from nlcl_bench.metrics import fidelity

        metric: Metric = getattr(fidelity, name)
        return metric

    return load


PSNR = MetricSpec(
    name="psnr",
    version="rgb@1",
    title="PSNR",
    better="higher",
    reference="clean",
    family="reference",
    role="shown",  # PSNR-Y ranks; two of a kind would count twice
    bounds=(0, 100),
    tolerance=0.001,
    load=_fidelity("psnr"),
    implementation="nlcl-bench",  # within 1e-5 of pyiqa's, so the id stays
    licence="Apache-2.0",
    source="10 log10(1 / MSE) over the three channels, in dB",
)

PSNR_Y = MetricSpec(
    name="psnr_y",
    version="bt601@1",
    title="PSNR-Y",
    better="higher",
    reference="clean",
    family="reference",
    role="ranked",
    bounds=(0, 100),
    tolerance=0.001,
    load=_fidelity("psnr_y"),
    implementation="nlcl-bench",  # within 1e-5 of pyiqa's, so the id stays
    licence="Apache-2.0",
    source="10 log10(1 / MSE) over BT.601 luma, in dB",
)

SSIM = MetricSpec(
    name="ssim",
    version="bt601@1",
    title="SSIM",
    better="higher",
    reference="clean",
    family="reference",
    role="ranked",
    bounds=(-1, 1),
    tolerance=0.0005,
    minimum_side=11,  # one window
    dtype="float64",
    load=_fidelity("ssim"),
    implementation="nlcl-bench",  # within 1e-5 of pyiqa's, so the id stays
    licence="Apache-2.0",
    source="Wang et al., Image quality assessment: from error visibility to structural similarity, IEEE TIP 2004",
)

MS_SSIM = MetricSpec(
    name="ms_ssim",
    version="bt601@1",
    title="MS-SSIM",
    better="higher",
    reference="clean",
    family="reference",
    role="shown",
    bounds=(0, 1.000001),  # equal images may round to a little more than one
    tolerance=0.0005,
    minimum_side=161,  # one window of 11 pixels after four halvings
    dtype="float64",
    load=_fidelity("ms_ssim"),
    implementation="nlcl-bench",  # within 1e-5 of pyiqa's, so the id stays
    licence="Apache-2.0",
    source="Wang et al., Multiscale structural similarity for image quality assessment, Asilomar 2003",
)

LPIPS = MetricSpec(
    name="lpips",
    version="alex0.1@1",
    title="LPIPS",
    better="lower",
    reference="clean",
    family="reference",
    role="shown",
    bounds=(0, 2),
    tolerance=0.0005,
    minimum_side=64,  # AlexNet's strides leave three columns of the deepest features
    load=partial(load_network, "lpips", "lpips_arch", (parameters.ALEXNET,)),
    weights=parameters.LPIPS,
    backbones=(parameters.ALEXNET,),
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="Zhang et al., The unreasonable effectiveness of deep features as a perceptual metric, CVPR 2018",
)

DISTS = MetricSpec(
    name="dists",
    version="vgg16@1",
    title="DISTS",
    better="lower",
    reference="clean",
    family="reference",
    role="shown",
    bounds=(-0.001, 1),  # equal images may round to a little less than zero
    tolerance=0.0005,
    minimum_side=64,
    load=partial(load_network, "dists", "dists_arch", (parameters.VGG16,)),
    weights=parameters.DISTS,
    backbones=(parameters.VGG16,),
    implementation=IMPLEMENTATION,
    licence=LICENCE,
    source="Ding et al., Image quality assessment: unifying structure and texture similarity, IEEE TPAMI 2022",
)
