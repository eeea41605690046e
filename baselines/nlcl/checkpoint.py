"""Checkpoints of a training: written whole or not at all, and read to go on from.

::

    DIR/
        background.safetensors   G_B: all that deraining needs
        rain.safetensors         G_R
        training.safetensors     every network, optimiser state and loss so far: what a resumed training starts from
        checkpoint.json          the recipe, the data's digest, the step, the losses

``training.safetensors`` is written first and holds all of a step in one file; the others are drawn from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from baselines.nlcl.config import Config
from baselines.nlcl.step import TERMS
from baselines.nlcl.weights import read_tensors, require_layout
from nlcl_bench.core.errors import ArtifactError, RunError
from nlcl_bench.core.files import writing
from nlcl_bench.data.record import Digest, Row, Text, first_problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

    from baselines.nlcl.step import Learners

__all__ = ["BACKGROUND", "Checkpoint", "read_training", "write_training"]

BACKGROUND = "background.safetensors"
"""The file of a checkpoint that ``--weights`` takes."""

_TRAINING = "training.safetensors"
_NETWORKS = ("background", "rain", "discriminator", "layer_heads", "location_heads")
_OPTIMISERS = ("restoring", "judging")


class Checkpoint(Row):
    """The content of ``checkpoint.json``; nothing in it tells when or on which machine.

    Attributes:
        toolkit: Version of nlcl-bench.
        method: What was trained.
        step: Steps done.
        config: The recipe.
        photographs: Digest of the photographs of each domain.
        losses: Those of the last step, by their names in ``TERMS``.
    """

    toolkit: Text
    method: Literal["nlcl"] = "nlcl"
    step: int
    config: Config
    photographs: dict[Literal["rainy", "clean"], Digest]
    losses: dict[str, float]


def write_training(folder: Path, learners: Learners, history: Tensor, checkpoint: Checkpoint) -> None:
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
    state = _tensors(learners)
    lost = [name for name, value in state.items() if not bool(value.isfinite().all())]
    if lost:
        raise RunError(
            f"{lost[0]} is no finite number any more at step {checkpoint.step}",
            where=folder,
            fix="lower the learning rate and train into another folder",
        )
    for name, tensors in (
        (_TRAINING, {**state, "history": history}),
        (BACKGROUND, learners.background.state_dict()),
        ("rain.safetensors", learners.rain.state_dict()),
    ):
        with writing(folder / name) as part:
            part.write_bytes(save({key: value.detach().cpu() for key, value in tensors.items()}, metadata))
    with writing(folder / "checkpoint.json") as part:
        part.write_text(checkpoint.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read_training(folder: Path, learners: Learners) -> tuple[Checkpoint, Tensor] | None:
    """Put learners back to where a training stopped.

    Args:
        folder: Where its checkpoint is, if there is one.
        learners: New ones, which are changed in place.

    Returns:
        What the checkpoint says, and the losses of every step so far; None if the folder has no checkpoint.

    Raises:
        ArtifactError: The checkpoint is damaged or of other networks.
    """
    path = folder / _TRAINING
    if not path.exists():
        return None
    fix = "delete it to train from the start, or train into another folder"
    checkpoint = _said(path, fix)
    tensors = dict(read_tensors(path, fix))
    history = tensors.pop("history", torch.empty(0))
    if history.shape != (checkpoint.step, len(TERMS)):
        raise ArtifactError("does not hold the losses of its steps", where=path, fix=fix)
    require_layout(tensors, _layout(learners), path, fix)
    for name in _NETWORKS:
        getattr(learners, name).load_state_dict(_part(tensors, name))
    for name in _OPTIMISERS:
        _restore(getattr(learners, name), _part(tensors, name))
    return checkpoint, history


def _said(path: Path, fix: str) -> Checkpoint:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
        return Checkpoint.model_validate_json(metadata.get("checkpoint", "{}"))
    except (SafetensorError, OSError) as error:
        raise ArtifactError(f"is damaged: {str(error).splitlines()[0]:.120}", where=path, fix=fix) from error
    except ValidationError as error:
        raise ArtifactError(f"is no checkpoint of this version: {first_problem(error)}", where=path, fix=fix) from error


def _tensors(learners: Learners) -> dict[str, Tensor]:
    """Return every tensor that training goes on from, by ``owner.name``."""
    found: dict[str, Tensor] = {}
    for owner in _NETWORKS:
        found |= {f"{owner}.{name}": value for name, value in getattr(learners, owner).state_dict().items()}
    for owner in _OPTIMISERS:
        for index, entries in getattr(learners, owner).state_dict()["state"].items():
            found |= {f"{owner}.{index}.{name}": value for name, value in entries.items()}
    return found


def _layout(learners: Learners) -> dict[str, Tensor]:
    """Return tensors of the shapes that a checkpoint of these learners holds."""
    found: dict[str, Tensor] = {}
    for owner in _NETWORKS:
        found |= {f"{owner}.{name}": value for name, value in getattr(learners, owner).state_dict().items()}
    for owner in _OPTIMISERS:
        for index, value in enumerate(getattr(learners, owner).param_groups[0]["params"]):
            found |= {f"{owner}.{index}.{name}": value for name in ("exp_avg", "exp_avg_sq")}
            found[f"{owner}.{index}.step"] = torch.zeros(())
    return found


def _part(tensors: Mapping[str, Tensor], owner: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{owner}."): value for name, value in tensors.items() if name.startswith(f"{owner}.")}


def _restore(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, _, entry = name.partition(".")
        state.setdefault(int(index), {})[entry] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
