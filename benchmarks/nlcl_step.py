"""What a step of training costs: ``python benchmarks/nlcl_step.py``.

One rainy and one clean crop of 256 x 256 of noise, the presets ``released`` and ``nlcl``, after the warm-up: median
seconds of a step and peak memory of a process of its own, beside the same step with the published way of searching for
patches, a loop over all candidates. With a GPU there are also steps and images per second against the batch, at the
preset's own crop. Uses as many threads as torch takes; ``OMP_NUM_THREADS`` says otherwise.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import time
from typing import TYPE_CHECKING

import torch
from patch_sampler import loop

from baselines.nlcl import step as of_step
from baselines.nlcl.config import Config, read_config
from baselines.nlcl.learners import new_learners
from baselines.nlcl.patches import random_queries

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PRESETS = ("released", "nlcl")
BATCHES = (1, 4, 16, 64)


def batch_of(config: Config, device: torch.device) -> of_step.Batch:
    chance = torch.Generator().manual_seed(0)
    size, count = (config.crop, config.crop), config.batch

    def crops() -> torch.Tensor:
        return (torch.rand(count, 3, *size, generator=chance) * 2 - 1).to(device)

    def places(images: int, queries: int) -> torch.Tensor:
        drawn = [random_queries(size, queries, config.query_margin, chance) for _ in range(images)]
        return torch.stack(drawn).to(device)

    return of_step.Batch(
        rainy=crops(),
        clean=crops(),
        rendered=crops() if config.rendered else None,
        truth=crops() if config.rendered else None,
        places=places(2 * count, config.location_queries),
        background_places=places(count, 1),
        rain_places=places(count, 1),
        seeds=torch.arange(count),
    )


def seconds(config: Config, device: torch.device, steps: int) -> float:
    """Return the median time of a step, after one that is not counted."""
    learners, batch, times = new_learners(config, device), batch_of(config, device), []
    for _ in range(steps + 1):
        begin = time.perf_counter()
        of_step.step(learners, batch, config)  # ends with the losses' values, so nothing is still under way
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:])


def measured(preset: str, *, slowly: bool, answer: Connection) -> None:
    if slowly:
        of_step.search = loop
    taken = seconds(read_config(preset, crop=256, batch=1, rainy_every=1), torch.device("cpu"), 1 if slowly else 3)
    answer.send((taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def run(preset: str, *, slowly: bool) -> tuple[float, float]:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    arguments = {"preset": preset, "slowly": slowly, "answer": sender}
    process = multiprocessing.get_context("spawn").Process(target=measured, kwargs=arguments)
    process.start()
    answer: tuple[float, float] = receiver.recv()
    process.join()
    return answer


if __name__ == "__main__":
    for preset in PRESETS:
        (fast, little), (slow, much) = (run(preset, slowly=slowly) for slowly in (False, True))
        print(
            f"{preset}, CPU, {torch.get_num_threads()} threads: {fast:.2f} s a step, peak {little:.0f} MB; "
            f"with the loop {slow:.1f} s, peak {much:.0f} MB"
        )
    if torch.cuda.is_available():
        for preset in PRESETS:
            for count in BATCHES:
                config = read_config(preset, batch=count, rainy_every=1)
                taken = seconds(config, torch.device("cuda"), 20)
                print(
                    f"{preset}, GPU, crop {config.crop}, batch {count}: {1 / taken:.1f} steps and "
                    f"{2 * count / taken:.0f} images a second, peak {torch.cuda.max_memory_allocated() / 2**20:.0f} MB"
                )
