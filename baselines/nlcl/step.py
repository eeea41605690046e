"""One step of training: the whole of NLCL on one page.

A batch of rainy crops and a batch of clean ones, which show other places, update the discriminator once and then the
generators with their projection heads once. Where a recipe wants it, rain is rendered on more clean crops: there the
background is known. At first, in the warm-up, that is all there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

import torch
from torch import nn

from baselines.nlcl import losses
from baselines.nlcl.learners import bare
from baselines.nlcl.networks import DISCRIMINATOR_CHANNELS, walk
from baselines.nlcl.patches import pick, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from torch import Tensor

    from baselines.nlcl.config import Config
    from baselines.nlcl.learners import Layers, Learners, Learning
    from baselines.nlcl.networks import Discriminator

__all__ = ["CONTRASTS", "OTHERS", "TERMS", "Batch", "Losses", "ask_nlcl", "step"]

L = TypeVar("L", bound="Learning")

TERMS = (
    "total",
    "adversarial",
    "location_contrast",
    "layer_contrast",
    "self_consistency",
    "sparsity",
    "brightening",
    "isotropy",
    "exchange",
    "rendered",
    "unchanged",
    "cycle",
    "identity",
    "patch_contrast",
    "identity_contrast",
    "attention",
    "discriminator",
)
"""What a step may return: the generators' weighted sum, its terms without weights, the discriminator's loss."""

CONTRASTS = TERMS[1:9]
"""NLCL's terms on real rainy photographs, which wait for the end of the warm-up."""

OTHERS = TERMS[11:-1]
"""Terms on real rainy photographs that other unpaired methods have; they wait, too."""

_CONVOLUTIONS = tuple(DISCRIMINATOR_CHANNELS)
_FIRST_THREE = (1, 3, 7)  # the first convolution's features after its activation, as in the published code


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What a step looks at.

    Shape:
        rainy: crops in which it rains, ``(N, 3, H, W)``, values in [-1, 1]; none, and N = 0, for a recipe that looks
            at rendered rain alone.
        clean: crops of other scenes in which it does not, the same shape, and N of them at least 1.
        rendered: crops of other scenes with rendered rain, ``(M, 3, H, W)``; None if the recipe has none.
        truth: the same without it.
        places: int64 ``(2N, Q, 2)``, the places that the location contrast asks for, of rainy and then clean crops.
        background_places, rain_places: int64 ``(N, 1, 2)``, those around which each layer is searched.
        seeds: int64, one per sample; of what a step draws by itself.
    """

    rainy: Tensor
    clean: Tensor
    rendered: Tensor | None
    truth: Tensor | None
    places: Tensor
    background_places: Tensor
    rain_places: Tensor
    seeds: Tensor


Losses = tuple[dict[str, "Tensor"], dict[str, "Tensor"]]
"""The terms of the generators' loss, and the loss of what judges, each by its name in ``TERMS``."""


def step(
    learners: L,
    batch: Batch,
    config: Config,
    *,
    warm: bool = False,
    ask: Callable[[L, Batch, Config, Mapping[str, float]], Losses] | None = None,
) -> dict[str, float]:
    """Update everything once and return the losses that were computed, by their names in ``TERMS``.

    Args:
        learners: What is updated, in place.
        batch: What is looked at.
        config: The recipe; a term whose weight is 0 is not computed.
        warm: Leave out the rainy crops, as in the warm-up.
        ask: Teaches what judges and returns the terms that have a weight; NLCL's :func:`ask_nlcl` if there is none.
    """
    waiting = {*CONTRASTS, *OTHERS} if warm else set()
    weights = {name: getattr(config, name) for name in TERMS[1:-1] if name not in waiting}
    weights = {name: weight for name, weight in weights.items() if weight}
    with torch.autocast(batch.clean.device.type, torch.bfloat16, enabled=config.bf16):
        terms, judged = (ask or cast("Any", ask_nlcl))(learners, batch, config, weights)
    total = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
    _restore(learners, total, config)
    measured = {"total": total, **terms, **judged}
    return dict(zip(measured, torch.stack(list(measured.values())).tolist(), strict=True))


def ask_nlcl(learners: Learners, batch: Batch, config: Config, weights: Mapping[str, float]) -> Losses:
    """Teach the discriminator and return NLCL's terms; without one on rainy crops, those are not looked at.

    Args:
        learners: What the discriminator of is updated.
        batch: What is looked at.
        config: The recipe.
        weights: Of the terms that are wanted.
    """
    real = not weights.keys().isdisjoint(CONTRASTS)
    made = learners.separating(
        batch.rainy if real else None,
        batch.clean if real or "unchanged" in weights else None,
        batch.rendered if "rendered" in weights else None,
        exchange="exchange" in weights,
    )
    judged: dict[str, Tensor] = {}
    terms: dict[str, Tensor] = {}
    if made.layers is not None:
        if "adversarial" in weights or "layer_contrast" in weights:
            judged["discriminator"] = _judge(learners, made.layers.background, batch.clean)
        terms |= _contrasts(learners, made.layers, batch, config, weights)
    if made.exchanged is not None:
        terms["exchange"] = losses.fidelity(made.exchanged, batch.clean)
    if made.rendered is not None and batch.truth is not None:
        terms["rendered"] = losses.fidelity(made.rendered, batch.truth)
    if made.clean is not None and "unchanged" in weights:
        terms["unchanged"] = losses.fidelity(made.clean, batch.clean)
    return terms, judged


def _judge(learners: Learners, background: Tensor, clean: Tensor) -> Tensor:
    """Teach the discriminator to tell derained from clean crops, and return its loss."""
    bare(learners.discriminator).requires_grad_(requires_grad=True)
    judged = learners.discriminator(torch.cat((background.detach(), clean))).float()
    loss = losses.discrimination(*judged.chunk(2))
    learners.judging.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    learners.judging.step()
    return loss.detach()


def _restore(learners: Learning, total: Tensor, config: Config) -> None:
    """Let the generators and the heads learn."""
    optimisers = [one for one in (learners.restoring, learners.again) if one is not None]
    for optimiser in optimisers:
        optimiser.zero_grad(set_to_none=True)
    torch.autograd.backward(total)
    if config.clip:
        nn.utils.clip_grad_norm_(learners.restoring.param_groups[0]["params"], config.clip)
    for optimiser in optimisers:
        optimiser.step()
    if learners.average is not None:
        learners.average.update_parameters(learners.background)


def _contrasts(
    learners: Learners, layers: Layers, batch: Batch, config: Config, wanted: Iterable[str]
) -> dict[str, Tensor]:
    """Return the wanted losses on real rainy photographs, in the order of ``TERMS``."""
    background, rain = layers.background, layers.rain
    taken = rain if config.sparsity_of == "rain" else batch.rainy - background
    # The losses of the generators pass through the discriminator without changing it.
    judge = cast("Discriminator", bare(learners.discriminator).requires_grad_(requires_grad=False))
    judged = cache(lambda: _judged(judge, background, rain, config))  # by either of two terms, or not at all
    known: dict[str, Callable[[], Tensor]] = {
        "adversarial": lambda: losses.adversarial(judged()[0][: len(rain)].float()),
        "location_contrast": lambda: _location_contrast(learners, layers, batch, config),
        "layer_contrast": lambda: _layer_contrast(learners, layers, judged()[1], batch, config),
        "self_consistency": lambda: losses.self_consistency(background, rain, batch.rainy),
        "sparsity": lambda: losses.sparsity(taken),
        "brightening": lambda: losses.brightening(rain),
        "isotropy": lambda: losses.isotropy(rain),
    }
    return {name: term() for name, term in known.items() if name in wanted}


def _judged(judge: Discriminator, background: Tensor, rain: Tensor, config: Config) -> tuple[Tensor, list[Tensor]]:
    """Return the discriminator's logits and features of both layers, background first."""
    both = torch.cat((background, rain))
    if config.patch_features == "convolutions":
        return walk(judge.model, both, _CONVOLUTIONS)
    verdict, maps = walk(judge.model, both, _FIRST_THREE)
    return verdict, [both, *maps]


def _location_contrast(learners: Learners, layers: Layers, batch: Batch, config: Config) -> Tensor:
    """Contrast places of the outputs with the same and with other places of the inputs."""
    seen = torch.cat((batch.rainy, batch.clean))
    size = (seen.shape[-2], seen.shape[-1])
    within = config.location_from == "nearest-of-one"
    looked_at = seen if config.location_search_in == "image" else layers.seen_maps[0]
    found = search(looked_at, batch.places[:, :1] if within else batch.places, config.location_search)
    places, others = (found[:, 0], None) if within else (batch.places, found.flatten(1, 2))
    anchors = _projected(learners.location_heads, layers.made_maps, places, size)
    with torch.no_grad():  # the input is what the output is measured by
        heads = bare(learners.location_heads)
        positives = _projected(heads, layers.seen_maps, places, size)
        if others is not None:
            negatives = _projected(heads, layers.seen_maps, others, size)
    if others is None:
        pairs = zip(anchors, positives, strict=True)
        return _mean(losses.location_contrast_within(*pair, config.temperature) for pair in pairs)
    return _mean(
        losses.location_contrast(anchor, positive, negative.reshape(*found.shape[:3], -1), config.temperature)
        for anchor, positive, negative in zip(anchors, positives, negatives, strict=True)
    )


def _projected(heads: nn.Module, maps: Sequence[Tensor], places: Tensor, size: tuple[int, int]) -> list[Tensor]:
    return [vectors.float() for vectors in heads([pick(map_, places, size) for map_ in maps])]


def _layer_contrast(learners: Learners, layers: Layers, maps: Sequence[Tensor], batch: Batch, config: Config) -> Tensor:
    """Contrast like patches around a place of the background with such patches of the rain layer."""
    rain = layers.rain
    size = (rain.shape[-2], rain.shape[-1])
    of_background = search(layers.background, batch.background_places, config.background_search)[:, 0]
    of_rain = search(rain, batch.rain_places, config.rain_search)[:, 0]
    pairs = learners.layer_heads(
        [pick(map_[: len(rain)], of_background, size) for map_ in maps],
        [pick(map_[len(rain) :], of_rain, size) for map_ in maps],
    )
    if not config.margin:
        return _mean(losses.layer_contrast(*_floats(pair), config.temperature) for pair in pairs)
    return _mean(losses.asymmetric_layer_contrast(*_floats(pair), config.temperature, config.margin) for pair in pairs)


def _floats(pair: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    return pair[0].float(), pair[1].float()


def _mean(values: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(values)).mean()
