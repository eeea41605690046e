"""Networks that were trained on people's opinions of photographs, none of which was derained.

All come from pyiqa, run in float32 on the CPU and are shown, not ranked: how far they agree with people about deraining
is for `nlcl-bench metrics agreement` and the validation on pairs to say. Scores of regressors are not confined to the
scale of the opinions they learnt, so their bounds leave room at both ends; those of LIQE, NIMA, CLIP-IQA+ and QualiCLIP
are means over probabilities and cannot leave theirs.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nlcl_bench.metrics import parameters
from nlcl_bench.metrics.iqa import IMPLEMENTATION, LICENCE, load_network
from nlcl_bench.metrics.spec import MetricSpec

if TYPE_CHECKING:
    from nlcl_bench.core.artifacts import Artifact

__all__ = [
    "ARNIQA",
    "CLIPIQA_PLUS",
    "DBCNN",
    "HYPERIQA",
    "LIQE",
    "MANIQA",
    "MUSIQ",
    "NIMA",
    "QUALICLIP",
    "TOPIQ_NR",
]

_UNIT = (-1.0, 2.0)
"""Bounds of a regressor onto [0, 1]."""

_CROP = 224
"""Side of the crops that several cut; pyiqa would enlarge a smaller image without a word."""


def _spec(
    name: str,
    title: str,
    version: str,
    asked: tuple[str, str],
    files: tuple[Artifact, ...],
    *,
    bounds: tuple[float, float],
    minimum_side: int,
    source: str,
) -> MetricSpec:
    """Describe one network.

    Args:
        name: Our name.
        title: Its name in a table.
        version: What it was trained on, and our revision.
        asked: pyiqa's name for it, and pyiqa's module that defines it.
        files: The files it needs, its own first.
        bounds: Smallest and largest score that can be right; half a thousandth of the way between is the tolerance.
        minimum_side: Smallest height and width, in pixels.
        source: The paper.
    """
    return MetricSpec(
        name=name,
        version=f"{version}@1",
        title=title,
        better="higher",
        reference="none",
        family="naturalness",
        role="shown",
        bounds=bounds,
        tolerance=0.0005 * (bounds[1] - bounds[0]),
        minimum_side=minimum_side,
        load=partial(load_network, *asked, files[1:]),
        weights=files[0],
        backbones=files[1:],
        implementation=IMPLEMENTATION,
        licence=LICENCE,
        source=source,
    )


MUSIQ = _spec(
    "musiq",
    "MUSIQ",
    "koniq",
    ("musiq", "musiq_arch"),
    (parameters.MUSIQ,),
    bounds=(-20, 120),  # opinions from 0 to 100
    minimum_side=64,
    source="Ke et al., MUSIQ: multi-scale image quality transformer, ICCV 2021",
)
CLIPIQA_PLUS = _spec(
    "clipiqa_plus",
    "CLIP-IQA+",
    "rn50",
    ("clipiqa+", "clipiqa_arch"),
    (parameters.CLIPIQA_PLUS, parameters.CLIP_RN50),
    bounds=(0, 1),
    minimum_side=64,
    source="Wang et al., Exploring CLIP for assessing the look and feel of images, AAAI 2023",
)
MANIQA = _spec(
    "maniqa",
    "MANIQA",
    "koniq",
    ("maniqa", "maniqa_arch"),
    (parameters.MANIQA,),
    bounds=(0, 2),  # nothing below zero leaves its last layer
    minimum_side=_CROP,
    source="Yang et al., MANIQA: multi-dimension attention network for no-reference IQA, CVPR workshops 2022",
)
TOPIQ_NR = _spec(
    "topiq_nr",
    "TOPIQ-NR",
    "koniq",
    ("topiq_nr", "topiq_arch"),
    (parameters.TOPIQ,),
    bounds=_UNIT,
    minimum_side=64,
    source="Chen et al., TOPIQ: a top-down approach from semantics to distortions for IQA, IEEE TIP 2024",
)
HYPERIQA = _spec(
    "hyperiqa",
    "HyperIQA",
    "koniq",
    ("hyperiqa", "hypernet_arch"),
    (parameters.HYPERIQA,),
    bounds=_UNIT,
    minimum_side=_CROP,
    source="Su et al., Blindly assess image quality in the wild guided by a self-adaptive hyper network, CVPR 2020",
)
DBCNN = _spec(
    "dbcnn",
    "DBCNN",
    "koniq",
    ("dbcnn", "dbcnn_arch"),
    (parameters.DBCNN,),
    bounds=_UNIT,
    minimum_side=64,
    source="Zhang et al., Blind IQA using a deep bilinear convolutional neural network, IEEE TCSVT 2020",
)
LIQE = _spec(
    "liqe",
    "LIQE",
    "koniq",
    ("liqe", "liqe_arch"),
    (parameters.LIQE,),
    bounds=(1, 5),
    minimum_side=_CROP,
    source="Zhang et al., Blind IQA via vision-language correspondence: a multitask learning perspective, CVPR 2023",
)
NIMA = _spec(
    "nima",
    "NIMA",
    "ava",
    ("nima", "nima_arch"),
    (parameters.NIMA,),
    bounds=(1, 10),
    minimum_side=64,
    source="Talebi and Milanfar, NIMA: neural image assessment, IEEE TIP 2018",
)
ARNIQA = _spec(
    "arniqa",
    "ARNIQA",
    "koniq",
    ("arniqa", "arniqa_arch"),
    (parameters.ARNIQA, parameters.ARNIQA_KONIQ),
    bounds=_UNIT,
    minimum_side=64,
    source="Agnolucci et al., ARNIQA: learning distortion manifold for image quality assessment, WACV 2024",
)
QUALICLIP = _spec(
    "qualiclip",
    "QualiCLIP",
    "rn50",
    ("qualiclip", "qualiclip_arch"),
    (parameters.QUALICLIP,),
    bounds=(0, 1),
    minimum_side=64,
    source="Agnolucci et al., Quality-aware image-text alignment for opinion-unaware IQA, arXiv 2403.11176",
)
