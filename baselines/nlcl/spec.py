"""What the benchmark knows about NLCL before loading it; nothing heavy is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.core.artifacts import Artifact
from nlcl_bench.methods.spec import Derainer, MethodSpec, SizeRule

if TYPE_CHECKING:
    from pathlib import Path

    import torch

__all__ = ["NLCL"]


def _load(device: torch.device, weights: Path | None) -> Derainer:
    from baselines.nlcl.derainer import load

    return load(device, weights)


NLCL = MethodSpec(
    name="nlcl",
    title="NLCL",
    supervision="unpaired",
    load=_load,
    size=SizeRule(multiple_of=4, minimum=4),  # the authors' network takes any from two pixels on, ours multiples of 4
    tiling="own",  # in bands, with the statistics of the whole image where there is instance normalisation
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
    takes_weights=True,
    licence="Apache-2.0",
    year=2022,
    paper="Ye et al., CVPR 2022",
    trained_on=frozenset({"RealRain"}),
)
"""Non-local contrastive learning with the authors' background generator, or with weights of your own."""
