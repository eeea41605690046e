"""What learns in the unpaired methods: one generator or two, their judges, and the heads that project features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

import torch
from torch import Tensor, nn

from baselines.nlcl.attention import Attentive
from baselines.nlcl.learners import Learning, adam, averaged, new_restorer, settle
from baselines.nlcl.networks import Discriminator, ProjectionHeads, Restorer
from baselines.unpaired.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from baselines.nlcl.config import Config

__all__ = ["OneWay", "Translators", "TwoWays", "one_way", "two_ways"]

M = TypeVar("M")


class OneWay(nn.Module):
    """G, run once per step on all that a method wants of it.

    Args:
        background: G, which takes rain away: what a training hands out.
    """

    def __init__(self, background: Restorer) -> None:
        super().__init__()
        self.background = background

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Compile the generators one by one: what is asked of them all differs from step to step."""
        for generator in self.children():
            generator.compile(*args, **kwargs)

    def forward(
        self, work: Callable[[Self, Tensor, Tensor], M] | None, rainy: Tensor, clean: Tensor, rendered: Tensor | None
    ) -> tuple[M | None, Tensor | None]:
        """Return what a method makes of rainy and clean crops, and the background of crops with rendered rain.

        Args:
            work: Makes it, of this module and the crops; None as long as they are not looked at.
            rainy: Crops ``(N, 3, H, W)``, values in [-1, 1], as all of them.
            clean: Crops of other scenes.
            rendered: Crops of other scenes with rendered rain, if there are some.
        """
        made = None if work is None else work(self, rainy, clean)
        return made, None if rendered is None else self.background(rendered).float()


class TwoWays(OneWay):
    """G and F.

    Args:
        background: G.
        rainmaker: F, which makes rain.
    """

    def __init__(self, background: Restorer, rainmaker: Restorer) -> None:
        super().__init__(background)
        self.rainmaker = rainmaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Translators(Learning):
    """Everything that learns.

    Attributes:
        judges: Discriminators, by the photographs that they know: ``clean``, ``rainy``.
        heads: Projection heads, by the photographs whose features they project.
        pools: Past outputs that judges are shown again, by judge; none if the recipe has none.
    """

    judges: Mapping[str, nn.Module]
    heads: Mapping[str, nn.Module]
    pools: Mapping[str, Pool]

    def others(self) -> Mapping[str, nn.Module]:
        """Return the judges, heads and pools."""
        kinds = {"judge": self.judges, "heads": self.heads, "pool": self.pools}
        return {f"{kind}-{name}": one for kind, members in kinds.items() for name, one in members.items()}

    def wrapped(self, by: Callable[..., nn.Module]) -> Self:
        """Return the same with each network wrapped; pools are each process's own."""
        return replace(
            self,
            separating=by(self.separating, may_idle=True),  # F waits for the end of a warm-up
            judges={name: by(one) for name, one in self.judges.items()},
            heads={name: by(one) for name, one in self.heads.items()},
        )


def one_way(config: Config, device: torch.device, *, heads: tuple[str, ...] = ()) -> Translators:
    """Return untrained learners with G alone; equal seeds give equal weights, whatever was random before.

    Args:
        config: The recipe.
        device: Where they learn.
        heads: The photographs whose features are projected.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return _learners(OneWay(new_restorer(config)), ("clean",), heads, config, device)


def two_ways(
    config: Config, device: torch.device, *, heads: tuple[str, ...] = (), attentive: bool = False
) -> Translators:
    """Return the same with F; ``attentive`` puts a detector of rain before both."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        background, rainmaker = new_restorer(config, int(attentive)), new_restorer(config, int(attentive))
        both = TwoWays(Attentive(background) if attentive else background, rainmaker)
        return _learners(both, ("clean", "rainy"), heads, config, device)


def _learners(
    separating: OneWay, judges: tuple[str, ...], heads: tuple[str, ...], config: Config, device: torch.device
) -> Translators:
    judging = {name: Discriminator() for name in judges}
    channels = separating.background.ENCODER_CHANNELS
    projecting = {name: ProjectionHeads(channels, config.projection, config.head_gain) for name in heads}
    pools = {name: Pool(config.pool, config.crop) for name in judges if config.pool}
    settle((separating, *judging.values(), *projecting.values(), *pools.values()), config, device)
    return Translators(
        separating=separating,
        judges=judging,
        heads=projecting,
        pools=pools,
        restoring=adam((separating, *projecting.values()), config.learning_rate, config),
        judging=adam(judging.values(), config.discriminator_rate, config),
        average=averaged(separating.background, config),
    )
