"""What a training costs: seconds per step and peak memory, measured while it runs and kept beside it.

A training that is done is not done again, so what it cost is written into its folder: the only file there that no two
runs share.
"""

from __future__ import annotations

import statistics
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import torch
from pydantic import ValidationError

from nlcl_bench.core.files import write_texts
from nlcl_bench.data.record import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nlcl_bench.core.progress import Track

__all__ = ["Cost", "Meter"]

T = TypeVar("T")

_FILE = "cost.json"
_RESET = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_PEAK = "5"  # what resets the peak of resident memory (Linux, proc(5))


class Cost(Row):
    """What a training cost.

    Attributes:
        steps: How many were measured: those since it was last resumed.
        seconds: Median of a step, without waiting for the batch.
        megabytes: Peak memory: of the GPU, or of the whole process; None where that cannot be measured.
    """

    steps: int
    seconds: float
    megabytes: float | None


class Meter:
    """Measures trainings, one after the other.

    Args:
        device: Where they run.
        track: What shows their progress.
    """

    def __init__(self, device: torch.device, track: Track) -> None:
        self._device, self._track = device, track
        self._seconds: list[float] = []

    def __call__(
        self, items: Iterable[T], *, what: str, total: int | None = None, now: Callable[[], str] | None = None
    ) -> Iterator[T]:
        """Track, and time the steps of a training."""
        passing = self._track(items, what=what, total=total, now=now)
        if not what.startswith("train "):
            yield from passing
            return
        self._seconds = []
        _forget_peak(self._device)
        for item in passing:
            begin = time.perf_counter()
            yield item  # a step ends with the values of its losses, so nothing is still under way
            self._seconds.append(time.perf_counter() - begin)

    def cost(self, folder: Path) -> Cost | None:
        """Return what the training in a folder cost, which has just ended, or ended before; None if that is unknown.

        Raises:
            StorageError: The folder cannot be written.
        """
        if self._seconds:
            seconds = round(statistics.median(self._seconds), 4)
            measured = Cost(steps=len(self._seconds), seconds=seconds, megabytes=_peak(self._device))
            write_texts({_FILE: measured.model_dump_json() + "\n"}, folder)
            self._seconds = []
        with suppress(OSError, ValidationError):  # from an earlier version, or taken away: it is no more known
            return Cost.model_validate_json((folder / _FILE).read_text(encoding="utf-8"))
        return None


def _forget_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return
    with suppress(OSError):
        _RESET.write_text(_PEAK, encoding="ascii")


def _peak(device: torch.device) -> float | None:
    """Return the peak of memory since it was last forgotten, in MiB."""
    if device.type == "cuda":
        return round(torch.cuda.max_memory_allocated(device) / 2**20, 1)
    with suppress(OSError):
        for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) / 1024, 1)  # the kernel counts in kibibytes
    return None
