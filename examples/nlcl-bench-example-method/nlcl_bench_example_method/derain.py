"""The method itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["row_median"]

_SIDE = 7


def row_median(rainy: Tensor) -> Tensor:
    """Darken what is brighter than the median of the seven pixels around it in its row; leave the rest.

    Shape:
        rainy: float32 ``(N, 3, H, W)``, RGB, values in [0, 1].
        returns: the same.
    """
    reach = _SIDE // 2
    row = torch.cat(
        [rainy[..., :1].expand(-1, -1, -1, reach), rainy, rainy[..., -1:].expand(-1, -1, -1, reach)], dim=-1
    )
    return torch.minimum(rainy, row.unfold(-1, _SIDE, 1).median(dim=-1).values)
