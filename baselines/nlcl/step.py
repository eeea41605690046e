"""One step of training: the whole of NLCL on one page.

A batch of rainy crops and a batch of clean ones, which show other places, update the discriminator once and then
both generators with their projection heads once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from baselines.nlcl import losses
from baselines.nlcl.networks import DISCRIMINATOR_CHANNELS, Discriminator, Generator, ProjectionHeads, walk
from baselines.nlcl.patches import pick, random_queries, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor

    from baselines.nlcl.config import Config
    from baselines.nlcl.patches import Search

__all__ = ["TERMS", "Learners", "new_learners", "step"]

TERMS = (
    "total",
    "adversarial",
    "location_contrast",
    "layer_contrast",
    "self_consistency",
    "sparsity",
    "discriminator",
)
"""The losses that a step returns: the generators' weighted sum, its terms without weights, the discriminator's."""

_IMAGE_LAYERS = (0, 2, 4, 8, 12)  # of G_B, the encoder of the location contrast
_PATCH_LAYERS = tuple(DISCRIMINATOR_CHANNELS)  # of D, the encoder of the layer contrast
_IMAGE_CHANNELS = 32


@dataclass(frozen=True, slots=True)
class Learners:
    """Everything that learns.

    Attributes:
        background: G_B.
        rain: G_R.
        discriminator: D.
        layer_heads: Projection heads of the layer contrast, the same for both layers: with heads of its own each
            layer could be told apart by its head alone, and the generators would learn nothing.
        location_heads: Projection heads of the location contrast.
        restoring: Adam for all but D.
        judging: Adam for D.
    """

    background: Generator
    rain: Generator
    discriminator: Discriminator
    layer_heads: ProjectionHeads
    location_heads: ProjectionHeads
    restoring: torch.optim.Adam
    judging: torch.optim.Adam


def new_learners(config: Config, device: torch.device) -> Learners:
    """Return untrained learners; equal seeds give equal weights, and the global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        background, rain, discriminator = Generator(), Generator(), Discriminator()
        layer_heads = ProjectionHeads(tuple(DISCRIMINATOR_CHANNELS.values()), config.projection)
        location_heads = ProjectionHeads([_IMAGE_CHANNELS] * len(_IMAGE_LAYERS), config.projection)
    restorers = torch.nn.ModuleList((background, rain, layer_heads, location_heads)).to(device)
    rate, betas = config.learning_rate, (config.momentum, 0.999)
    return Learners(
        background=background,
        rain=rain,
        discriminator=discriminator.to(device),
        layer_heads=layer_heads,
        location_heads=location_heads,
        restoring=torch.optim.Adam(restorers.parameters(), lr=rate, betas=betas),
        judging=torch.optim.Adam(discriminator.parameters(), lr=rate, betas=betas),
    )


def step(learners: Learners, rainy: Tensor, clean: Tensor, config: Config, chance: torch.Generator) -> dict[str, float]:
    """Update everything once and return the losses by the names in ``TERMS``.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [-1, 1].
        clean: the same shape; other scenes.

    Args:
        learners: What is updated, in place.
        rainy: Crops in which it rains.
        clean: Crops in which it does not.
        config: The recipe.
        chance: Source of randomness for the places of patches, on the CPU.
    """
    # Both layers of the rainy crops. A clean crop is all background, so G_B should give it back.
    seen = torch.cat((rainy, clean))
    backgrounds, seen_maps = walk(learners.background.gen, seen, _IMAGE_LAYERS)
    background, rain = backgrounds[: len(rainy)], learners.rain(rainy)

    learners.discriminator.requires_grad_(requires_grad=True)
    judged = learners.discriminator(torch.cat((background.detach(), clean)))
    discriminator = losses.discrimination(*judged.chunk(2))
    _descend(learners.judging, discriminator)

    # The losses of the generators pass through the discriminator without changing it.
    learners.discriminator.requires_grad_(requires_grad=False)
    judged, layer_maps = walk(learners.discriminator.model, torch.cat((background, rain)), _PATCH_LAYERS)
    _, made_maps = walk(learners.background.gen[: _IMAGE_LAYERS[-1] + 1], backgrounds, _IMAGE_LAYERS)
    terms = {
        "adversarial": losses.adversarial(judged[: len(rainy)]),
        "location_contrast": _location_contrast(learners.location_heads, seen, seen_maps, made_maps, config, chance),
        "layer_contrast": _layer_contrast(learners.layer_heads, background, rain, layer_maps, config, chance),
        "self_consistency": losses.self_consistency(background, rain, rainy),
        "sparsity": losses.sparsity(rain),
    }
    total = torch.stack([getattr(config, name) * term for name, term in terms.items()]).sum()
    _descend(learners.restoring, total)
    measured = torch.stack([total, *terms.values(), discriminator]).tolist()
    return dict(zip(TERMS, measured, strict=True))


def _descend(optimiser: torch.optim.Adam, loss: Tensor) -> None:
    optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    optimiser.step()


def _location_contrast(
    heads: ProjectionHeads,
    seen: Tensor,
    seen_maps: Sequence[Tensor],
    made_maps: Sequence[Tensor],
    config: Config,
    chance: torch.Generator,
) -> Tensor:
    """Contrast random places of the outputs with the same, and with the least similar, places of the inputs."""
    size = (seen.shape[-2], seen.shape[-1])
    places = random_queries(seen, config.location_queries, config.patch, chance)
    unlike = search(seen, places, config.location_search)
    anchors = heads([pick(map_, places, size) for map_ in made_maps])
    with torch.no_grad():  # the input is what the output is measured by
        positives = heads([pick(map_, places, size) for map_ in seen_maps])
        negatives = heads([pick(map_, unlike.flatten(1, 2), size) for map_ in seen_maps])
    return _mean(
        losses.location_contrast(anchor, positive, negative.reshape(*unlike.shape[:3], -1), config.temperature)
        for anchor, positive, negative in zip(anchors, positives, negatives, strict=True)
    )


def _layer_contrast(
    heads: ProjectionHeads,
    background: Tensor,
    rain: Tensor,
    maps: Sequence[Tensor],
    config: Config,
    chance: torch.Generator,
) -> Tensor:
    """Contrast like patches around a random place of the background with such patches of the rain layer."""
    size = (rain.shape[-2], rain.shape[-1])

    def projected(layer: Tensor, layer_maps: Sequence[Tensor], how: Search) -> list[Tensor]:
        places = search(layer, random_queries(layer, 1, config.patch, chance), how)[:, 0]
        vectors: list[Tensor] = heads([pick(map_, places, size) for map_ in layer_maps])
        return vectors

    of_background = projected(background, [map_[: len(rain)] for map_ in maps], config.background_search)
    of_rain = projected(rain, [map_[len(rain) :] for map_ in maps], config.rain_search)
    return _mean(
        losses.layer_contrast(*vectors, config.temperature) for vectors in zip(of_background, of_rain, strict=True)
    )


def _mean(values: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(values)).mean()
