"""What the unpaired methods' steps have in common: translate, let the discriminators judge, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import torch

from baselines.nlcl import losses
from baselines.nlcl.learners import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from baselines.nlcl.config import Config
    from baselines.nlcl.step import Batch, Losses
    from baselines.unpaired.learners import Translators

__all__ = ["Asked", "asking"]


class Asked(NamedTuple):
    """What a step wants to know.

    Attributes:
        config: The recipe.
        weights: Of the terms that are wanted.
        chance: What is random in the step; it depends on the seed, the step and the sample alone.
    """

    config: Config
    weights: Mapping[str, float]
    chance: torch.Generator


class Made(Protocol):
    """What a method's generators make; ``fakes`` are judged, each by the judge of its name."""

    @property
    def fakes(self) -> Mapping[str, Tensor]: ...


M = TypeVar("M", bound=Made)


def asking(
    translate: Callable[[Any, Tensor, Tensor, Asked], M],
    compare: Callable[[Translators, M, Batch, Asked], Mapping[str, Callable[[], Tensor]]],
) -> Callable[[Translators, Batch, Config, Mapping[str, float]], Losses]:
    """Return what :class:`baselines.nlcl.lesson.Lesson` calls ``ask``.

    Args:
        translate: Runs the generators on rainy and clean crops.
        compare: Gives each term of the method but the adversarial one, to be computed if it is wanted.
    """

    def ask(learners: Translators, batch: Batch, config: Config, weights: Mapping[str, float]) -> Losses:
        asked = Asked(config, weights, torch.Generator().manual_seed(int(batch.seeds[0])))

        def work(generators: Any, rainy: Tensor, clean: Tensor) -> M:
            return translate(generators, rainy, clean, asked)

        real = bool(weights.keys() - {"rendered"})
        rendered = batch.rendered if "rendered" in weights else None
        made, restored = learners.separating(work if real else None, batch.rainy, batch.clean, rendered)
        terms: dict[str, Tensor] = {}
        judged: dict[str, Tensor] = {}
        if made is not None:
            if "adversarial" in weights:
                judged["discriminator"] = _judge(learners, made.fakes, batch, asked.chance)
                terms["adversarial"] = _adversarial(learners, made.fakes)
            known = compare(learners, made, batch, asked)
            terms |= {name: term() for name, term in known.items() if name in weights}
        if restored is not None and batch.truth is not None:
            terms["rendered"] = losses.fidelity(restored, batch.truth)
        return terms, judged

    return ask


def _judge(learners: Translators, fakes: Mapping[str, Tensor], batch: Batch, chance: torch.Generator) -> Tensor:
    """Teach every judge to tell what is made from what is photographed, and return the sum of their losses."""
    found = []
    for domain, judge in learners.judges.items():
        bare(judge).requires_grad_(requires_grad=True)
        shown = fakes[domain].detach()
        if domain in learners.pools:
            shown = learners.pools[domain](shown, chance)
        verdict = judge(torch.cat((shown, getattr(batch, domain)))).float()
        found.append(losses.discrimination(*verdict.chunk(2)))
    loss = torch.stack(found).sum()
    learners.judging.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    learners.judging.step()
    return loss.detach()


def _adversarial(learners: Translators, fakes: Mapping[str, Tensor]) -> Tensor:
    """Return the sum of the generators' losses before judges who learn nothing from them."""
    judges = {domain: bare(judge).requires_grad_(requires_grad=False) for domain, judge in learners.judges.items()}
    return torch.stack([losses.adversarial(judge(fakes[domain]).float()) for domain, judge in judges.items()]).sum()
