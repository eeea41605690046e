"""Which of many 64-bit hashes are nearly the same.

To compare all pairs of a million hashes takes half an hour. But of two hashes that differ in at most 12 bits, one of
their four quarters differs in few: 3 in the first, or 2 in another (Norouzi, Punjani and Fleet, "Fast search in Hamming
space with multi-index hashing", CVPR 2012, proposition 1, with the bits that are left over given to the first
quarters). So hashes are put into buckets by each quarter in turn, and only those of near buckets are compared.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import faiss
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Codes = npt.NDArray[np.uint64]
    Indices = npt.NDArray[np.int64]

__all__ = ["Close", "close_pairs", "close_to"]

_BITS, _QUARTERS = 64, 4
_WIDTH = _BITS // _QUARTERS

_FEW = 20_000
"""So few hashes are compared pair by pair."""

_QUERIES_AT_ONCE = 1024
_SPREAD_AT_ONCE = 1 << 18

_COMPARED_AT_ONCE = 1 << 17
"""Pairs; their distances stay in a processor's cache."""

_CROWDED = 99
"""Per cent of the buckets that have room for all their hashes; what finds none is compared with everything."""


class Close(NamedTuple):
    """Some pairs of hashes that differ in few bits.

    Attributes:
        first: Indices, int64 ``(M,)``.
        second: Indices, int64 ``(M,)``.
        distance: In how many bits each pair differs, uint8 ``(M,)``.
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    distance: npt.NDArray[np.uint8]


def close_to(hashes: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8], radius: int) -> Iterator[Close]:
    """Yield all pairs of a hash of the first list and one of the second that differ in at most ``radius`` bits.

    Shape:
        hashes: uint8 ``(N, 8)``.
        others: uint8 ``(M, 8)``.
    """
    index = faiss.IndexBinaryFlat(_BITS)
    index.add(others)
    for start in range(0, len(hashes), _QUERIES_AT_ONCE):
        block = hashes[start : start + _QUERIES_AT_ONCE]
        limits, distance, second = index.range_search(block, radius + 1)  # it finds what is below the radius
        bounds: Indices = np.asarray(limits, np.int64)
        first = np.repeat(np.arange(start, start + len(block)), bounds[1:] - bounds[:-1])
        yield Close(first, second, distance.astype(np.uint8))


def close_pairs(hashes: npt.NDArray[np.uint8], radius: int) -> Iterator[Close]:
    """Yield all pairs of one list that differ in at most ``radius`` bits, once each, the smaller index first.

    Shape:
        hashes: uint8 ``(N, 8)``.
    """
    codes = np.ascontiguousarray(hashes).view(np.uint64).ravel()
    for some in close_to(hashes, hashes, radius) if len(codes) <= _FEW else _among_many(codes, radius):
        once = some.first < some.second
        yield Close(some.first[once], some.second[once], some.distance[once])


def _among_many(codes: Codes, radius: int) -> Iterator[Close]:
    distinct, of = np.unique(codes, return_inverse=True)
    members = np.argsort(of, kind="stable")
    starts = np.searchsorted(of[members], np.arange(len(distinct) + 1))
    pairs = _distinct_pairs(distinct, radius)
    equal = np.stack([np.arange(len(distinct))] * 2, axis=1)
    both = np.concatenate([equal, pairs, pairs[:, ::-1]])
    for some in np.array_split(both, 1 + len(both) // _SPREAD_AT_ONCE):
        yield from _spread(some, distinct, members, starts)


def _spread(both: Indices, distinct: Codes, members: Indices, starts: Indices) -> Iterator[Close]:
    """Yield the pairs of hashes for pairs of distinct ones, some at once however many hashes are equal."""
    sizes = (starts[both + 1] - starts[both]).astype(np.int64)
    which = np.repeat(np.arange(len(both)), sizes[:, 0])
    left = starts[both[which, 0]] + _within(sizes[:, 0])
    ends = np.cumsum(sizes[which, 1])
    bits = np.bitwise_count(distinct[both[:, 0]] ^ distinct[both[:, 1]])
    for some in np.split(
        np.arange(len(which)), np.searchsorted(ends, np.arange(_SPREAD_AT_ONCE, ends[-1], _SPREAD_AT_ONCE))
    ):
        of = which[some]
        times = sizes[of, 1]
        right = np.repeat(starts[both[of, 1]], times) + _within(times)
        yield Close(members[np.repeat(left[some], times)], members[right], np.repeat(bits[of], times))


def _within(sizes: Indices) -> Indices:
    """Count from 0 within each of some groups.

    >>> _within(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _distinct_pairs(codes: Codes, radius: int) -> Indices:
    """Return the pairs of different codes that are close, int64 ``(M, 2)``, each once, sorted."""
    found = [np.empty((0, 2), np.int64)]
    for quarter in range(_QUARTERS):
        most = (radius + _QUARTERS - quarter) // _QUARTERS - 1
        if most >= 0:
            found += _by_quarter(codes, quarter, most, radius)
    pairs = np.concatenate(found)
    pairs.sort(axis=1)
    return np.unique(pairs, axis=0)


def _by_quarter(codes: Codes, quarter: int, most: int, radius: int) -> Iterator[Indices]:
    """Yield the pairs of codes that are close and of which a given quarter differs in at most ``most`` bits."""
    keys = ((codes >> np.uint64(_WIDTH * quarter)) & np.uint64((1 << _WIDTH) - 1)).astype(np.int64)
    order = np.argsort(keys, kind="stable")
    starts = np.searchsorted(keys[order], np.arange((1 << _WIDTH) + 1))
    sizes = np.diff(starts)
    room = max(1, int(np.percentile(sizes, _CROWDED)))
    place = np.arange(len(codes)) - np.repeat(starts[:-1], sizes)
    inside = place < room
    table = np.full((room, 1 << _WIDTH), -1, np.int64)
    table[place[inside], keys[order][inside]] = order[inside]
    masks = [mask for bits in range(most + 1) for mask in _masks(bits)]
    buckets = _Buckets(table, np.where(table < 0, _NONE, codes[table]), np.where(table < 0, ~_NONE, codes[table]))
    with ThreadPoolExecutor() as pool:  # the arithmetic of arrays runs beside Python
        yield from pool.map(partial(_between, buckets, radius), masks)
    yield _of_crowded(codes, order[~inside], radius)


class _Buckets(NamedTuple):
    """The buckets of one quarter, one a column: indices of codes, and the codes; two fillers that are far apart.

    Columns, because processors are quick along rows, and a row goes through very many buckets.
    """

    table: Indices
    left: Codes
    right: Codes


_NONE = np.uint64(0)


def _masks(bits: int) -> Iterator[int]:
    for places in combinations(range(_WIDTH), bits):
        yield sum(1 << place for place in places)


def _between(buckets: _Buckets, radius: int, mask: int) -> Indices:
    """Return the close pairs between each bucket and the one whose key differs by a mask, each pair of buckets once."""
    room = len(buckets.table)
    keys = np.arange(1 << _WIDTH)
    keys = keys[keys & (1 << mask.bit_length() >> 1) == 0] if mask else keys
    step = max(1, _COMPARED_AT_ONCE // room**2)
    found = [np.empty((0, 2), np.int64)]
    for start in range(0, len(keys), step):
        here = keys[start : start + step]
        there = here ^ mask
        left, right = np.take(buckets.left, here, axis=1), np.take(buckets.right, there, axis=1)
        bits = np.bitwise_count(left[:, None] ^ right[None])
        near = np.flatnonzero(bits <= radius)
        if len(near):
            one, other, bucket = np.unravel_index(near, bits.shape)
            pairs = np.stack([buckets.table[one, here[bucket]], buckets.table[other, there[bucket]]], axis=1)
            found.append(pairs[(pairs >= 0).all(axis=1) & (pairs[:, 0] != pairs[:, 1])])
    return np.concatenate(found)


def _of_crowded(codes: Codes, crowded: Indices, radius: int) -> Indices:
    """Return the close pairs of codes for which there was no room in their buckets."""
    plain = codes.view(np.uint8).reshape(-1, _BITS // 8)
    found = [np.empty((0, 2), np.int64)]
    for some in close_to(plain[crowded], plain, radius):
        first = crowded[some.first]
        differ = first != some.second
        found.append(np.stack([first[differ], some.second[differ]], axis=1))
    return np.concatenate(found)
