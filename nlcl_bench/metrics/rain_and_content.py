"""The project's own measures for real rain: what was removed, and what was kept. Each is a module with its formula.

All compare an output with the rainy input; none needs a clean image, parameters or training. Doing nothing scores best
on :data:`CONTENT_KEPT` and :data:`COLOUR_SHIFT` and worst on :data:`RESIDUAL_RAIN`: read them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.metrics.spec import MetricSpec

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.metrics.spec import Metric

__all__ = ["COLOUR_SHIFT", "CONTENT_KEPT", "RESIDUAL_RAIN"]

_SIDE = 64
"""Smallest side: eight cells of eight pixels to vote for the angle of the rain."""


def _residual_rain(_: Path | None) -> Metric:
    from nlcl_bench.metrics.pictures import measured
    from nlcl_bench.metrics.residual_rain import residual_rain

    return measured("residual_rain", residual_rain)


def _content_kept(_: Path | None) -> Metric:
    from nlcl_bench.metrics.content_kept import content_kept
    from nlcl_bench.metrics.pictures import measured

    return measured("content_kept", content_kept)


def _colour_shift(_: Path | None) -> Metric:
    from nlcl_bench.metrics.colour_shift import colour_shift
    from nlcl_bench.metrics.pictures import measured

    return measured("colour_shift", colour_shift)


RESIDUAL_RAIN = MetricSpec(
    name="residual_rain",
    version="cone@1",
    title="Residual rain",
    better="lower",
    reference="rainy",
    family="rain removed",
    role="ranked",
    bounds=(0, 1e6),
    tolerance=0.001,
    minimum_side=_SIDE,
    load=_residual_rain,
    implementation="nlcl-bench",
    licence="Apache-2.0",
    source="energy in the rain's cone of directions, output by input, over what is kept in other directions, squared",
)

CONTENT_KEPT = MetricSpec(
    name="content_kept",
    version="masked-cs@1",
    title="Content kept",
    better="higher",
    reference="rainy",
    family="content kept",
    role="ranked",
    bounds=(-1, 1.000001),
    tolerance=0.0005,
    minimum_side=_SIDE,
    load=_content_kept,
    implementation="nlcl-bench",
    licence="Apache-2.0",
    source="contrast and structure terms of SSIM (Wang et al., IEEE TIP 2004) with the input, outside its rain mask",
)

COLOUR_SHIFT = MetricSpec(
    name="colour_shift",
    version="ciede2000@1",
    title="Colour shift",
    better="lower",
    reference="rainy",
    family="content kept",
    role="shown",
    bounds=(0, 150),
    tolerance=0.001,
    minimum_side=_SIDE,
    load=_colour_shift,
    implementation="nlcl-bench",
    licence="Apache-2.0",
    source="CIEDE2000 (Sharma et al., 2005) between the low-passed output and input, outside the rain mask",
)
