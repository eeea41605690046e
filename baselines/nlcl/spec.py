"""What the benchmark knows about NLCL before loading it; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlcl_bench.core.artifacts import Artifact
from nlcl_bench.methods.spec import Derainer, MethodSpec, SizeRule

if TYPE_CHECKING:
    from pathlib import Path

    import torch

__all__ = ["NLCL", "OFFICIAL", "RENDERED"]


def _load(device: torch.device, weights: Path | None) -> Derainer:
    from baselines.nlcl.derainer import load

    return load(device, weights)


def _packaged(file: str, sha256: str, size: int) -> Artifact:
    return Artifact(
        name=f"nlcl/{file}",
        source=f"package://baselines.nlcl/trained/{file}",
        sha256=sha256,
        size=size,
        licence="Apache-2.0",
    )


NLCL = MethodSpec(
    name="nlcl",
    title="NLCL",
    supervision="unpaired",
    load=_load,
    size=SizeRule(multiple_of=4, minimum=4),  # the authors' network takes any from two pixels on, ours multiples of 4
    tiling="own",  # in bands or tiles, with the statistics of the whole image where there is instance normalisation
    weights=_packaged("nlcl.safetensors", "d3019d2f9e8b8f2b03cb4ee6ece6470c7467088b2dfd56ad0ad2b01e96bfcb6c", 723_080),
    takes_weights=True,
    licence="Apache-2.0",
    year=2022,
    paper="Ye et al., CVPR 2022",
    trained_on=frozenset(
        {"BSDS500", "metadata-extractor", "SIRR real", "MWD", "HeavyRainRemoval", "RealRain", "rendered rain"}
    ),
    parameters=358_596,
    gmacs=2.909,
)
"""Non-local contrastive learning with the weights that come with the package, or with weights of your own."""

OFFICIAL = replace(
    NLCL,
    name="nlcl-official",
    title="NLCL (authors' weights)",
    weights=Artifact(
        name="nlcl/latest_net_Back.pth",
        source=(
            "https://raw.githubusercontent.com/yunguo224/NLCL/f4b44ac1135766ced93b4256b53fb1e507066c4e"
            "/checkpoints/RealRain/latest_net_Back.pth"
        ),
        sha256="1a500b9f3e9e1fc08d84b380521517be345ab6ad0f332fc06fc225b63814aa56",
        size=1_295_415,
        licence="no licence stated; fetched from the authors, never bundled",
    ),
    takes_weights=False,
    trained_on=frozenset({"RealRain"}),
    parameters=316_195,
    gmacs=20.65,
)
"""The background generator that the authors published."""

RENDERED = replace(
    NLCL,
    name="rendered",
    title="Rendered rain alone",
    supervision="paired",  # rendered rain and the photograph that it was rendered on
    weights=_packaged(
        "rendered.safetensors", "b6e4e43e956e2ad1a44ae5d509d455574bb8fb04033c1d791e0b4ed95ab17552", 722_792
    ),
    takes_weights=False,
    paper=None,
    year=None,
    trained_on=frozenset({"BSDS500", "metadata-extractor", "rendered rain"}),
)
"""A control: NLCL's network, budget and clean photographs, but no real rain and none of its losses."""
