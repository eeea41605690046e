"""DerainCycleGAN: CycleGAN whose generators are shown where it rains (Wei et al., TIP 2021)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

import torch

from baselines.nlcl.lesson import Lesson
from baselines.nlcl.losses import self_consistency
from baselines.unpaired import losses
from baselines.unpaired.asking import Asked, asking
from baselines.unpaired.learners import TwoWays, two_ways

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from baselines.nlcl.attention import Attentive
    from baselines.nlcl.step import Batch
    from baselines.unpaired.learners import Translators

__all__ = ["DERAINCYCLEGAN"]


class _Made(NamedTuple):
    """G(x) and F(y), F(G(x)) and G(F(y)), and what the detector finds in x and in y."""

    fakes: Mapping[str, Tensor]
    rainy_again: Tensor
    clean_again: Tensor
    in_rainy: Tensor
    in_clean: Tensor


def _translate(both: TwoWays, rainy: Tensor, clean: Tensor, _: Asked) -> _Made:
    background = cast("Attentive", both.background)
    found = background.detector(torch.cat((rainy, clean))).float()
    in_rainy, in_clean = found.split(len(rainy))
    derained = background.generator(torch.cat((rainy, in_rainy), 1)).float()
    rained = both.rainmaker(torch.cat((clean, in_clean), 1)).float()
    in_derained, in_rained = background.detector(torch.cat((derained, rained))).float().split(len(rainy))
    return _Made(
        fakes={"clean": derained, "rainy": rained},
        rainy_again=both.rainmaker(torch.cat((derained, in_derained), 1)).float(),
        clean_again=background.generator(torch.cat((rained, in_rained), 1)).float(),
        in_rainy=in_rainy,
        in_clean=in_clean,
    )


def _compare(_: Translators, made: _Made, batch: Batch, __: Asked) -> Mapping[str, Callable[[], Tensor]]:
    return {
        "cycle": lambda: losses.cycle(made.rainy_again, batch.rainy, made.clean_again, batch.clean),
        "self_consistency": lambda: self_consistency(made.fakes["clean"], made.in_rainy, batch.rainy),
        "attention": lambda: losses.attention(made.in_clean),
    }


DERAINCYCLEGAN = Lesson(
    losses=frozenset({"deraincyclegan"}),
    begin=partial(two_ways, attentive=True),
    ask=asking(_translate, _compare),
)
"""``L_GAN(G) + L_GAN(F) + 10 L_cyc + 10 mean (A(x) + G(x) - x)^2 + 10 mean A(y)^2``, without the perceptual loss."""
