"""What an image's size and its being cut into tiles do to a method's result: found out, not believed.

Images are seeded, smooth with noise on them. The reading is the CPU's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from nlcl_bench.core.errors import ContractError
from nlcl_bench.evaluation.apply import apply
from nlcl_bench.evaluation.cost import photograph
from nlcl_bench.evaluation.tiling import smallest_tile
from nlcl_bench.methods.spec import SizeRule

if TYPE_CHECKING:
    from nlcl_bench.methods.spec import Derainer, MethodSpec

__all__ = ["SEAM", "Seams", "examine"]

SEAM = 0.5 / 255
"""Half a grey level: below it, tiles and the whole image round to the same picture."""

_ODD = (37, 53)


@dataclass(frozen=True, slots=True)
class Seams:
    """What was found out about a method.

    Attributes:
        tiling_difference: Largest difference between tiles and the whole image, in [0, 1]; None where the method is
            never given tiles.
        odd_sizes: Whether it takes sides that are multiples of nothing, without the engine's padding.
        deterministic: Whether it gives the same twice, bit for bit.
    """

    tiling_difference: float | None
    odd_sizes: bool
    deterministic: bool


def examine(derainer: Derainer, spec: MethodSpec) -> Seams:
    """Find out what the size of an image and tiles do to a method's result, and whether it repeats itself.

    Args:
        derainer: The method, loaded on the CPU.
        spec: Its description.

    Raises:
        ContractError: The method broke its contract.
    """
    photo = photograph(max(64, spec.size.minimum), max(80, spec.size.minimum))
    once, again = (apply(derainer, spec, photo) for _ in range(2))
    return Seams(_tiling_difference(derainer, spec), _takes_odd_sizes(derainer, spec), torch.equal(once, again))


def _takes_odd_sizes(derainer: Derainer, spec: MethodSpec) -> bool:
    height, width = (side + spec.size.minimum for side in _ODD)
    try:
        apply(derainer, replace(spec, size=SizeRule()), photograph(height | 1, width | 1))
    except ContractError:
        return False
    return True


def _tiling_difference(derainer: Derainer, spec: MethodSpec) -> float | None:
    if spec.tiling in {"forbidden", "own"}:
        return None
    side, _ = smallest_tile(spec.reach, spec.size)
    photo = photograph(side + 172, side + 132)
    whole, tiles = (apply(derainer, spec, photo, tile) for tile in (0, side))
    return float((whole - tiles).abs().max())
