"""CycleGAN: two generators that undo each other's work (Zhu et al., ICCV 2017)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from baselines.nlcl.lesson import Lesson
from baselines.unpaired import losses
from baselines.unpaired.asking import Asked, asking
from baselines.unpaired.learners import TwoWays, two_ways

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from baselines.nlcl.step import Batch
    from baselines.unpaired.learners import Translators

__all__ = ["CYCLEGAN"]


class _Made(NamedTuple):
    """G(x) and F(y), F(G(x)) and G(F(y)); G(y) and F(x), if they are wanted."""

    fakes: Mapping[str, Tensor]
    rainy_again: Tensor
    clean_again: Tensor
    kept: tuple[Tensor, Tensor] | None


def _translate(both: TwoWays, rainy: Tensor, clean: Tensor, asked: Asked) -> _Made:
    keep = "identity" in asked.weights
    derained, *clean_kept = _in_one_pass(both.background, rainy, clean, keep)
    rained, *rainy_kept = _in_one_pass(both.rainmaker, clean, rainy, keep)
    return _Made(
        fakes={"clean": derained, "rainy": rained},
        rainy_again=both.rainmaker(derained).float(),
        clean_again=both.background(rained).float(),
        kept=(clean_kept[0], rainy_kept[0]) if keep else None,
    )


def _in_one_pass(generator: Callable[[Tensor], Tensor], changed: Tensor, kept: Tensor, keep: bool) -> list[Tensor]:
    """Return what a generator makes of what it is to change, and of what it is to keep if that is wanted."""
    given = torch.cat((changed, kept)) if keep else changed
    return list(generator(given).float().tensor_split((len(changed),) if keep else ()))


def _compare(_: Translators, made: _Made, batch: Batch, __: Asked) -> Mapping[str, Callable[[], Tensor]]:
    terms = {"cycle": lambda: losses.cycle(made.rainy_again, batch.rainy, made.clean_again, batch.clean)}
    if (kept := made.kept) is not None:
        terms["identity"] = lambda: losses.identity(kept[0], batch.clean, kept[1], batch.rainy)
    return terms


CYCLEGAN = Lesson(losses=frozenset({"cyclegan"}), begin=two_ways, ask=asking(_translate, _compare))
"""``L_GAN(G, D_Y) + L_GAN(F, D_X) + lambda L_cyc + lambda / 2 L_identity`` (eq. 3 and section 5.2)."""
