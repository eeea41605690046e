"""What the benchmark knows about the unpaired methods before loading one; nothing heavy is imported here.

Each takes a weight file of the user's, as ``nlcl-bench train`` makes them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nlcl_bench.methods.spec import Derainer, MethodSpec, SizeRule

if TYPE_CHECKING:
    from pathlib import Path

    import torch

__all__ = ["CUT", "CYCLEGAN", "DCD", "DERAINCYCLEGAN", "FASTCUT"]

_REACH = 64  # of the separator; the others look farther, and tiles show


def _load(name: str, device: torch.device, weights: Path | None) -> Derainer:
    from baselines.nlcl.derainer import load

    return load(device, weights, name)


def _described(name: str, title: str, year: int, paper: str) -> MethodSpec:
    return MethodSpec(
        name=name,
        title=title,
        supervision="unpaired",
        load=partial(_load, name),
        size=SizeRule(multiple_of=4, minimum=8),
        tiling="changes_result",  # a file may hold ResNet-9, whose statistics are those of the whole image
        reach=_REACH,
        takes_weights=True,
        licence="Apache-2.0",
        year=year,
        paper=paper,
        parameters=358_596,  # of the separator; ResNet-9 and NLCL's own generator are other files' business
        gmacs=2.909,
    )


CYCLEGAN = _described("cyclegan", "CycleGAN", 2017, "Zhu et al., ICCV 2017")
CUT = _described("cut", "CUT", 2020, "Park et al., ECCV 2020")
FASTCUT = _described("fastcut", "FastCUT", 2020, "Park et al., ECCV 2020")
DCD = _described("dcd", "Dual contrast (DCD)", 2022, "Chen et al., CVPR 2022, after Han et al., CVPRW 2021")
DERAINCYCLEGAN = _described("deraincyclegan", "DerainCycleGAN", 2021, "Wei et al., TIP 2021")
