"""Which photographs are the same picture, and which are nearly so.

The same: equal pixels, in whatever file. Nearly: a perceptual hash (DCT of a 32 x 32 grey picture, 64 signs) finds
candidates, and the correlation of small thumbnails confirms them, because the hash alone lies about dark and flat
pictures, whose signs are noise.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import faiss
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from nlcl_bench.data.record import Domain

__all__ = ["Candidate", "Twins", "near_pairs", "same_pictures"]

_BITS = 64
_QUERIES_AT_ONCE = 1024
_PAIRS_AT_ONCE = 65536


@dataclass(frozen=True, slots=True)
class Candidate:
    """What decides which of several equal pictures is kept.

    Attributes:
        image_id: Its name.
        pixels: Digest of its picture.
        domain: Whether it rains in it.
        published: Whether an earlier curation kept it.
        paired: Whether a rain-free twin is known.
    """

    image_id: str
    pixels: str
    domain: Domain
    published: bool = False
    paired: bool = False


@dataclass(frozen=True, slots=True)
class Twins:
    """Equal pictures.

    Attributes:
        reasons: Why each that is not kept is not.
        stands_for: The picture that is kept instead, where there is one.
    """

    reasons: dict[str, str]
    stands_for: dict[str, str]


def same_pictures(candidates: Iterable[Candidate]) -> Twins:
    """Decide which of equal pictures are kept, whatever their order.

    One of each domain's equals is kept: one that was published before, else one with a rain-free twin, else the
    one with the smallest name. A picture cannot be rainy and clean at once: if both are claimed, whoever was
    published first stays, and where nobody was, none is kept, for one of the two claims is wrong.

    >>> twins = same_pictures([Candidate("b", "p", "rainy"), Candidate("a", "p", "rainy")])
    >>> twins.reasons, twins.stands_for
    ({'b': 'duplicate of a'}, {'b': 'a'})
    >>> same_pictures([Candidate("b", "p", "rainy"), Candidate("a", "p", "clean")]).stands_for
    {}
    """
    groups = defaultdict(list)
    for candidate in candidates:
        groups[candidate.pixels].append(candidate)
    twins = Twins({}, {})
    for group in groups.values():
        group.sort(key=lambda one: (not one.published, not one.paired, one.image_id))
        kept = group[0]
        if not kept.published and any(one.domain != kept.domain for one in group):
            twins.reasons.update({one.image_id: _contrary(one, group) for one in group})
            continue
        for one in group[1:]:
            if one.domain == kept.domain:
                twins.reasons[one.image_id] = f"duplicate of {kept.image_id}"
                twins.stands_for[one.image_id] = kept.image_id
            else:
                twins.reasons[one.image_id] = _contrary(one, group)
    return twins


def _contrary(one: Candidate, group: list[Candidate]) -> str:
    other = next(other for other in group if other.domain != one.domain)
    return f"same picture as {other.image_id}, which is {other.domain}"


def near_pairs(
    hashes: npt.NDArray[np.uint8], thumbnails: npt.NDArray[np.float16], *, radius: int, correlation: float
) -> npt.NDArray[np.int64]:
    """Return the pairs of photographs that show one scene.

    Args:
        hashes: uint8 ``(N, 8)``.
        thumbnails: ``(N, 256)``, each zero-mean and of unit length.
        radius: Greatest Hamming distance of two hashes.
        correlation: Smallest correlation of two thumbnails.

    Returns:
        int64 ``(M, 2)``; the first index of each pair is the smaller, the pairs are sorted.
    """
    found = list(_confirmed(hashes, thumbnails, radius, correlation)) if len(hashes) else []
    pairs: npt.NDArray[np.int64] = np.concatenate(found) if found else np.empty((0, 2), np.int64)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _confirmed(
    hashes: npt.NDArray[np.uint8], thumbnails: npt.NDArray[np.float16], radius: int, correlation: float
) -> Iterator[npt.NDArray[np.int64]]:
    index = faiss.IndexBinaryFlat(_BITS)
    index.add(hashes)
    for start in range(0, len(hashes), _QUERIES_AT_ONCE):
        block = hashes[start : start + _QUERIES_AT_ONCE]
        limits, _, second = index.range_search(block, radius + 1)  # it finds what is below the radius
        bounds: npt.NDArray[np.int64] = np.asarray(limits, np.int64)
        first = np.repeat(np.arange(start, start + len(block)), bounds[1:] - bounds[:-1])
        pairs = np.stack((first, second), axis=1)[first < second]
        for some in np.array_split(pairs, 1 + len(pairs) // _PAIRS_AT_ONCE):
            left, right = (thumbnails[some[:, side]].astype(np.float32) for side in (0, 1))
            yield some[np.einsum("nd,nd->n", left, right) >= correlation]
