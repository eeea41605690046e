"""Training the network of ``rain_probability``: photographs in, one file of weights out, in minutes.

Every pair of crops comes from the seed, the step's number and the pair's alone. Every fifth photograph is kept aside,
and by those the evidence is made a probability.
"""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import save
from scipy import optimize
from torch import Tensor, nn

from baselines.nlcl.rain import draw_layers
from baselines.rain_probability.examples import Examples, Photograph, digest, draw_pair, read
from nlcl_bench import __version__
from nlcl_bench.core.digest import sha256_value
from nlcl_bench.core.errors import RunError
from nlcl_bench.core.files import locked, make_folder, writing
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.metrics.rain_probability.network import Detector, evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

__all__ = ["FILE", "STEPS", "Trained", "loss", "platt", "train"]

FILE = "rain_probability.safetensors"
STEPS = 900

_PAIRS = 24
_LAYERS = 160
_RATE, _RISE = 2e-3, 50
_DECAY = 1e-2
_CLIP = 1.0
_ASIDE = 5


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training gave.

    Attributes:
        weights: The file.
        history: The loss of every step.
        told_apart: Share of the pairs of a rainy and a clean photograph, of those kept aside, in which the rainy one
            has the higher probability.
        skipped: Photographs that could not be used, and why.
    """

    weights: Path
    history: tuple[float, ...]
    told_apart: float
    skipped: tuple[str, ...]


def train(
    photographs: Mapping[str, Iterable[tuple[str, bytes]]],
    into: Path,
    *,
    steps: int = STEPS,
    seed: int = 0,
    track: Track = silent,
) -> Trained:
    """Train on the CPU, and write the weights in half precision.

    Args:
        photographs: Names and bytes of ``rainy`` and of ``clean`` photographs; a name's folder is its source.
        into: Folder of the file.
        steps: How many.
        seed: Of all randomness.
        track: Shows progress.

    Raises:
        InputError: There are too few photographs that can be used.
        RunError: The loss is no finite number any more, or rain was not learnt.
        StorageError: The folder cannot be written.
    """
    with locked(make_folder(into)):
        (rainy, bad), (clean, worse) = (
            read(photographs[domain], domain=domain, track=track) for domain in ("rainy", "clean")
        )
        detector = Detector(torch.Generator().manual_seed(seed)).to(memory_format=torch.channels_last)
        examples = Examples(_split(rainy)[0], _split(clean)[0], draw_layers(_LAYERS, seed))
        history = _learn(detector, examples, steps, seed, track)
        told_apart = _calibrate(detector, _split(rainy)[1], _split(clean)[1])
        said = {"toolkit": __version__, "steps": steps, "seed": seed, "rainy": digest(rainy), "clean": digest(clean)}
        tensors = {name: value.half().contiguous() for name, value in detector.state_dict().items()}
        with writing(into / FILE) as part:
            part.write_bytes(save(tensors, {"training": json.dumps(said, sort_keys=True)}))
    return Trained(into / FILE, tuple(history), told_apart, (*bad, *worse))


def _split(photographs: Sequence[Photograph]) -> tuple[list[Photograph], list[Photograph]]:
    """Return what is learnt from, and every fifth, which is kept aside."""
    aside = list(photographs[_ASIDE // 2 :: _ASIDE])
    return [one for index, one in enumerate(photographs) if index % _ASIDE != _ASIDE // 2], aside


def _learn(detector: Detector, examples: Examples, steps: int, seed: int, track: Track) -> list[float]:
    optimiser = torch.optim.AdamW(detector.parameters(), lr=_RATE, weight_decay=_DECAY)
    history: list[float] = []
    with ThreadPoolExecutor(1) as pool:  # the next pairs are drawn beside the step
        coming = pool.submit(_draw, examples, seed, 0)
        for number in track(range(steps), what="train rain-probability", now=lambda: _now(history)):
            batch = coming.result()
            coming = pool.submit(_draw, examples, seed, number + 1)
            for group in optimiser.param_groups:
                group["lr"] = _rate(number, steps)
            optimiser.zero_grad()
            found = loss(*detector(batch).chunk(2))
            torch.autograd.backward(found)
            nn.utils.clip_grad_norm_(detector.parameters(), _CLIP)
            optimiser.step()
            history.append(float(found.detach()))
            if not math.isfinite(history[-1]):
                raise RunError(f"the loss became {history[-1]} at step {number}", fix="try another seed")
    return history


def _now(history: Sequence[float]) -> str:
    return f"loss {np.mean(history[-20:]):.3f}" if history else ""


def _draw(examples: Examples, seed: int, number: int) -> Tensor:
    """Return the pairs of a step: all crops with rain, then all without, ``(2 * pairs, 1, CROP, CROP)``."""
    pairs = [
        draw_pair(examples, np.random.default_rng(int(sha256_value([seed, number, index])[:15], 16)))
        for index in range(_PAIRS)
    ]
    return torch.from_numpy(np.stack([pair[side] for side in (0, 1) for pair in pairs]))[:, None]


def _rate(number: int, steps: int) -> float:
    """Return the learning rate: a short rise, then half a cosine down to nothing."""
    return _RATE * min(1.0, (number + 1) / _RISE) * (1 + math.cos(math.pi * number / steps)) / 2


def loss(rainy: Tensor, dry: Tensor) -> Tensor:
    """Return the logistic loss of each crop of the pairs, and of which of the two is which.

    Shape:
        rainy, dry: evidence ``(N,)``.

    >>> round(float(loss(torch.zeros(4), torch.zeros(4))) / math.log(2), 4)
    3.0
    """
    softplus = nn.functional.softplus
    return softplus(-rainy).mean() + softplus(dry).mean() + softplus(dry - rainy).mean()


def _calibrate(detector: Detector, rainy: Sequence[Photograph], clean: Sequence[Photograph]) -> float:
    """Scale and shift the last layer so that evidence is a logit, by what was kept aside, and say how well it tells."""
    found = (np.array([evidence(detector, one.pixels / 255) for one in kind]) for kind in (rainy, clean))
    ones, others = (values[np.isfinite(values)] for values in found)
    gain, shift = platt(ones, others)
    if gain <= 0:
        raise RunError(
            "photographs with rain look no more like rain than those without",
            where="rain-probability",
            fix="look whether rainy and clean are swapped, or train for more steps",
        )
    weight, bias = detector.layers[-1].parameters()
    with torch.no_grad():
        weight.mul_(gain)
        bias.mul_(gain).add_(shift)
    return float(np.mean(np.sign(ones[:, None] - others[None, :]) / 2 + 0.5))


def platt(rainy: Floats, clean: Floats) -> tuple[float, float]:
    """Fit gain and shift so that sigmoid(gain * evidence + shift) is the probability of rain, both kinds as likely.

    Platt, "Probabilistic outputs for support vector machines", 1999: the targets are (n + 1) / (n + 2) and 1 / (n + 2)
    instead of 1 and 0, so that the gain stays finite where the two kinds do not overlap.

    >>> gain, shift = platt(np.array([2.0, 3.0, 4.0]), np.array([-4.0, -3.0, -2.0]))
    >>> gain > 0, abs(shift) < 1e-3
    (True, True)
    """
    values = np.concatenate((rainy, clean))
    kinds = np.repeat((1.0, 0.0), (len(rainy), len(clean)))
    sizes = np.where(kinds > 0, len(rainy), len(clean))
    targets = (kinds * sizes + 1) / (sizes + 2)

    def cost(chosen: Floats) -> float:
        logits = chosen[0] * values + chosen[1]
        return float(np.average(np.logaddexp(0, logits) - targets * logits, weights=1 / sizes))

    gain, shift = optimize.minimize(cost, np.array([1.0, 0.0]), method="BFGS").x
    return float(gain), float(shift)
