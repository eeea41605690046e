"""Whether a metric says the same twice: in another process, with another number of threads, alone and in a batch.

Each metric scores the same pictures four times; what differs is told in the metric's own unit, beside the tolerance
that its description grants for another machine.
"""

from __future__ import annotations

import math
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import ContractError, NLCLBenchError
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.metrics.calibration import calibration_pairs
from nlcl_bench.metrics.catalogue import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from nlcl_bench.metrics.spec import Metric, MetricSpec

__all__ = ["BATCH", "Steadiness", "steadiness"]

BATCH = 3
"""Pictures that are scored together, and then one at a time."""

_SIDE = 256
"""Of the pictures, in pixels, unless a metric needs more."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """By how much the scores of one metric differ, at most, from those with one thread and a batch of three.

    Attributes:
        metric: Its name.
        tolerance: What its description grants.
        again: In another process.
        threads: With two threads.
        alone: One picture at a time.
        problem: Why it could not be examined.
    """

    metric: str
    tolerance: float
    again: float = math.nan
    threads: float = math.nan
    alone: float = math.nan
    problem: str | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing differs by more than is granted."""
        return self.problem is None and max(self.again, self.threads, self.alone) <= self.tolerance


def steadiness(specs: Sequence[MetricSpec], track: Track = silent) -> list[Steadiness]:
    """Examine installed metrics whose parameter files are there and verified.

    Raises:
        ArtifactError: The installed pyiqa lacks the calibration images.
    """
    spawn = multiprocessing.get_context("spawn")  # a fork would take this process's state along
    with ProcessPoolExecutor(1, spawn) as pool:
        elsewhere = [pool.submit(_elsewhere, spec.name) for spec in specs]
        both = zip(specs, elsewhere, strict=True)
        return [_examined(spec, one) for spec, one in track(both, what="scoring again", total=len(specs))]


def _elsewhere(name: str) -> list[float]:
    spec = METRICS.get(name)
    return _scores(spec, _loaded(spec))


def _examined(spec: MetricSpec, elsewhere: Future[list[float]]) -> Steadiness:
    try:
        metric = _loaded(spec)
        usual = _scores(spec, metric)
        others = (elsewhere.result(), _scores(spec, metric, threads=2), _scores(spec, metric, batch=1))
    except NLCLBenchError as error:
        return Steadiness(spec.name, spec.tolerance, problem=str(error))
    except BrokenProcessPool:
        return Steadiness(spec.name, spec.tolerance, problem="the other process was killed; memory may have run out")
    again, threads, alone = (_apart(usual, other) for other in others)
    return Steadiness(spec.name, spec.tolerance, again, threads, alone)


def _loaded(spec: MetricSpec) -> Metric:
    return spec.load(spec.weights.path if spec.weights else None)


def _scores(spec: MetricSpec, metric: Metric, *, threads: int = 1, batch: int = BATCH) -> list[float]:
    """Score the pictures in batches of a size.

    Raises:
        ContractError: The metric raised something.
    """
    import torch

    side = max(_SIDE, spec.minimum_side)
    outputs, references = (pictures[:BATCH, :, :side, :side] for pictures in calibration_pairs())
    try:
        with _threads(threads):
            parts = [
                metric(outputs[some], None if spec.reference == "none" else references[some])
                for some in (slice(first, first + batch) for first in range(0, BATCH, batch))
            ]
    except Exception as error:  # a plug-in may raise anything
        raise ContractError(f"raised {type(error).__name__}: {error}", where=spec.id) from error
    return [float(score) for score in torch.cat(parts)]


@contextmanager
def _threads(number: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _apart(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the largest difference; where only one of the two has a score it is infinite.

    >>> _apart([1.0, math.nan], [1.5, math.nan]), _apart([1.0], [math.nan])
    (0.5, inf)
    """
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if not (math.isnan(a) and math.isnan(b))]
    return max((math.inf if math.isnan(a - b) else abs(a - b) for a, b in pairs), default=0.0)
