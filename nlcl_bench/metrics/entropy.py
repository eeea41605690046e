"""Entropy: how evenly an image uses its 256 grey levels, in bits (Shannon 1948).

The value is that of pyiqa, which writes down 256 numbers per pixel to count the levels: 25 GB for 12 megapixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from nlcl_bench.metrics.natural_statistics import rounded_luma

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["entropy"]

_LEVELS = 256
_SMALL = 1e-8


def entropy(derained: Tensor, _: Tensor | None = None) -> Tensor:
    """Return the entropy of the grey levels of every image.

    Shape:
        derained: float32 ``(N, 3, H, W)``, in [0, 1].
        returns: float64 ``(N,)``, 0 to 8.

    >>> ramp = torch.linspace(0, 1, 256).expand(1, 3, 16, 256)
    >>> entropy(ramp).round(decimals=4)
    tensor([8.], dtype=torch.float64)
    """
    counts = torch.stack([_counts(image) for image in derained.cpu()])
    shares = counts / counts.sum(dim=1, keepdim=True)
    return -(shares * torch.log2(shares + _SMALL)).sum(dim=1).double()


def _counts(image: Tensor) -> Tensor:
    return torch.bincount(rounded_luma(image).long().flatten(), minlength=_LEVELS)
