"""Everything that learns in a training, and everything that a checkpoint has to hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from baselines.networks.architectures import ARCHITECTURES
from baselines.nlcl.networks import (
    DISCRIMINATOR_CHANNELS,
    Discriminator,
    Generator,
    LayerHeads,
    ProjectionHeads,
    Separator,
    walk,
)
from baselines.nlcl.supervised import Supervised

if TYPE_CHECKING:
    from collections.abc import Mapping

    from baselines.nlcl.config import Config

__all__ = ["Layers", "Learners", "Restorer", "Separated", "Separating", "bare", "new_learners", "set_rates"]


Restorer = Generator | Separator | Supervised
"""What predicts the background, G_B."""


class Layers(NamedTuple):
    """What the generators make of real rainy crops.

    Shape:
        background, rain: ``(N, 3, H, W)``.
        seen_maps, made_maps: features of the rainy and then the clean crops, and of what was made of both; one
            ``(2N, C_l, h, w)`` per layer of the encoder.
    """

    background: Tensor
    rain: Tensor
    seen_maps: list[Tensor]
    made_maps: list[Tensor]


class Separated(NamedTuple):
    """What the generators make of a batch.

    Shape:
        layers: of the rainy crops, or None without them.
        clean: what is left of the clean crops, ``(N, 3, H, W)``, or None without them.
        rendered: the background of the crops with rendered rain, ``(M, 3, H, W)``, or None without them.
        exchanged: the background of the clean crops with the rain of the rainy ones, or None if not asked for.
    """

    layers: Layers | None = None
    clean: Tensor | None = None
    rendered: Tensor | None = None
    exchanged: Tensor | None = None


class Separating(nn.Module):
    """The generators, run once per step on all that there is to separate.

    Args:
        background: G_B.
        rain: G_R; None where the rain layer is what G_B takes away.
    """

    def __init__(self, background: Restorer, rain: Generator | None) -> None:
        super().__init__()
        self.background = background
        self.rain = rain

    def forward(
        self, rainy: Tensor | None, clean: Tensor | None, rendered: Tensor | None, *, exchange: bool = False
    ) -> Separated:
        """Separate rainy crops, clean ones and ones with rendered rain, those that are given, in one pass.

        Rainy crops are given together with clean ones. Their rain can then be laid over the clean ones and be separated
        once more; see :class:`Separated`.
        """
        given = [crops for crops in (rainy, clean, rendered) if crops is not None]
        made, seen_maps = self.background.mapped(torch.cat(given))
        backgrounds = list(torch.split(made.float(), [len(crops) for crops in given]))
        of_rendered = None if rendered is None else backgrounds.pop()
        of_clean = None if clean is None else backgrounds[-1]
        if rainy is None:
            return Separated(clean=of_clean, rendered=of_rendered)
        background = backgrounds[0]
        rain = rainy - background if self.rain is None else self.rain(rainy).float()
        both = torch.cat(backgrounds)
        _, made_maps = walk(self.background.encoder, both, self.background.ENCODER_LAYERS)
        seen_maps = [map_[: len(both)] for map_ in seen_maps]
        layers = Layers(background, rain, seen_maps, made_maps)
        exchanged = None
        if exchange and clean is not None:
            exchanged = self.background((clean + rain.detach()).clamp(-1, 1)).float()
        return Separated(layers, of_clean, of_rendered, exchanged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learners:
    """Everything that learns; for several processes each network is wrapped, see :func:`bare`.

    Attributes:
        separating: G_B and, if there is one, G_R.
        discriminator: D.
        layer_heads: Projection heads of the layer contrast.
        location_heads: Projection heads of the location contrast.
        restoring: Adam for all but D.
        judging: Adam for D.
        again: A second Adam for the rain's heads, which the published code has by mistake; else None.
        average: G_B with exponentially averaged weights; else None.
    """

    separating: nn.Module
    discriminator: nn.Module
    layer_heads: nn.Module
    location_heads: nn.Module
    restoring: torch.optim.Adam
    judging: torch.optim.Adam
    again: torch.optim.Adam | None
    average: AveragedModel | None

    @property
    def background(self) -> Restorer:
        """G_B as it learns."""
        return cast("Separating", bare(self.separating)).background

    @property
    def rain(self) -> Generator | None:
        """G_R, if there is one."""
        return cast("Separating", bare(self.separating)).rain

    @property
    def kept(self) -> Restorer:
        """G_B as a training hands it out: averaged, if it is."""
        return self.background if self.average is None else cast("Restorer", self.average.module)

    @property
    def handed_out(self) -> nn.Module:
        """The network whose weights a training hands out: ``kept``, or what learns inside it."""
        return self.kept.network if isinstance(self.kept, Supervised) else self.kept

    def networks(self) -> Mapping[str, nn.Module]:
        """Return what has weights, by name."""
        found = {
            "separating": bare(self.separating),
            "discriminator": bare(self.discriminator),
            "layer_heads": bare(self.layer_heads),
            "location_heads": bare(self.location_heads),
        }
        return found if self.average is None else {**found, "average": self.average}

    def optimisers(self) -> Mapping[str, torch.optim.Adam]:
        """Return what has a state beside the weights, by name."""
        found = {"restoring": self.restoring, "judging": self.judging}
        return found if self.again is None else {**found, "again": self.again}


def bare(network: nn.Module) -> nn.Module:
    """Return a network without what distributes it over processes."""
    return cast("nn.Module", network.module) if isinstance(network, DistributedDataParallel) else network


def new_learners(config: Config, device: torch.device) -> Learners:
    """Return untrained learners; equal seeds give equal weights, and the global random state is left as it was."""
    channels = list(DISCRIMINATOR_CHANNELS.values())
    if config.patch_features == "image-first":
        channels = [3, *channels[:-1]]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        both = config.layers == "generators"
        separating = Separating(_restorer(config), Generator() if both else None)
        discriminator = Discriminator()
        layer_heads = LayerHeads(channels, config.projection, config.head_gain, shared=config.heads == "shared")
        encoded = separating.background.ENCODER_CHANNELS
        location_heads = ProjectionHeads(encoded, config.projection, config.head_gain)
    layer_heads.background.requires_grad_("background" not in config.frozen_heads)
    location_heads.requires_grad_("location" not in config.frozen_heads)
    everything = nn.ModuleList((separating, discriminator, layer_heads, location_heads)).to(device)
    if config.bf16:  # convolutions in bfloat16 are fastest in this layout
        everything.to(memory_format=torch.channels_last)
    trained = [
        parameter
        for network in (separating, layer_heads, location_heads)
        for parameter in network.parameters()
        if parameter.requires_grad
    ]
    betas = (config.momentum, 0.999)
    ema = AveragedModel(separating.background, multi_avg_fn=get_ema_multi_avg_fn(config.average))  # type: ignore[no-untyped-call]
    return Learners(
        separating=separating,
        discriminator=discriminator,
        layer_heads=layer_heads,
        location_heads=location_heads,
        restoring=torch.optim.Adam(trained, lr=config.learning_rate, betas=betas),
        judging=torch.optim.Adam(discriminator.parameters(), lr=config.discriminator_rate, betas=betas),
        again=_second(layer_heads, config, betas),
        average=ema if config.average else None,
    )


def _restorer(config: Config) -> Restorer:
    if config.layers in ARCHITECTURES:
        return Supervised(ARCHITECTURES[config.layers].new())
    return Generator() if config.layers == "generators" else Separator()


def _second(heads: LayerHeads, config: Config, betas: tuple[float, float]) -> torch.optim.Adam | None:
    if heads.rain is None or not config.rain_heads_twice:
        return None
    return torch.optim.Adam(heads.rain.parameters(), lr=config.learning_rate, betas=betas)


def set_rates(learners: Learners, config: Config, number: int) -> None:
    """Set the learning rates of a step, counted from 1: a rise, a constant part, a fall to zero after the last step."""
    share = min(1.0, number / max(1, config.rise))
    gone = (number - 1) / config.steps
    if gone > config.decay_from:
        gone = (gone - config.decay_from) / (1 - config.decay_from)
        share *= (1 + math.cos(math.pi * gone)) / 2 if config.decay == "cosine" else 1 - gone
    for name, optimiser in learners.optimisers().items():
        for group in optimiser.param_groups:
            group["lr"] = share * (config.discriminator_rate if name == "judging" else config.learning_rate)
