"""Dual contrast: two generators, each the encoder of what the other makes.

Han et al., Dual contrastive learning for unsupervised image-to-image translation (CVPRW 2021), which Chen et al. take
to rain (DCD-GAN, CVPR 2022).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import torch

from baselines.nlcl.learners import bare
from baselines.nlcl.lesson import Lesson
from baselines.unpaired import losses
from baselines.unpaired.asking import Asked, asking
from baselines.unpaired.learners import TwoWays, two_ways
from baselines.unpaired.places import draw_places, projected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from baselines.nlcl.networks import Restorer
    from baselines.nlcl.step import Batch
    from baselines.unpaired.learners import Translators

__all__ = ["DCD"]


class _Way(NamedTuple):
    """What one generator makes of what it is to change.

    Attributes:
        made: Its output.
        kept: What it makes of what it is to keep, of the other photographs.
        seen_maps: Its own features of its input.
        made_maps: The other generator's features of its output.
        again: What the other generator makes of its output, if that is wanted.
    """

    made: Tensor
    kept: Tensor
    seen_maps: list[Tensor]
    made_maps: list[Tensor]
    again: Tensor | None


class _Made(NamedTuple):
    """Both ways."""

    deraining: _Way
    raining: _Way

    @property
    def fakes(self) -> Mapping[str, Tensor]:
        """What is judged."""
        return {"clean": self.deraining.made, "rainy": self.raining.made}


def _translate(both: TwoWays, rainy: Tensor, clean: Tensor, asked: Asked) -> _Made:
    back = "cycle" in asked.weights
    return _Made(
        _way(both.background, both.rainmaker, rainy, clean, back),
        _way(both.rainmaker, both.background, clean, rainy, back),
    )


def _way(one: Restorer, other: Restorer, changed: Tensor, kept: Tensor, back: bool) -> _Way:
    made, seen_maps = one.mapped(torch.cat((changed, kept)))
    made, of_kept = made.float().tensor_split((len(changed),))
    again, made_maps = other.mapped(made) if back else (None, other.features(made))
    seen_maps = [map_[: len(changed)] for map_ in seen_maps]
    return _Way(made, of_kept, seen_maps, made_maps, None if again is None else again.float())


def _compare(learners: Translators, made: _Made, batch: Batch, asked: Asked) -> Mapping[str, Callable[[], Tensor]]:
    deraining, raining = made
    terms = {
        "patch_contrast": lambda: (
            _contrast(learners, deraining, ("rainy", "clean"), asked)
            + _contrast(learners, raining, ("clean", "rainy"), asked)
        ),
        "identity": lambda: losses.identity(deraining.kept, batch.clean, raining.kept, batch.rainy),
    }
    if (rainy := deraining.again) is not None and (clean := raining.again) is not None:
        terms["cycle"] = lambda: losses.cycle(rainy, batch.rainy, clean, batch.clean)
    return terms


def _contrast(learners: Translators, way: _Way, names: tuple[str, str], asked: Asked) -> Tensor:
    """Contrast places of an output with those of its input; each domain has heads of its own, named seen and made."""
    seen, made = (learners.heads[name] for name in names)
    places = draw_places(way.seen_maps, asked.config.patch_places, asked.chance)
    anchors = projected(made, way.made_maps, places)
    with torch.no_grad():  # the input is what the output is measured by
        positives = projected(bare(seen), way.seen_maps, places)
    return losses.patch_contrast(anchors, positives, asked.config.temperature)


DCD = Lesson(
    losses=frozenset({"dcd"}), begin=partial(two_ways, heads=("rainy", "clean")), ask=asking(_translate, _compare)
)
"""``L_GAN(G) + L_GAN(F) + lambda_NCE (L_NCE(X) + L_NCE(Y)) + L_identity``, and a cycle if the recipe weighs it."""
