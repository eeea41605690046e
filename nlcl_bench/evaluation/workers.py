"""Restoring and scoring many images: in this process, or in several that each hold a loaded method.

On the CPU every worker computes with one thread, so that results do not depend on how many workers there are.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import NLCLBenchError, RunError, StorageError
from nlcl_bench.core.images import decode
from nlcl_bench.core.workers import end_with_parent
from nlcl_bench.evaluation.apply import load_method
from nlcl_bench.evaluation.made import take
from nlcl_bench.evaluation.restore import restore
from nlcl_bench.evaluation.score import Measured, score
from nlcl_bench.evaluation.selection import Chosen
from nlcl_bench.methods.catalogue import packed, unpacked
from nlcl_bench.metrics.catalogue import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from nlcl_bench.data.loading import Sample
    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["Outcome", "Plan", "paying_jobs", "work"]

_MOST_JOBS = 8

_PIXELS_THAT_PAY = 2_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What every worker does with each image.

    Attributes:
        restored: Folder of the outputs, ``<image_id>.png``.
        weights: The method's verified weight file.
        device: Torch's name of the device, e.g. ``cpu`` or ``cuda:0``.
        tile: Side of the tiles in pixels; 0 for whole images.
    """

    restored: Path
    weights: Path | None
    device: str
    tile: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one image.

    Attributes:
        image_id: The image.
        input_sha256: Digest of the rainy file's bytes.
        output_sha256: Digest of the output's pixels; None if there is no output.
        seconds: Time the method took; None if an earlier run restored the image.
        measured: One finding per metric; empty if there is no output.
        problem: Why there is no output, or none that can be scored.
        stage: What it stopped.
    """

    image_id: str
    input_sha256: str
    output_sha256: str | None = None
    seconds: float | None = None
    measured: tuple[Measured, ...] = ()
    problem: str | None = None
    stage: Literal["restore", "score"] = "restore"


class _Bench:
    """One worker's loaded method and metrics."""

    def __init__(self, method: MethodSpec, metrics: tuple[Chosen, ...], plan: Plan) -> None:
        import torch

        self.plan = plan
        self.spec = method
        self.device = torch.device(plan.device)
        self.derainer = None if method.outputs is not None else load_method(method, self.device, plan.weights)
        self.metrics = {chosen.spec.id: (chosen.spec, chosen.spec.load(chosen.parameters)) for chosen in metrics}

    def do(self, sample: Sample) -> Outcome:
        """Restore one image, unless it is there already, and score the file."""
        image_id, digest = sample.record.image_id, sha256_bytes(sample.image)
        path = self.plan.restored / f"{image_id}.png"
        seconds = None
        stage: Literal["restore", "score"] = "restore"
        try:
            rainy = decode(sample.image, where=image_id)
            if self.derainer is None:
                take(self.spec.outputs or {}, image_id, rainy, path)
            elif not path.exists():
                seconds = restore(self.derainer, self.spec, rainy, path, device=self.device, tile=self.plan.tile)
            stage = "score"
            output, measured = score(path, sample, rainy, self.metrics)
        except StorageError:  # no later image can be written either
            raise
        except NLCLBenchError as error:
            return Outcome(image_id, digest, seconds=seconds, problem=str(error), stage=stage)
        return Outcome(image_id, digest, output, seconds, tuple(measured))


_bench: _Bench | NLCLBenchError | None = None  # one per worker process; an error waits for the first task


def _start(method: str | MethodSpec, metrics: tuple[tuple[str, Path | None], ...], plan: Plan) -> None:
    import torch

    threading.Thread(target=end_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    global _bench  # noqa: PLW0603 (what a process pool's initializer leaves for its tasks)
    chosen = tuple(Chosen(METRICS.get(name), parameters) for name, parameters in metrics)
    try:
        _bench = _Bench(unpacked(method), chosen, plan)
    except NLCLBenchError as error:
        _bench = error


def _do(sample: Sample) -> Outcome:
    if isinstance(_bench, NLCLBenchError):
        raise _bench
    if _bench is None:
        raise RunError("worker was not started", fix="report this")
    return _bench.do(sample)


def paying_jobs(pixels: int, device: str) -> int:
    """Return how many processes are worth their start, which takes as long as a few megapixels of work do.

    Args:
        pixels: All there is to do.
        device: Torch's name of the device; one process keeps a GPU busy.
    """
    if device != "cpu":
        return 1
    return min(_MOST_JOBS, len(os.sched_getaffinity(0)), 1 + pixels // _PIXELS_THAT_PAY)


def work(
    samples: Iterable[Sample], method: MethodSpec, metrics: tuple[Chosen, ...], plan: Plan, jobs: int
) -> Iterator[Outcome]:
    """Restore and score images, yielding each outcome as it is ready; with one job, in order.

    With several jobs the metrics must be installed ones, and so must the method unless an adapter made it: each worker
    finds them by name, and is sent a method that has none.

    Raises:
        RunError: A worker was killed, most often because memory ran out.
        ArtifactError: The weights do not fit the method.
    """
    if jobs == 1:
        with _one_thread(plan.device):
            bench = _Bench(method, metrics, plan)
            yield from map(bench.do, samples)
        return
    named = tuple((chosen.spec.name, chosen.parameters) for chosen in metrics)
    spawn = multiprocessing.get_context("spawn")  # a fork after torch has started its threads can hang
    try:
        with ProcessPoolExecutor(jobs, spawn, _start, (packed(method), named, plan)) as pool:
            yield from _bounded(pool, iter(samples), 2 * jobs)
    except BrokenProcessPool as error:
        raise RunError(
            "a worker was killed, most likely because memory ran out",
            where=method.name,
            fix="run the same command again with --jobs 1, or with --tile 1024; finished images are kept",
        ) from error


def _bounded(pool: ProcessPoolExecutor, samples: Iterator[Sample], most: int) -> Iterator[Outcome]:
    """Keep at most ``most`` images in flight, so that memory does not grow with the benchmark."""
    pending: set[Future[Outcome]] = {pool.submit(_do, sample) for sample in itertools.islice(samples, most)}
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            yield future.result()
            pending |= {pool.submit(_do, sample) for sample in itertools.islice(samples, 1)}


@contextmanager
def _one_thread(device: str) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1 if device == "cpu" else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
