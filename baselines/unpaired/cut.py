"""CUT and FastCUT: patches of the output show what the same patches of the input show (Park et al., ECCV 2020)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import torch

from baselines.nlcl.learners import bare
from baselines.nlcl.lesson import Lesson
from baselines.unpaired import losses
from baselines.unpaired.asking import Asked, asking
from baselines.unpaired.learners import OneWay, one_way
from baselines.unpaired.places import draw_places, projected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from baselines.nlcl.step import Batch
    from baselines.unpaired.learners import Translators

__all__ = ["CUT"]


class _Made(NamedTuple):
    """G(x), and the features of x and then y, and of G(x) and then G(y); without y if it is not wanted."""

    fakes: Mapping[str, Tensor]
    seen_maps: list[Tensor]
    made_maps: list[Tensor]


def _translate(way: OneWay, rainy: Tensor, clean: Tensor, asked: Asked) -> _Made:
    seen = torch.cat((rainy, clean)) if "identity_contrast" in asked.weights else rainy
    mirrored = asked.config.mirrored and bool(torch.rand((), generator=asked.chance) < 0.5)  # noqa: PLR2004 (half)
    made, seen_maps = way.background.mapped(seen.flip(-1) if mirrored else seen)
    made = made.float()
    made_maps = way.background.features(made)
    if mirrored:  # what is shown mirrored is to look, mirrored back, as what is shown as it is
        made_maps = [map_.flip(-1) for map_ in made_maps]
        with torch.no_grad():
            seen_maps = way.background.features(seen)
    return _Made({"clean": made[: len(rainy)]}, seen_maps, made_maps)


def _compare(learners: Translators, made: _Made, batch: Batch, asked: Asked) -> Mapping[str, Callable[[], Tensor]]:
    places = draw_places(made.seen_maps, asked.config.patch_places, asked.chance)
    heads = learners.heads["rainy"]
    anchors = projected(heads, made.made_maps, places)
    with torch.no_grad():  # the input is what the output is measured by
        positives = projected(bare(heads), made.seen_maps, places)

    def contrast(images: slice) -> Tensor:
        mine, theirs = ([vectors[images] for vectors in layers] for layers in (anchors, positives))
        return losses.patch_contrast(mine, theirs, asked.config.temperature)

    split = len(batch.rainy)
    return {
        "patch_contrast": partial(contrast, slice(split)),
        "identity_contrast": partial(contrast, slice(split, None)),
    }


CUT = Lesson(
    losses=frozenset({"cut", "fastcut"}), begin=partial(one_way, heads=("rainy",)), ask=asking(_translate, _compare)
)
"""``L_GAN(G, D) + lambda_X L_PatchNCE(G, H, X) + lambda_Y L_PatchNCE(G, H, Y)`` (eq. 5); FastCUT has lambda_Y = 0."""
