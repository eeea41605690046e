"""What the networks make of a few crops: O, B and R side by side, to look at while they learn."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from baselines.nlcl.crops import Source, draw_batch

if TYPE_CHECKING:
    from torch import Tensor

    from baselines.nlcl.config import Config
    from baselines.nlcl.learners import Learning

__all__ = ["GAIN", "triptychs"]

GAIN = 3.0
"""How many times brighter R is shown than it is; black is no rain, or less than none."""

_COUNT = 4
_GAP = 4  # pixels of white between pictures


def triptychs(learners: Learning, source: Source, config: Config) -> list[bytes]:
    """Return PNGs of O | B | R for some rainy crops, always the same ones; B is what the kept weights make.

    Where there are no photographs of rain, the crops have rendered rain.

    Args:
        learners: What has learnt.
        source: The photographs.
        config: The recipe.
    """
    device = next(learners.background.parameters()).device
    bring_rain = range(0, _COUNT * config.rainy_every, config.rainy_every)
    batch = draw_batch(source, config, 0, bring_rain)  # of step 0, which no training has
    rainy = batch.rainy if source.rainy is not None or batch.rendered is None else batch.rendered
    with torch.inference_mode():
        seen = rainy.to(device)
        background = learners.kept(seen)
        rain = seen - background if learners.rain is None else learners.rain(seen)
    shown = ((rainy + 1) / 2, (background.cpu() + 1) / 2, rain.cpu() * GAIN / 2)
    return [_side_by_side(row) for row in zip(*shown, strict=True)]


def _side_by_side(pictures: tuple[Tensor, ...]) -> bytes:
    grey = [np.rint(picture.clamp(0, 1).permute(1, 2, 0).numpy() * 255).astype(np.uint8) for picture in pictures]
    gap = np.full((grey[0].shape[0], _GAP, 3), 255, np.uint8)
    stream = io.BytesIO()
    Image.fromarray(np.hstack([grey[0], gap, grey[1], gap, grey[2]])).save(stream, "PNG")
    return stream.getvalue()
