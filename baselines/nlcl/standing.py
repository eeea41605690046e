"""Signs that a training stands still, read from its losses.

A contrast that stands at the value for equal vectors sees nothing; one that stands at its minimum has nothing left to
teach. Both happened in the published set-up within ten steps, and neither shows in the pictures for a long time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from baselines.nlcl.losses import layer_contrast
from baselines.nlcl.step import TERMS

if TYPE_CHECKING:
    from torch import Tensor

    from baselines.nlcl.config import Config

__all__ = ["LONG", "constants", "standing"]

LONG = 100
"""Steps for which a loss has to stand still before it is said."""

_NEAR = 0.01
_SEE_LESS = "give its projection heads a gain of 1 and let them learn (head_gain, frozen_heads), or lower learning_rate"
_TEACH_MORE = "share the heads of both layers (heads), or lower its weight and discriminator_rate"


def constants(config: Config) -> dict[tuple[str, str], float]:
    """Return the values at which a contrast means nothing, by loss and by what that value says.

    >>> from baselines.nlcl.config import read_config
    >>> {key: round(value, 4) for key, value in constants(read_config("released")).items()}
    ... # doctest: +NORMALIZE_WHITESPACE
    {('layer_contrast', 'collapsed'): 4.9053, ('layer_contrast', 'saturated'): 4.6737,
     ('location_contrast', 'collapsed'): 5.5452}
    """
    north = torch.tensor([0.0, 1.0], dtype=torch.float64)
    background = north.expand(1, config.background_patches, 2)
    rain = north.expand(1, config.rain_patches, 2)
    seen = config.location_queries if config.location_from == "nearest-of-one" else 1 + config.location_negatives
    # where each layer is one point, both are as compact, and the asymmetric loss has all of its margin on top
    return {
        ("layer_contrast", "collapsed"): layer_contrast(background, rain, config.temperature).item() + config.margin,
        ("layer_contrast", "saturated"): layer_contrast(background, -rain, config.temperature).item() + config.margin,
        ("location_contrast", "collapsed"): math.log(seen),
    }


def standing(history: Tensor, config: Config) -> tuple[str, ...]:
    """Return a line about each contrast that stood at such a value for ``LONG`` steps running.

    Args:
        history: The losses of consecutive steps, ``(steps, len(TERMS))``; NaN where none was computed.
        config: The recipe.
    """
    if len(history) < LONG:
        return ()
    lines = []
    for (term, kind), value in constants(config).items():
        near = (history[:, TERMS.index(term)] - value).abs() < _NEAR
        if bool(near.unfold(0, LONG, 1).all(1).any()):
            finding = "it sees no difference between any patches" if kind == "collapsed" else "nothing is left to learn"
            fix = _SEE_LESS if kind == "collapsed" else _TEACH_MORE
            lines.append(f"{term} has {kind}: it stands at {value:.4f}, so {finding} ({fix})")
    return tuple(lines)
