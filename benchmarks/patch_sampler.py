"""The patch search beside the way the published code goes about it: ``python benchmarks/patch_sampler.py``.

One crop of 256 x 256, patches of 16 in a window of 40, as in that code: the 8 nearest in an image of 3 channels, and
the 256 nearest in a map of 32. The loop cuts out every candidate, joins it to those before, and keeps the nearest. Both
must choose the same places in the same order. Each runs in a process of its own, on one thread; seconds are the median
over the queries, memory is what the search adds to the peak of its process.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import time
from typing import TYPE_CHECKING

import torch

from baselines.nlcl.patches import Search, search

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SIDE = 256
SETTINGS = ((3, 8), (32, 256))
QUERIES = ((128, 128), (16, 200))
REPETITIONS = {"ours": 10, "loop": 1}


def loop(image: torch.Tensor, queries: torch.Tensor, how: Search) -> torch.Tensor:
    """Return what :func:`search` returns, the slow way."""
    return torch.tensor(
        [
            [_of_one(one[None], query, how) for query in asked]
            for one, asked in zip(image, queries.tolist(), strict=True)
        ]
    )


def _of_one(image: torch.Tensor, query: list[int], how: Search) -> list[list[int]]:
    half = how.patch // 2

    def cut(row: int, column: int) -> torch.Tensor:
        return image[:, :, row - half : row - half + how.patch, column - half : column - half + how.patch]

    axes = [_axis(at, length, how) for at, length in zip(query, image.shape[2:], strict=True)]
    places = [[row, column] for row in axes[0] for column in axes[1]]
    candidates = cut(*places[0])
    for place in places[1:]:
        candidates = torch.cat((candidates, cut(*place)))
    distances = (candidates - cut(*query)).square().sum((1, 2, 3)).sqrt()
    chosen: list[list[int]] = []
    for index in distances.argsort(descending=how.farthest, stable=True).tolist():
        row, column = places[index]
        if all(max(abs(row - r), abs(column - c)) >= how.separation for r, c in chosen):
            chosen.append([row, column])
        if len(chosen) == how.count:
            break
    return chosen


def _axis(query: int, length: int, how: Search) -> list[int]:
    first, last = how.patch // 2, length - how.patch + how.patch // 2
    start = query - how.window // 2
    if not how.clipped:
        start = min(max(start, first), last - how.window + 1)
    return [at for at in range(start, start + how.window) if first <= at <= last]


def measured(name: str, channels: int, count: int, answer: Connection) -> None:
    torch.set_num_threads(1)
    # small whole numbers: their sums are exact, so that the order of adding decides about nothing
    image = torch.randint(0, 16, (1, channels, SIDE, SIDE), generator=torch.Generator().manual_seed(channels)).float()
    how = Search(patch=16, window=40, count=count, clipped=True)
    work = {"ours": search, "loop": loop}[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times, found = [], []
    for query in QUERIES:
        for _ in range(REPETITIONS[name]):
            begin = time.perf_counter()
            chosen = work(image, torch.tensor([[query]]), how)
            times.append(time.perf_counter() - begin)
        found.append(chosen.tolist())
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    answer.send((statistics.median(times), peak, found))


def run(name: str, channels: int, count: int) -> tuple[float, float, list[object]]:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=measured, args=(name, channels, count, sender))
    process.start()
    answer: tuple[float, float, list[object]] = receiver.recv()
    process.join()
    return answer


if __name__ == "__main__":
    for channels, count in SETTINGS:
        ours, theirs = (run(name, channels, count) for name in ("ours", "loop"))
        print(
            f"{channels:2} channels, {count:3} nearest: search {ours[0] * 1000:.1f} ms, {ours[1]:.0f} MB; "
            f"loop {theirs[0] * 1000:.0f} ms, {theirs[1]:.0f} MB; {theirs[0] / ours[0]:.0f} times as fast; "
            f"the same places: {ours[2] == theirs[2]}"
        )
