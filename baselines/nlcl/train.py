"""Training NLCL: photographs in, checkpoints out, and a killed training goes on as if nothing had happened.

The randomness of a step comes from the seed and the step's number alone, so nothing but the checkpoint is needed
to go on, and on the CPU a resumed training gives the same bytes as an undisturbed one.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from baselines.nlcl.checkpoint import BACKGROUND, Checkpoint, read_training, write_training
from baselines.nlcl.crops import Photographs, decode_all, draw
from baselines.nlcl.step import TERMS, Learners, new_learners, step
from nlcl_bench import __version__
from nlcl_bench.core.digest import sha256_value
from nlcl_bench.core.errors import InputError, RunError
from nlcl_bench.core.files import locked, make_folder
from nlcl_bench.core.progress import Track, silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from torch import Tensor

    from baselines.nlcl.config import Config

__all__ = ["Trained", "train"]

_MAY_DIFFER = {"steps", "checkpoint_every"}


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training gave.

    Attributes:
        checkpoint: The content of its ``checkpoint.json``.
        weights: The file that ``--weights`` takes.
        history: The losses of every step, ``(steps, len(TERMS))``.
        resumed_at: Steps that were done before, 0 for a new training.
        skipped: Photographs that could not be used, and why.
    """

    checkpoint: Checkpoint
    weights: Path
    history: Tensor
    resumed_at: int
    skipped: tuple[str, ...]


def train(
    config: Config,
    photographs: Mapping[str, Iterable[tuple[str, bytes]]],
    into: Path,
    *,
    device: torch.device,
    track: Track = silent,
) -> Trained:
    """Train, or go on training, until ``config.steps`` steps are done.

    Args:
        config: The recipe.
        photographs: Names and bytes of ``rainy`` and of ``clean`` photographs; they need not show the same places.
        into: Folder of the checkpoint.
        device: Where the networks are.
        track: Shows progress.

    Raises:
        InputError: No photograph can be used, or the folder holds a training of another recipe or other photographs.
        ArtifactError: The folder's checkpoint is damaged.
        RunError: A loss is no finite number any more.
        StorageError: The folder cannot be written.
    """
    with locked(make_folder(into)):
        decoded = into / "decoded"
        rainy, clean = (
            decode_all(photographs[domain], decoded, crop=config.crop, domain=domain, track=track)
            for domain in ("rainy", "clean")
        )
        learners = new_learners(config, device)
        history = _resume(into, learners, config, rainy, clean)
        resumed_at = len(history)
        numbers = range(resumed_at + 1, config.steps + 1)
        for number in track(numbers, what="train nlcl", total=len(numbers)):
            history.append(_one(learners, rainy, clean, config, number))
            _require_finite(history[-1], number, into)
            if number % config.checkpoint_every == 0 and number < config.steps:
                _write(into, learners, history, config, rainy, clean)
        checkpoint = _write(into, learners, history, config, rainy, clean)
        shutil.rmtree(decoded, ignore_errors=True)
    return Trained(checkpoint, into / BACKGROUND, torch.tensor(history), resumed_at, rainy.skipped + clean.skipped)


def _one(learners: Learners, rainy: Photographs, clean: Photographs, config: Config, number: int) -> list[float]:
    chance = torch.Generator().manual_seed(int(sha256_value([config.seed, number])[:15], 16))
    device = next(learners.background.parameters()).device
    rainy_crops, clean_crops = (draw(domain, config.batch, config.crop, chance).to(device) for domain in (rainy, clean))
    measured = step(learners, rainy_crops, clean_crops, config, chance)
    return [measured[name] for name in TERMS]


def _resume(
    into: Path, learners: Learners, config: Config, rainy: Photographs, clean: Photographs
) -> list[list[float]]:
    """Return the losses of the steps that are done, after putting the learners there."""
    found = read_training(into, learners)
    if found is None:
        return []
    before, history = found
    other = [
        name
        for name in type(config).model_fields
        if name not in _MAY_DIFFER and getattr(config, name) != getattr(before.config, name)
    ]
    if before.photographs != _digests(rainy, clean):
        other.append("photographs")
    if other:
        raise InputError(
            f"holds a training with another {' and '.join(other)}", where=into, fix="train into another folder"
        )
    if before.step > config.steps:
        raise InputError(
            f"holds a training of {before.step} steps, more than {config.steps}",
            where=into,
            fix="ask for more steps, or train into another folder",
        )
    losses: list[list[float]] = history.tolist()
    return losses


def _require_finite(measured: list[float], number: int, into: Path) -> None:
    for name, value in zip(TERMS[1:], measured[1:], strict=True):  # a term tells more than the total
        if not math.isfinite(value):
            raise RunError(
                f"the loss {name} became {value} at step {number}",
                where=into,
                fix="lower the learning rate or that loss's weight and train into another folder",
            )


def _write(
    into: Path, learners: Learners, history: list[list[float]], config: Config, rainy: Photographs, clean: Photographs
) -> Checkpoint:
    checkpoint = Checkpoint(
        toolkit=__version__,
        step=len(history),
        config=config,
        photographs=_digests(rainy, clean),
        losses=dict(zip(TERMS, history[-1], strict=True)),
    )
    write_training(into, learners, torch.tensor(history), checkpoint)
    return checkpoint


def _digests(rainy: Photographs, clean: Photographs) -> dict[str, str]:
    return {"rainy": rainy.digest, "clean": clean.digest}
