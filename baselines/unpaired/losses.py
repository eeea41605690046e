r"""The losses of the unpaired methods that NLCL does not have, each a function of tensors.

Symbols: x a rainy crop, y a clean one of another scene, G the generator that takes rain away, F the one that makes it.
The adversarial losses are NLCL's (:func:`baselines.nlcl.losses.adversarial`, ``discrimination``): least squares, as in
all papers here. Every loss is a mean over the batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from baselines.nlcl.losses import TEMPERATURE, location_contrast_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

__all__ = ["attention", "cycle", "identity", "patch_contrast"]


def cycle(rainy_again: Tensor, rainy: Tensor, clean_again: Tensor, clean: Tensor) -> Tensor:
    """Ask that the generators undo each other's work: ``mean |F(G(x)) - x| + mean |G(F(y)) - y|``.

    CycleGAN, eq. 2 (Zhu et al., ICCV 2017), as means over pixels.

    Shape:
        all: ``(N, 3, H, W)``.

    >>> zero, one = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    >>> cycle(one, zero, zero, -2 * one).item()
    3.0
    """
    return (rainy_again - rainy).abs().mean() + (clean_again - clean).abs().mean()


def identity(clean_kept: Tensor, clean: Tensor, rainy_kept: Tensor, rainy: Tensor) -> Tensor:
    """Ask that a generator leaves alone what is as it should be: ``mean |G(y) - y| + mean |F(x) - x|``.

    CycleGAN, section 5.2 (Zhu et al., ICCV 2017), as means over pixels.

    Shape:
        all: ``(N, 3, H, W)``.

    >>> zero, one = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    >>> identity(one, zero, zero, zero).item()
    1.0
    """
    return (clean_kept - clean).abs().mean() + (rainy_kept - rainy).abs().mean()


def patch_contrast(anchors: Sequence[Tensor], positives: Sequence[Tensor], temperature: float = TEMPERATURE) -> Tensor:
    r"""Ask that each place of the output shows what the same place of the input shows, and no other place of it.

    ``mean_l mean_s  -log( exp(z_ls.k_ls / T) / sum_t exp(z_ls.k_lt / T) )``

    with ``z_ls`` from place s of the output in layer l and ``k_lt`` from place t of the input: PatchNCE, eqs. 2 and 3
    of CUT (Park et al., ECCV 2020), a mean where eq. 3 has sums.

    Shape:
        anchors, positives: one ``(N, S_l, D)`` per layer, of length 1; the number of places S_l may differ.
    """
    pairs = zip(anchors, positives, strict=True)
    return torch.stack([location_contrast_within(*pair, temperature) for pair in pairs]).mean()


def attention(found: Tensor) -> Tensor:
    """Ask that no rain is found where there is none: ``mean A(y)^2`` (Wei et al., TIP 2021).

    Shape:
        found: what the detector finds in clean crops, ``(N, 1, H, W)``.

    >>> attention(torch.tensor([[1.0, -3.0]])).item()
    5.0
    """
    return found.square().mean()
