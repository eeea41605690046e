"""Shards in processes of this machine.

The pool of datatrove's executor waits for ever when one of its processes is killed, for instance because memory ran
out, and leaves processes behind when it is killed itself. Ours does neither.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from datatrove.executor import LocalPipelineExecutor

from nlcl_bench.core.distribute.step import ending
from nlcl_bench.core.workers import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlcl_bench.core.errors import NLCLBenchError

__all__ = ["OnThisMachine"]

_ERRORS_ONLY = 1
"""A "local rank" that is not 0 shows nothing but errors on the terminal; all goes to the log file."""


class OnThisMachine(LocalPipelineExecutor):  # type: ignore[misc]  # datatrove has no types
    """Datatrove's local executor with another pool."""

    def run(self) -> Iterator[NLCLBenchError | None]:
        """Run all shards and yield how each ended, in their order.

        Raises:
            RunError: A process was killed.
        """
        return in_order(self._ending, range(self.tasks), jobs=self.workers)

    def _ending(self, rank: int) -> NLCLBenchError | None:
        return ending(partial(self._run_for_rank, rank, _ERRORS_ONLY))
