"""Training in several processes that ``torchrun`` starts: each looks at its share of every batch.

Nothing is distributed here but by torch's own means: gradients are averaged by ``DistributedDataParallel``, and since
every loss is a mean over the batch, processes of equal shares learn what one process learns from the whole.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from baselines.nlcl.learners import Learning

__all__ = ["Ranks", "joined", "rank_of"]

T = TypeVar("T")
L = TypeVar("L", bound="Learning")

_PATIENCE = timedelta(hours=12)  # the first process decodes all photographs while the others wait


@dataclass(frozen=True, slots=True)
class Ranks:
    """One process among those that train together.

    Attributes:
        rank: Its number, from 0.
        size: How many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether it is the one that writes and reports."""
        return self.rank == 0

    def share(self, batch: int, together: int = 1) -> range:
        """Return which samples of a batch are this process's.

        Args:
            batch: How many there are.
            together: So many in a row, from a multiple of it on, are not parted.

        Raises:
            InputError: The batch cannot be shared evenly.

        >>> Ranks(1, 4).share(16)
        range(4, 8)
        """
        each, left = divmod(batch, self.size * together)
        if left:
            raise InputError(
                f"a batch of {batch} cannot be shared evenly by {self.size} processes",
                where="batch",
                fix=f"take a multiple of {self.size * together}",
            )
        each *= together
        return range(self.rank * each, (self.rank + 1) * each)

    def in_turn(self, work: Callable[[], T]) -> T:
        """Let the first process work, then the others, who find what it left on the disk."""
        if self.size > 1 and not self.leads:
            distributed.barrier()
        done = work()
        if self.size > 1 and self.leads:
            distributed.barrier()
        return done

    def wrapped(self, learners: L) -> L:
        """Return learners whose gradients are averaged over the processes; a single one has nothing to average."""
        if self.size == 1:
            return learners
        return learners.wrapped(_averaged)

    def mean(self, losses: dict[str, float], device: torch.device) -> dict[str, float]:
        """Return the processes' mean of each loss, so that all of them see the same."""
        if self.size == 1:
            return losses
        values = torch.tensor(list(losses.values()), dtype=torch.float64, device=device)
        distributed.all_reduce(values)
        return dict(zip(losses, (values / self.size).tolist(), strict=True))


def _averaged(network: nn.Module, *, may_idle: bool = False) -> nn.Module:
    """Wrap a network; with ``may_idle`` some of its weights may get no gradient, as G_R where no loss asks for R."""
    if not any(parameter.requires_grad for parameter in network.parameters()):
        return network
    return DistributedDataParallel(network, find_unused_parameters=may_idle)


def rank_of() -> tuple[int, int]:
    """Return this process's number and how many there are, as ``torchrun`` says in the environment.

    Raises:
        InputError: The environment says nonsense.
    """
    said = {name: os.environ.get(name) for name in ("RANK", "WORLD_SIZE")}
    if None in said.values():
        return 0, 1
    try:
        rank, size = (int(value or "") for value in said.values())
    except ValueError:
        rank, size = 0, 0
    if not 0 <= rank < size:
        raise InputError(
            f"RANK and WORLD_SIZE are {said}", where="environment", fix="start with torchrun, or unset them"
        )
    return rank, size


@contextmanager
def joined(device: torch.device) -> Iterator[Ranks]:
    """Join the other processes, if ``torchrun`` started several, until the block ends.

    Args:
        device: Where this process computes.
    """
    rank, size = rank_of()
    if size == 1:
        yield Ranks()
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        yield Ranks(rank, size)
    finally:
        distributed.destroy_process_group()
