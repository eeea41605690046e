"""Restoring and scoring many images: in this process, or in several that each hold loaded metrics and a method.

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
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

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
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from nlcl_bench.data.loading import Sample
    from nlcl_bench.methods.spec import Derainer, MethodSpec

    Work: TypeAlias = Callable[[Iterable[Sample], MethodSpec, "Plan"], Iterator["Outcome"]]

__all__ = ["Outcome", "Plan", "paying_jobs", "workers"]

_MOST_JOBS = 8

_PIXELS_THAT_PAY = 2_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What every worker does with each image of a run.

    Attributes:
        restored: Folder of the outputs, ``<image_id>.png``.
        weights: The method's verified weight file.
        tile: Side of the tiles in pixels; 0 for whole images.
    """

    restored: Path
    weights: Path | None
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
    """One worker's metrics, loaded once, and the method that it works with just now."""

    def __init__(self, metrics: tuple[Chosen, ...], device: str) -> None:
        import torch

        self.device = torch.device(device)
        self.metrics = {chosen.spec.id: (chosen.spec, chosen.spec.load(chosen.parameters)) for chosen in metrics}
        self.loaded: tuple[tuple[str, Path | None], Derainer] | None = None

    def do(self, sample: Sample, method: MethodSpec, plan: Plan) -> Outcome:
        """Restore one image, unless it is there already, and score the file."""
        derainer = None if method.outputs is not None else self._derainer(method, plan.weights)
        image_id, digest = sample.record.image_id, sha256_bytes(sample.image)
        path = plan.restored / f"{image_id}.png"
        seconds = None
        stage: Literal["restore", "score"] = "restore"
        try:
            rainy = decode(sample.image, where=image_id)
            if derainer is None:
                take(method.outputs or {}, image_id, rainy, path)
            elif not path.exists():
                seconds = restore(derainer, method, rainy, path, device=self.device, tile=plan.tile)
            stage = "score"
            output, measured = score(path, sample, rainy, self.metrics)
        except StorageError:  # no later image can be written either
            raise
        except NLCLBenchError as error:
            return Outcome(image_id, digest, seconds=seconds, problem=str(error), stage=stage)
        return Outcome(image_id, digest, output, seconds, tuple(measured))

    def _derainer(self, method: MethodSpec, weights: Path | None) -> Derainer:
        wanted = method.name, weights
        if self.loaded is None or self.loaded[0] != wanted:
            self.loaded = None  # its memory is free before the next one is loaded
            self.loaded = wanted, load_method(method, self.device, weights)
        return self.loaded[1]


_bench: _Bench | NLCLBenchError | None = None  # one per worker process; an error waits for the first task


def _start(metrics: tuple[tuple[str, Path | None], ...], device: str) -> None:
    import torch

    threading.Thread(target=end_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    global _bench  # noqa: PLW0603 (what a process pool's initializer leaves for its tasks)
    try:
        _bench = _Bench(tuple(Chosen(METRICS.get(name), parameters) for name, parameters in metrics), device)
    except NLCLBenchError as error:
        _bench = error


def _do(sample: Sample, method: str | MethodSpec, plan: Plan) -> Outcome:
    if isinstance(_bench, NLCLBenchError):
        raise _bench
    if _bench is None:
        raise RunError("worker was not started", fix="report this")
    return _bench.do(sample, unpacked(method), plan)


def paying_jobs(pixels: int, device: str) -> int:
    """Return how many processes are worth their start, which takes as long as a few megapixels of work do.

    Args:
        pixels: All there is to do.
        device: Torch's name of the device; one process keeps a GPU busy.
    """
    if device != "cpu":
        return 1
    return min(_MOST_JOBS, len(os.sched_getaffinity(0)), 1 + pixels // _PIXELS_THAT_PAY)


@contextmanager
def workers(metrics: tuple[Chosen, ...], device: str, jobs: int) -> Iterator[Work]:
    """Yield what restores and scores images, run after run: processes start once, and load their metrics once.

    It takes images, a method and a plan, and yields each outcome as it is ready; with one job, in order. With several
    jobs the metrics must be installed ones, and so must the methods unless an adapter made them: each worker finds them
    by name, and is sent a method that has none. It raises a RunError if a worker was killed, most often because memory
    ran out, and an ArtifactError if the weights do not fit the method.

    Args:
        metrics: What scores.
        device: Torch's name of the device, e.g. ``cpu`` or ``cuda:0``.
        jobs: Processes; with 1 the work is done in this one.
    """
    if jobs == 1:
        with _one_thread(device):
            yield partial(_alone, _Bench(metrics, device))
        return
    named = tuple((chosen.spec.name, chosen.parameters) for chosen in metrics)
    spawn = multiprocessing.get_context("spawn")  # a fork after torch has started its threads can hang
    with ProcessPoolExecutor(jobs, spawn, _start, (named, device)) as pool:
        yield partial(_together, pool, 2 * jobs)


def _alone(bench: _Bench, samples: Iterable[Sample], method: MethodSpec, plan: Plan) -> Iterator[Outcome]:
    return (bench.do(sample, method, plan) for sample in samples)


def _together(
    pool: ProcessPoolExecutor, most: int, samples: Iterable[Sample], method: MethodSpec, plan: Plan
) -> Iterator[Outcome]:
    """Keep at most so many images in flight, so that memory does not grow with the benchmark."""
    tasks = ((sample, packed(_narrowed(method, sample)), plan) for sample in samples)
    try:
        pending: set[Future[Outcome]] = {pool.submit(_do, *task) for task in itertools.islice(tasks, most)}
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
                pending |= {pool.submit(_do, *task) for task in itertools.islice(tasks, 1)}
    except BrokenProcessPool as error:
        raise RunError(
            "a worker was killed, most likely because memory ran out",
            where=method.name,
            fix="run the same command again with --jobs 1, or with --tile 1024; finished images are kept",
        ) from error


def _narrowed(method: MethodSpec, sample: Sample) -> MethodSpec:
    """Return the method with the one output that the image needs: thousands would be sent thousands of times."""
    if method.outputs is None:
        return method
    image_id = sample.record.image_id
    mine = {image_id: method.outputs[image_id]} if image_id in method.outputs else {}
    return replace(method, outputs=mine)


@contextmanager
def _one_thread(device: str) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1 if device == "cpu" else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
