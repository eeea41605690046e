"""Near-duplicate search among many 64-bit hashes, beside imagededup: ``python benchmarks/near_duplicates.py``.

Synthetic hashes with 1,000 planted pairs of 0 to 12 different bits. Ours on a million of them; imagededup's search with
both of its methods, on ever more hashes until one takes longer than ``PATIENCE``. Each runs in a process of its own,
one after the other; seconds, peak memory and how many planted pairs were found are printed. Needs
``pip install imagededup``.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import time

import numpy as np

RADIUS = 12
PLANTED = 1000
PATIENCE = 120.0
SIZES = (10_000, 20_000, 50_000, 100_000, 200_000, 1_000_000)


def hashes_of(count: int) -> tuple[np.ndarray, set[tuple[int, int]]]:
    """Return uint8 ``(count, 8)`` and the planted pairs."""
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 256, (count, 8), np.uint8)
    left, right = rng.permutation(count)[: 2 * PLANTED].reshape(2, PLANTED)
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        flip = np.zeros(64, np.uint8)
        flip[rng.choice(64, number % (RADIUS + 1), replace=False)] = 1
        hashes[other] = hashes[one] ^ np.packbits(flip)
    return hashes, {(min(pair), max(pair)) for pair in zip(left.tolist(), right.tolist(), strict=True)}


def ours(hashes: np.ndarray) -> set[tuple[int, int]]:
    from collection_tools.curate.hamming import close_pairs

    return {
        pair
        for some in close_pairs(hashes, RADIUS)
        for pair in zip(some.first.tolist(), some.second.tolist(), strict=True)
    }


def theirs(hashes: np.ndarray, method: str) -> set[tuple[int, int]]:
    from imagededup.methods import PHash

    encodings = {str(number): code.tobytes().hex() for number, code in enumerate(hashes)}
    found = PHash(verbose=False).find_duplicates(
        encoding_map=encodings, max_distance_threshold=RADIUS, search_method=method, num_dist_workers=2
    )
    return {(min(int(one), int(other)), max(int(one), int(other))) for one, others in found.items() for other in others}


def measured(count: int, method: str) -> None:
    hashes, planted = hashes_of(count)
    begin = time.perf_counter()
    found = ours(hashes) if method == "ours" else theirs(hashes, method)
    seconds = time.perf_counter() - begin
    peak = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(json.dumps([count, method, len(found), len(planted & found), seconds, peak]), file=sys.__stdout__, flush=True)


def run(count: int, method: str) -> None:
    process = multiprocessing.get_context("spawn").Process(target=measured, args=(count, method))
    process.start()
    process.join()


if __name__ == "__main__":
    print("[hashes, method, pairs found, planted pairs found of 1000, seconds, peak MB]")
    run(1_000_000, "ours")
    for method in ("bktree", "brute_force_cython"):
        for count in SIZES:
            begin = time.perf_counter()
            run(count, method)
            if time.perf_counter() - begin > PATIENCE:
                break
