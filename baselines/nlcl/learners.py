"""Everything that learns in a training, and everything that a checkpoint has to hold."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Self, cast

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
    Restorer,
    Separator,
)
from baselines.nlcl.resnet import ResNet9
from baselines.nlcl.supervised import Supervised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from baselines.nlcl.config import Config

__all__ = [
    "Layers",
    "Learners",
    "Learning",
    "Restorer",
    "Separated",
    "Separating",
    "adam",
    "averaged",
    "bare",
    "new_learners",
    "new_restorer",
    "set_rates",
    "settle",
]


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
        made_maps = self.background.features(both)
        seen_maps = [map_[: len(both)] for map_ in seen_maps]
        layers = Layers(background, rain, seen_maps, made_maps)
        exchanged = None
        if exchange and clean is not None:
            exchanged = self.background((clean + rain.detach()).clamp(-1, 1)).float()
        return Separated(layers, of_clean, of_rendered, exchanged)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning(ABC):
    """What every method has that learns; for several processes each network is wrapped, see :func:`bare`.

    Attributes:
        separating: A module whose ``background`` is G_B, with the other generators, if there are some.
        restoring: Adam for all but what judges.
        judging: Adam for what judges.
        again: A second Adam, for what the published code of NLCL updates twice by mistake; else None.
        average: G_B with exponentially averaged weights; else None.
    """

    separating: nn.Module
    restoring: torch.optim.Adam
    judging: torch.optim.Adam
    again: torch.optim.Adam | None = None
    average: AveragedModel | None

    @property
    def background(self) -> Restorer:
        """G_B as it learns."""
        return cast("Restorer", bare(self.separating).background)

    @property
    def rain(self) -> Generator | None:
        """G_R, if there is one."""
        return None

    @property
    def kept(self) -> Restorer:
        """G_B as a training hands it out: averaged, if it is."""
        return self.background if self.average is None else cast("Restorer", self.average.module)

    @property
    def handed_out(self) -> nn.Module:
        """The network whose weights a training hands out: ``kept``, or what learns inside it."""
        return self.kept.network if isinstance(self.kept, Supervised) else self.kept

    @abstractmethod
    def others(self) -> Mapping[str, nn.Module]:
        """Return what has weights, or is remembered, beside the generators and their average, by name."""

    @abstractmethod
    def wrapped(self, by: Callable[..., nn.Module]) -> Self:
        """Return the same with each network wrapped.

        Args:
            by: Wraps a network; with ``may_idle`` one of which some weights may get no gradient.
        """

    def networks(self) -> Mapping[str, nn.Module]:
        """Return what has weights, by name."""
        found = {"separating": bare(self.separating), **{name: bare(one) for name, one in self.others().items()}}
        return found if self.average is None else {**found, "average": self.average}

    def optimisers(self) -> Mapping[str, torch.optim.Adam]:
        """Return what has a state beside the weights, by name."""
        found = {"restoring": self.restoring, "judging": self.judging}
        return found if self.again is None else {**found, "again": self.again}


@dataclass(frozen=True, slots=True, kw_only=True)
class Learners(Learning):
    """Everything that learns in NLCL.

    Attributes:
        discriminator: D.
        layer_heads: Projection heads of the layer contrast.
        location_heads: Projection heads of the location contrast.
    """

    discriminator: nn.Module
    layer_heads: nn.Module
    location_heads: nn.Module

    @property
    def rain(self) -> Generator | None:
        """G_R, if there is one."""
        return cast("Separating", bare(self.separating)).rain

    def others(self) -> Mapping[str, nn.Module]:
        """Return the discriminator and the heads."""
        return {name: getattr(self, name) for name in ("discriminator", "layer_heads", "location_heads")}

    def wrapped(self, by: Callable[..., nn.Module]) -> Self:
        """Return the same with each network wrapped; G_R gets no gradient where no loss asks for R."""
        return replace(
            self,
            separating=by(self.separating, may_idle=self.rain is not None),
            discriminator=by(self.discriminator),
            layer_heads=by(self.layer_heads),
            location_heads=by(self.location_heads),
        )


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
        separating = Separating(new_restorer(config), Generator() if both else None)
        discriminator = Discriminator()
        layer_heads = LayerHeads(channels, config.projection, config.head_gain, shared=config.heads == "shared")
        encoded = separating.background.ENCODER_CHANNELS
        location_heads = ProjectionHeads(encoded, config.projection, config.head_gain)
    layer_heads.background.requires_grad_("background" not in config.frozen_heads)
    location_heads.requires_grad_("location" not in config.frozen_heads)
    settle((separating, discriminator, layer_heads, location_heads), config, device)
    return Learners(
        separating=separating,
        discriminator=discriminator,
        layer_heads=layer_heads,
        location_heads=location_heads,
        restoring=adam((separating, layer_heads, location_heads), config.learning_rate, config),
        judging=adam((discriminator,), config.discriminator_rate, config),
        again=_second(layer_heads, config),
        average=averaged(separating.background, config),
    )


def new_restorer(config: Config, guides: int = 0) -> Restorer:
    """Return the untrained generator that a recipe names.

    Args:
        config: The recipe.
        guides: Channels of its input behind the image's three; the networks of the field take none.
    """
    if config.layers in ARCHITECTURES:
        return Supervised(ARCHITECTURES[config.layers].new())
    kinds: dict[str, Callable[[int], Restorer]] = {"generators": Generator, "resnet9": ResNet9}
    return kinds.get(config.layers, Separator)(guides)


def settle(networks: Iterable[nn.Module], config: Config, device: torch.device) -> None:
    """Move networks to where they learn, in place, laid out in memory as is fastest there."""
    everything = nn.ModuleList(networks).to(device)
    if config.bf16:  # convolutions in bfloat16 are fastest in this layout
        everything.to(memory_format=torch.channels_last)


def adam(networks: Iterable[nn.Module], rate: float, config: Config) -> torch.optim.Adam:
    """Return the optimiser of all that is to learn in some networks."""
    trained = [one for network in networks for one in network.parameters() if one.requires_grad]
    return torch.optim.Adam(trained, lr=rate, betas=(config.momentum, 0.999))


def averaged(network: nn.Module, config: Config) -> AveragedModel | None:
    """Return a network with exponentially averaged weights, if the recipe wants one."""
    if not config.average:
        return None
    return AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(config.average))  # type: ignore[no-untyped-call]


def _second(heads: LayerHeads, config: Config) -> torch.optim.Adam | None:
    if heads.rain is None or not config.rain_heads_twice:
        return None
    return adam((heads.rain,), config.learning_rate, config)


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
