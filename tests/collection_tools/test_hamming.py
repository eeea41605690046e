"""The quick search finds what comparing every pair finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collection_tools.curate import hamming


def compared(hashes, others):
    return np.bitwise_count(hashes[:, None] ^ others[None]).sum(-1)


def slow_pairs(hashes, radius):
    near = compared(hashes, hashes) <= radius
    return {(i, j) for i, j in np.argwhere(near).tolist() if i < j}


def drawn(seed, count, crowd):
    """Random hashes, some of them alike, some equal, and some crowded into one bucket of every quarter but one."""
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 256, (count, 8), np.uint8)
    flips = np.packbits(rng.random((count // 2, 64)) < rng.random((count // 2, 1)) * 0.3, axis=1)
    hashes[count // 2 : count // 2 * 2] = hashes[: count // 2] ^ flips
    hashes[:crowd, 2:] = 7
    return hashes[rng.permutation(count)]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 9999), st.integers(1, 400), st.integers(0, 300), st.integers(0, 17), st.booleans())
def test_all_close_pairs_are_found_once_with_their_distance(seed, count, crowd, radius, many):
    hashes = drawn(seed, count, min(crowd, count))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hamming, "_FEW", 0 if many and radius < 9 else 10**6)
        found = list(hamming.close_pairs(hashes, radius))
    pairs = [pair for some in found for pair in zip(some.first.tolist(), some.second.tolist(), strict=True)]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == slow_pairs(hashes, radius)
    for some in found:
        assert (np.bitwise_count(hashes[some.first] ^ hashes[some.second]).sum(1) == some.distance).all()


def test_many_hashes_are_searched_the_quick_way_with_planted_pairs_up_to_the_radius():
    rng = np.random.default_rng(1)
    hashes = rng.integers(0, 256, (hamming._FEW + 2000, 8), np.uint8)
    planted = set()
    for bits in range(13):
        flip = np.zeros(64, np.uint8)
        flip[rng.choice(64, bits, replace=False)] = 1
        hashes[-1 - bits] = hashes[bits] ^ np.packbits(flip)
        planted.add((bits, len(hashes) - 1 - bits))
    found = {
        pair for some in hamming.close_pairs(hashes, 12) for pair in zip(*map(np.ndarray.tolist, some[:2]), strict=True)
    }
    assert planted <= found
    sample = rng.choice(len(hashes), 300, replace=False)
    slow = {
        (min(i, j), max(i, j))
        for i in sample.tolist()
        for j in np.flatnonzero(np.bitwise_count(hashes ^ hashes[i]).sum(1) <= 12).tolist()
        if i != j
    }
    assert slow <= found
    assert len(found) < 400


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 9999), st.integers(1, 60), st.integers(1, 60), st.integers(0, 20))
def test_close_ones_of_another_list_are_found(seed, count, others, radius):
    hashes = drawn(seed, count + others, 0)
    one, other = hashes[:count], hashes[count:]
    found = [
        pair
        for some in hamming.close_to(one, other, radius)
        for pair in zip(*map(np.ndarray.tolist, some), strict=True)
    ]
    distance = compared(one, other)
    assert sorted(found) == [(i, j, int(distance[i, j])) for i, j in np.argwhere(distance <= radius).tolist()]
