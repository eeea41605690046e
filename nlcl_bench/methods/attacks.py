"""The attacks: what somebody may do to a rainy photograph to score better without taking any rain away.

Each is described as a method is, so that an evaluation restores, scores, resumes and shares its work as always; their
supervision ``attack`` keeps them off every board. They are no members of the catalogue of methods: a table of attacks
can be compared with another one only if both hold the same ones. A change of an attack gets a new name.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from nlcl_bench.methods.spec import MethodSpec

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import Tensor

    from nlcl_bench.methods.spec import Derainer

__all__ = ["ATTACKS", "PREFIX", "UNTOUCHED"]

PREFIX = "attack-"
"""What the names of attacks begin with, so that none is the name of a method."""


def _load(function: str, values: tuple[float, ...], _: torch.device, __: Path | None) -> Derainer:
    import torch

    from nlcl_bench.core.images import from_tensor, to_tensor
    from nlcl_bench.methods import spoiling

    change = getattr(spoiling, function)

    def derainer(rainy: Tensor) -> Tensor:
        return torch.stack([to_tensor(change(from_tensor(image), *values)) for image in rainy]).to(rainy.device)

    return derainer


def _attack(name: str, title: str, function: str, *values: float) -> MethodSpec:
    return MethodSpec(
        name=f"{PREFIX}{name}",
        title=title,
        supervision="attack",
        load=partial(_load, function, values),
        tiling="forbidden",
        licence="Apache-2.0",
    )


UNTOUCHED = _attack("untouched", "The rainy photograph itself", "untouched")

ATTACKS = (
    UNTOUCHED,
    *(_attack(f"jpeg{quality}", f"JPEG, quality {quality}", "jpeg", quality) for quality in (95, 90, 75, 60, 50)),
    _attack("half", "Half the size and back, bicubic", "half"),
    _attack("half-mosaic", "Four mirrored copies of half the size", "mosaic"),
    _attack("blur", "Gaussian blur, 1 px", "blurred", 1.0),
    _attack("sharpen", "Unsharp mask, 1 px, amount 1", "sharpened", 1.0, 1.0),
    _attack("mirror", "Left and right swapped", "mirrored"),
    _attack("upside-down", "Top and bottom swapped", "upside_down"),
    _attack("noise2", "Gaussian noise of 2 grey levels", "noisy", 2.0),
    _attack("noise8", "Gaussian noise of 8 grey levels", "noisy", 8.0),
)
"""All of them, the untouched photograph first."""
