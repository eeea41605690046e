"""What the benchmark knows about the supervised networks before loading one; nothing heavy is imported here.

A network is a method of its own, with weights that we trained (``trained/README.md`` is their card) or with a file of
the user's, as ``nlcl-bench train`` makes them; the weights that authors published are fetched from them, never bundled.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from baselines.networks.architectures import ARCHITECTURES, SPANET_AS_PUBLISHED, Architecture
from nlcl_bench.core.artifacts import Artifact
from nlcl_bench.methods.spec import Derainer, MethodSpec

if TYPE_CHECKING:
    from pathlib import Path

    import torch

__all__ = [
    "DDN",
    "LPNET",
    "NAFNET",
    "PRENET",
    "PRENET_R",
    "PRENET_R_100H",
    "PRENET_R_100L",
    "PRENET_R_1400",
    "PRN",
    "PRN_R",
    "RESCAN",
    "SPANET",
    "SPANET_OFFICIAL",
]


_TRAINED: dict[str, tuple[str, int]] = {
    "ddn": ("192427a88fc868ebb9284b4742d6bdd71cf710f786b26c7a786c65e1ed8f3db0", 134_322),
    "prenet-r": ("22cc208b9fa4cf4df5dfd9c66ee99bed056df5d0c0bd2434d2aa75819897aa7f", 192_774),
    "nafnet": ("a4eb7c5b28b8c91d9c819ce891ce58a1706cca2af543fdbebf3c7835f689faea", 591_158),
}
"""Digest and bytes of ``trained/NAME.safetensors``, for the networks whose weights come with the package."""


def _load(architecture: Architecture, device: torch.device, weights: Path | None) -> Derainer:
    from baselines.networks.loading import load

    return load(architecture, device, weights)


def _packaged(name: str) -> Artifact | None:
    if name not in _TRAINED:
        return None
    sha256, size = _TRAINED[name]
    return Artifact(
        name=f"networks/{name}.safetensors",
        source=f"package://baselines.networks/trained/{name}.safetensors",
        sha256=sha256,
        size=size,
        licence="Apache-2.0",
    )


def _described(name: str) -> MethodSpec:
    architecture, weights = ARCHITECTURES[name], _packaged(name)
    return MethodSpec(
        name=name,
        title=architecture.title,
        supervision="paired",
        load=partial(_load, architecture),
        size=architecture.size,
        tiling=architecture.tiling,
        reach=architecture.reach or 16,  # tiles of a network that looks at the whole image overlap by the usual
        weights=weights,
        takes_weights=True,
        licence="Apache-2.0",
        year=architecture.year,
        paper=architecture.paper,
        trained_on=frozenset({"BSDS500", "metadata-extractor", "rendered rain"} if weights else ()),
        parameters=architecture.parameters,
        gmacs=architecture.gmacs,
    )


DDN = _described("ddn")
PRENET = _described("prenet")
PRENET_R = _described("prenet-r")
PRN = _described("prn")
PRN_R = _described("prn-r")
RESCAN = _described("rescan")
LPNET = _described("lpnet")
SPANET = _described("spanet")
NAFNET = _described("nafnet")


def _published(data: str, sha256: str) -> MethodSpec:
    """Return PReNet_r with the weights that its authors trained on pairs of a data set."""
    weights = Artifact(
        name=f"prenet/{data}/net_latest.pth",
        source=(
            "https://raw.githubusercontent.com/csdwren/PReNet/6d908d1e3c7ff5c26fee624112297ad1c8603ca7"
            f"/logs/{data}/PReNet6_r/net_latest.pth"
        ),
        sha256=sha256,
        size=382_755,
        licence="no licence stated; fetched from the authors, never bundled",
    )
    return replace(
        PRENET_R,
        name=f"prenet-r-{data.removeprefix('Rain').lower()}",
        title=f"PReNet_r (authors' weights, {data})",
        weights=weights,
        takes_weights=False,
        trained_on=frozenset({data}),
    )


PRENET_R_100L = _published("Rain100L", "31dd4419cdb0f4da623d974747113d60e2c22803598c39dcf03d789f86a7f62b")
PRENET_R_100H = _published("Rain100H", "ece8127c651cf49026d998fa36857cb9d462c92cf535b640a377fc025f765b5f")
PRENET_R_1400 = _published("Rain1400", "c639c19b342d6ae977b7ff8a4b2fbeb24179510a6e57b8bf5ef32d6b071fc8d5")

SPANET_OFFICIAL = replace(
    SPANET,
    name="spanet-official",
    title="SPANet (authors' weights)",
    load=partial(_load, SPANET_AS_PUBLISHED),
    weights=Artifact(
        name="spanet/latest",
        source=(
            "https://raw.githubusercontent.com/stevewongv/SPANet/82d28899c1793170335fdf2527eb365444533c8b/model/latest"
        ),
        sha256="3b5d58d0f4569004a0d2dc6f4373463bd60991fc8a04c061361357cf012e5eb0",
        size=3_450_077,
        licence="BSD-3-Clause",
    ),
    takes_weights=False,
    trained_on=frozenset({"SPA-Data"}),
    parameters=SPANET_AS_PUBLISHED.parameters,
    gmacs=SPANET_AS_PUBLISHED.gmacs,
)
"""The weights that the authors trained on real rain with an estimated background."""
