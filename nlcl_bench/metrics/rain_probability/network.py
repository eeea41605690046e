"""The network of ``rain_probability``: small, fully convolutional, short-sighted, and blind to colour and brightness.

A picture is reduced as the other measures of rain reduce it (:mod:`nlcl_bench.metrics.pictures`), to luma Y, and

    S = (Y - G4 Y) / sqrt(G8 (Y - G4 Y)^2 + 0.02^2)          G4, G8: Gaussians of 4 and 8 pixels
    p = sigmoid(mean over places of f(S))                    f: convolutions that see 39 pixels

Streaks are local, so 39 pixels are enough to see them and too few to recognise a scene. Without its low frequencies and
its contrast, a picture shows no grey weather, no veil and no exposure. f adds up evidence: a place that says nothing
adds nothing, and a picture from which nothing can be told, such as one that was blurred away, gets neither 0 nor 1. The
mean of f over the picture and its mirror image is taken, so a flip changes nothing.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from nlcl_bench.metrics.pictures import luma, reduced
from nlcl_bench.metrics.streaks import flat

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.metrics.pictures import Picture
    from nlcl_bench.metrics.spec import Metric

__all__ = ["Detector", "evidence", "load", "seen"]

_HIGH, _AROUND = 4.0, 8.0
"""Standard deviations, in pixels: of what the high-pass takes, of the neighbourhood that contrast is taken over."""

_FAINT = 0.02
"""Contrast, in luma, below which detail is not brought up any more: it is noise."""


def seen(planes: Tensor) -> Tensor:
    """Return what the network sees: high-passed luma by the contrast around it.

    Shape:
        planes: luma ``(N, 1, H, W)``, in [0, 1].
        returns: the same, around 0, mostly within plus or minus 3.
    """
    high = planes - _blurred(planes, _HIGH)
    return high / (_blurred(high.square(), _AROUND) + _FAINT**2).sqrt()


def _blurred(planes: Tensor, sigma: float) -> Tensor:
    reach = math.ceil(3 * sigma)
    line = torch.exp(-(torch.arange(-reach, reach + 1, dtype=planes.dtype) ** 2) / (2 * sigma**2))
    line = line / line.sum()
    padded = nn.functional.pad(planes, (reach,) * 4, mode="replicate")
    return nn.functional.conv2d(nn.functional.conv2d(padded, line.view(1, 1, 1, -1)), line.view(1, 1, -1, 1))


class Detector(nn.Module):
    """f, and its mean over the picture.

    Args:
        chance: Where the first weights come from; None leaves them as torch draws them, to be loaded over.
    """

    def __init__(self, chance: torch.Generator | None = None) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 16, 5), nn.ReLU()),
            *(nn.Conv2d(16, 32, 3, stride=2), nn.ReLU()),
            *(nn.Conv2d(32, 32, 3), nn.ReLU()),
            *(nn.Conv2d(32, 48, 3, stride=2), nn.ReLU()),
            *(nn.Conv2d(48, 48, 3), nn.ReLU()),
            *(nn.Conv2d(48, 48, 3), nn.ReLU()),
            *(nn.Conv2d(48, 48, 3), nn.ReLU()),
            nn.Conv2d(48, 1, 1),
        )
        if chance is not None:
            for name, weight in self.layers.named_parameters():
                if name.endswith("bias"):
                    nn.init.zeros_(weight)
                else:
                    nn.init.kaiming_normal_(weight, generator=chance)

    def forward(self, planes: Tensor) -> Tensor:
        """Return the evidence for rain, the logit of its probability.

        Shape:
            planes: luma ``(N, 1, H, W)``, in [0, 1], at least 39 pixels a side.
            returns: ``(N,)``.
        """
        found: Tensor = self.layers(seen(planes))
        return found.mean(dim=(1, 2, 3))


def evidence(detector: Detector, picture: Picture) -> float:
    """Return the logit of the probability that it rains in a picture; NaN for a flat one.

    Args:
        detector: The network.
        picture: As :func:`nlcl_bench.metrics.pictures.reduced` returns it.
    """
    plane = luma(picture)
    if flat(plane):
        return float("nan")
    planes = torch.from_numpy(plane).float()[None, None]
    with torch.inference_mode():
        one, mirrored = (float(detector(side)) for side in (planes, planes.flip(-1)))
    return (one + mirrored) / 2


def load(weights: Path) -> Metric:
    """Return the metric with the weights of a verified file, which may be in half precision."""
    detector = Detector()
    detector.load_state_dict(load_file(weights))

    def score(derained: Tensor, _: Tensor | None) -> Tensor:
        logits = [evidence(detector, reduced(image)) for image in derained.cpu().numpy()]
        return torch.tensor(logits, dtype=torch.float64).sigmoid()

    return score
