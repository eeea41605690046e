"""Work spread over processes that gives its results in order, and does not hold more than a few of them."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import threading
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, TypeVar

from nlcl_bench.core.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["end_with_parent", "in_order"]

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2


def in_order(function: Callable[[T], R], items: Iterable[T], *, jobs: int) -> Iterator[R]:
    """Yield ``function(item)`` for every item, in the order of the items, whatever the number of processes.

    Args:
        function: A function of a module, or a ``partial`` of one; with several processes it must not depend on this
            process's state.
        items: Read a few ahead of what was yielded.
        jobs: Processes; with 1 the work is done in this one.

    Raises:
        RunError: A process was killed, most often because memory ran out.
    """
    if jobs == 1:
        yield from map(function, items)
        return
    spawn = multiprocessing.get_context("spawn")  # a fork after a library has started its threads can hang
    left = iter(items)
    try:
        with ProcessPoolExecutor(jobs, spawn, _start) as pool:
            ahead = deque(pool.submit(function, item) for item in itertools.islice(left, _AHEAD * jobs))
            while ahead:
                result = _first(ahead)
                ahead.extend(pool.submit(function, item) for item in itertools.islice(left, 1))
                yield result
    except BrokenProcessPool as error:
        raise RunError(
            "a worker was killed, most likely because memory ran out",
            where=f"--jobs {jobs}",
            fix="run the same command again with fewer jobs; what is done is kept",
        ) from error


def _first(ahead: deque[Future[R]]) -> R:
    return ahead.popleft().result()


def _start() -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """End this worker when its parent is killed; otherwise it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
