"""What a training can do besides, where the machine has what it needs: compiled networks, and TensorBoard."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from torch.utils.tensorboard import SummaryWriter

    from baselines.nlcl.learners import Learning

__all__ = ["compile_networks", "scalars", "summary_writer"]


def compile_networks(learners: Learning) -> None:
    """Let torch compile the generators, in place, when they first run.

    Raises:
        InputError: There is no C++ compiler, without which torch cannot.
    """
    if not any(shutil.which(name) for name in (os.environ.get("CXX", ""), "g++", "clang++") if name):
        raise InputError(
            "needs a C++ compiler, and there is none", where="--compile", fix="install g++ or clang++, or leave it out"
        )
    learners.separating.compile()


def summary_writer() -> type[SummaryWriter]:
    """Return TensorBoard's writer.

    Raises:
        InputError: TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise InputError(
            "is not installed", where="tensorboard", fix="pip install 'nlcl-bench[tensorboard]', or leave it out"
        ) from error
    return SummaryWriter


@contextmanager
def scalars(
    writer: type[SummaryWriter] | None, folder: Path, done: int
) -> Iterator[Callable[[Mapping[str, float], int], None]]:
    """Yield a function that writes the losses of a step for TensorBoard; without a writer it does nothing.

    Args:
        writer: TensorBoard's, if it is wanted.
        folder: Where to.
        done: Steps that were done before; what a killed training wrote after them is written over.
    """
    if writer is None:
        yield lambda *_: None
        return
    with writer(folder, purge_step=done + 1) as board:

        def write(losses: Mapping[str, float], number: int) -> None:
            for name, value in losses.items():
                board.add_scalar(name, value, number)

        yield write
