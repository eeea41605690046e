"""Checkpoints of a training: written whole or not at all, and read to go on from.

::

    DIR/
        background.safetensors   G_B, averaged if the recipe says so: all that deraining needs, in half precision
        rain.safetensors         G_R, if there is one, likewise
        training.safetensors     every network, optimiser state and loss so far: what a resumed training starts from
        checkpoint.json          the recipe, the data's digest, the step, the losses

``training.safetensors`` is written first and holds all of a step in one file; the others are drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from baselines.nlcl.config import Config
from baselines.nlcl.step import TERMS
from baselines.tensors import read_tensors, require_layout
from nlcl_bench.core.errors import ArtifactError, RunError
from nlcl_bench.core.files import writing
from nlcl_bench.data.record import Digest, Row, Text, first_problem

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from pathlib import Path

    from torch import Tensor

    from baselines.nlcl.learners import Learning

__all__ = ["BACKGROUND", "TRAINING", "Checkpoint", "Stored", "read_training", "restore", "write_training"]

BACKGROUND = "background.safetensors"
"""The file of a checkpoint that ``--weights`` takes."""

TRAINING = "training.safetensors"
"""The file of a checkpoint that a training goes on from."""

_FIX = "delete it to train from the start, or train into another folder"


class Checkpoint(Row):
    """The content of ``checkpoint.json``; nothing in it tells when or on which machine.

    Attributes:
        toolkit: Version of nlcl-bench.
        method: What was trained.
        step: Steps done.
        config: The recipe.
        photographs: Digest of the photographs of each domain.
        losses: Those of the last step that were computed, by their names in ``TERMS``.
    """

    toolkit: Text
    method: Text
    step: int
    config: Config
    photographs: dict[Literal["rainy", "clean"], Digest]
    losses: dict[str, float]


@dataclass(frozen=True, slots=True)
class Stored:
    """A checkpoint as it was read.

    Attributes:
        checkpoint: What it says.
        history: The losses of every step so far, ``(steps, len(TERMS))``; NaN where a step computed none.
        tensors: Networks and optimiser states, by ``owner.name``, unchecked.
        path: The file.
    """

    checkpoint: Checkpoint
    history: Tensor
    tensors: Mapping[str, Tensor]
    path: Path


def write_training(folder: Path, learners: Learning, history: Tensor, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; killed at any moment, the folder holds this one or the one before to go on from.

    Args:
        folder: Where to.
        learners: What has learnt.
        history: The losses of every step so far, ``(steps, len(TERMS))``.
        checkpoint: What to say about it.

    Raises:
        RunError: The weights are no finite numbers any more; the checkpoint before is left as it is.
        StorageError: The folder cannot be written.
    """
    metadata = {"checkpoint": checkpoint.model_dump_json()}
    state, handed_out = _tensors(learners), {BACKGROUND: _halved(learners.handed_out)}
    if learners.rain is not None:
        handed_out["rain.safetensors"] = _halved(learners.rain)
    lost = [
        name
        for tensors in (state, *handed_out.values())
        for name, value in tensors.items()
        if not bool(value.isfinite().all())
    ]
    if lost:
        raise RunError(
            f"{lost[0]} is no finite number any more at step {checkpoint.step}",
            where=folder,
            fix="lower the learning rate and train into another folder",
        )
    files = {TRAINING: {**state, "history": history}, **handed_out}
    for name, tensors in files.items():
        with writing(folder / name) as part:
            part.write_bytes(save({key: value.detach().cpu().contiguous() for key, value in tensors.items()}, metadata))
    with writing(folder / "checkpoint.json") as part:
        part.write_text(checkpoint.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read_training(folder: Path) -> Stored | None:
    """Read where a training stopped.

    Args:
        folder: Where its checkpoint is, if there is one.

    Returns:
        The checkpoint; None if the folder has none.

    Raises:
        ArtifactError: The checkpoint is damaged.
    """
    path = folder / TRAINING
    if not path.exists():
        return None
    checkpoint = _said(path, _FIX)
    tensors = dict(read_tensors(path, _FIX))
    history = tensors.pop("history", torch.empty(0))
    if history.shape != (checkpoint.step, len(TERMS)):
        raise ArtifactError("does not hold the losses of its steps", where=path, fix=_FIX)
    return Stored(checkpoint, history, tensors, path)


def restore(learners: Learning, stored: Stored) -> None:
    """Put new learners to where a training stopped.

    Args:
        learners: What is changed, in place.
        stored: Where they stood.

    Raises:
        ArtifactError: The checkpoint is of other networks.
    """
    require_layout(stored.tensors, _layout(learners, stored.tensors), stored.path, _FIX)
    for name, network in learners.networks().items():
        network.load_state_dict(_part(stored.tensors, name))
    for name, optimiser in learners.optimisers().items():
        _restore(optimiser, _part(stored.tensors, name))


def _said(path: Path, fix: str) -> Checkpoint:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
        return Checkpoint.model_validate_json(metadata.get("checkpoint", "{}"))
    except (SafetensorError, OSError) as error:
        raise ArtifactError(f"is damaged: {str(error).splitlines()[0]:.120}", where=path, fix=fix) from error
    except ValidationError as error:
        raise ArtifactError(f"is no checkpoint of this version: {first_problem(error)}", where=path, fix=fix) from error


def _tensors(learners: Learning) -> dict[str, Tensor]:
    """Return every tensor that training goes on from, by ``owner.name``."""
    found = _weights(learners)
    for owner, optimiser in learners.optimisers().items():
        for index, entries in optimiser.state_dict()["state"].items():
            found |= {f"{owner}.{index}.{name}": value for name, value in entries.items()}
    return found


def _layout(learners: Learning, stored: Container[str]) -> dict[str, Tensor]:
    """Return tensors of the shapes that a checkpoint of these learners holds.

    What has had no gradient yet, as the heads in the warm-up, has no state in its optimiser.
    """
    found = _weights(learners)
    for owner, optimiser in learners.optimisers().items():
        for index, value in enumerate(optimiser.param_groups[0]["params"]):
            name = f"{owner}.{index}"
            if f"{name}.step" in stored:
                found |= {f"{name}.exp_avg": value, f"{name}.exp_avg_sq": value, f"{name}.step": torch.zeros(())}
    return found


def _halved(network: torch.nn.Module) -> dict[str, Tensor]:
    """Return weights in half precision: half the file, and outputs the same to a hundredth of a grey level.

    What is counted and not learnt, as the statistics of batch normalisation, stays as it is.
    """
    learnt = dict(network.named_parameters())
    return {name: value.half() if name in learnt else value for name, value in network.state_dict().items()}


def _weights(learners: Learning) -> dict[str, Tensor]:
    return {
        f"{owner}.{name}": value
        for owner, network in learners.networks().items()
        for name, value in network.state_dict().items()
    }


def _restore(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    parameters = optimiser.param_groups[0]["params"]
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        number, _, entry = name.partition(".")
        index = int(number)
        moment = value.shape == parameters[index].shape  # laid out in memory as before, so that sums round as before
        state.setdefault(index, {})[entry] = torch.empty_like(parameters[index]).copy_(value) if moment else value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})


def _part(tensors: Mapping[str, Tensor], owner: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{owner}."): value for name, value in tensors.items() if name.startswith(f"{owner}.")}
