"""The seam of the trainer: what a method brings to it, and NLCL's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from baselines.nlcl.learners import Learning, new_learners
from baselines.nlcl.step import ask_nlcl

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch

    from baselines.nlcl.config import Config
    from baselines.nlcl.step import Batch, Losses

__all__ = ["NLCL", "Lesson"]

L = TypeVar("L", bound=Learning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson(Generic[L]):
    """What a method brings to the trainer; data, sampler, rates, averaging and checkpoints are the trainer's.

    Attributes:
        losses: The recipes' ``losses`` that it serves.
        begin: Gives untrained learners; equal seeds give equal weights.
        ask: Teaches what judges in one step and returns the terms that have a weight, by their names in ``TERMS``.
    """

    losses: frozenset[str]
    begin: Callable[[Config, torch.device], L]
    ask: Callable[[L, Batch, Config, Mapping[str, float]], Losses]


NLCL = Lesson(losses=frozenset({"nlcl"}), begin=new_learners, ask=ask_nlcl)
"""Non-local contrastive learning, and a supervised network in the place of its G_B."""
