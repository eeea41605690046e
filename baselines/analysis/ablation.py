"""Which loss does what: the same short training again and again, each time without one of the losses.

Every training has the same photographs, budget and seeds. All are judged on the same clean photographs that none has
seen, with the same rendered rain, so differences are taken photograph by photograph, and over seeds first.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from baselines.analysis.bootstrap import Mean, mean_of
from baselines.analysis.layers import Scope, Seen, rendered, survey
from baselines.analysis.trainings import judged_each
from baselines.nlcl.config import Config
from baselines.nlcl.step import CONTRASTS, OTHERS, TERMS
from baselines.nlcl.weights import load_generator
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.record import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import torch
    from torch import Tensor

    from baselines.analysis.layers import Layers, Survey
    from baselines.nlcl.networks import Restorer
    from baselines.nlcl.train import Trained

    Numbers = npt.NDArray[np.float64]

__all__ = ["ALL", "MEASURES", "AblationReport", "Variant", "ablate", "variants"]

ALL = "all losses"
"""The training that the others are compared with."""

MEASURES = ("gain", "kept")
"""What is measured, in dB: PSNR gained on rendered rain, and PSNR of a clean photograph against itself."""

_MOST = 80.0  # dB; a photograph that comes out as it went in has infinitely many
_LEAST = 64  # pixels a side


class Variant(Row):
    """How a training without some losses does.

    Attributes:
        name: What is left out.
        scores: Mean of each measure over photographs and seeds.
        against: Mean difference from the training with all losses; None for that one.
    """

    name: str
    scores: dict[str, Mean]
    against: dict[str, Mean] | None


class AblationReport(Row):
    """All that was measured.

    Attributes:
        config: The recipe with all of its losses.
        seeds: Of the trainings.
        scope: How much is looked at.
        photographs: Those judged on.
        skipped: Those that could not be used, and why.
        variants: One per set of losses, the full one first.
    """

    config: Config
    seeds: tuple[int, ...]
    scope: Scope
    photographs: tuple[Seen, ...]
    skipped: tuple[str, ...]
    variants: tuple[Variant, ...]


def variants(config: Config) -> dict[str, Config]:
    """Return the recipes to train, by what is left out: each loss by itself, then all on real rainy photographs.

    A recipe that has nothing left to learn from is no variant.

    >>> from baselines.nlcl.config import read_config
    >>> list(variants(read_config("rendered")))
    ['all losses']
    """
    real = {*CONTRASTS, *OTHERS}
    used = [name for name in TERMS[1:-1] if getattr(config, name) and not (name in real and config.warm_up == 1)]
    left_out = {f"without {name}": {name} for name in used} if len(used) > 1 else {}
    contrasts = set(used) & real
    if 1 < len(contrasts) < len(used):
        left_out["without any on real rain"] = contrasts
    return {ALL: config} | {name: _without(config, terms) for name, terms in left_out.items()}


def _without(config: Config, terms: set[str]) -> Config:
    changes: dict[str, float] = dict.fromkeys(terms, 0.0)
    if "rendered" in terms:
        changes["warm_up"] = 0.0  # it would have nothing to learn from
    return Config.model_validate(config.model_dump() | changes)


def ablate(
    config: Config,
    photographs: Callable[[], Mapping[str, Iterable[tuple[str, bytes]]]],
    held: Path,
    into: Path,
    *,
    seeds: int,
    scope: Scope,
    device: torch.device,
    track: Track = silent,
) -> AblationReport:
    """Train every variant with every seed, and measure.

    Args:
        config: The recipe with all of its losses; its seed is the first.
        photographs: Gives names and bytes of ``rainy`` and ``clean`` photographs to train on, anew at each call.
        held: Clean photographs to judge on, which are not trained on.
        into: Folder of the trainings; those that are done are not done again.
        seeds: How many.
        scope: How much is looked at.
        device: Where networks are trained.
        track: Shows progress.

    Raises:
        InputError: Photographs cannot be used, or a folder holds another training.
        RunError: A loss is no finite number any more.
        StorageError: The folder cannot be written.
    """
    numbers = tuple(range(config.seed, config.seed + seeds))
    judged: list[Survey[tuple[float, float]]] = []

    def judge(_: str, trained: Trained) -> dict[str, list[float]]:
        look = partial(_judge, load_generator(trained.weights).eval())
        judged[:] = [survey(rendered(held), look, scope, least=_LEAST, track=track)]
        return {name: [pair[index] for pair in judged[0].found] for index, name in enumerate(MEASURES)}

    scores = judged_each(variants(config), photographs, judge, into, seeds=numbers, device=device, track=track)
    return AblationReport(
        config=config,
        seeds=numbers,
        scope=scope,
        photographs=judged[0].photographs,
        skipped=judged[0].skipped,
        variants=tuple(_variant(name, scores, scope) for name in scores),
    )


def _variant(name: str, scores: Mapping[str, Mapping[str, Numbers]], scope: Scope) -> Variant:
    def means(values: Mapping[str, Numbers]) -> dict[str, Mean]:
        return {key: mean_of(one, draws=scope.draws, seed=scope.seed) for key, one in values.items()}

    own, full = scores[name], scores[ALL]
    against = None if name == ALL else means({key: own[key] - full[key] for key in MEASURES})
    return Variant(name=name, scores=means(own), against=against)


def _judge(network: Restorer, layers: Layers, _: np.random.Generator) -> tuple[float, float]:
    """Return the measures on one photograph."""
    gain = _psnr(network(layers.rainy), layers.background) - _psnr(layers.rainy, layers.background)
    return gain, _psnr(network(layers.background), layers.background)


def _psnr(made: Tensor, truth: Tensor) -> float:
    """Return the peak signal-to-noise ratio of values in [-1, 1], clipped there, in dB."""
    error = float((made.clamp(-1, 1) - truth).double().square().mean()) / 4
    return min(_MOST, -10 * math.log10(max(error, 1e-12)))
