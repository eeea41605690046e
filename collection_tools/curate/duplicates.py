"""Which photographs are the same picture, which are copies of one, and which are alike enough to show one scene.

The same: equal pixels, in whatever file. Alike: a perceptual hash (DCT of a 32 x 32 grey picture, 64 signs) finds
candidates, and the correlation of small thumbnails confirms them, because the hash alone lies about dark and flat
pictures, whose signs are noise. Copies are so much alike that one of them is enough: shrunk, compressed again, or
taken twice within a moment.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collection_tools.curate.hamming import close_pairs, close_to
from collection_tools.curate.scenes import groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from collection_tools.curate.hamming import Close
    from nlcl_bench.data.record import Domain

__all__ = ["Alike", "Candidate", "Looks", "Twins", "alike", "alike_to", "copies", "same_pictures"]

_PAIRS_AT_ONCE = 65536

_ASPECT = 0.02
"""A copy has the same ratio of its sides, up to this part of it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What decides which of several pictures that are the same is kept.

    Attributes:
        image_id: Its name.
        pixels: Digest of its picture.
        domain: Whether it rains in it.
        published: Whether an earlier curation kept it.
        paired: Whether it has a rain-free twin, or is one.
        detail: See :func:`collection_tools.curate.looks.detail`.
        aspect: Width over height.
        video: The video it is a still of, or nothing.
    """

    image_id: str
    pixels: str
    domain: Domain
    published: bool = False
    paired: bool = False
    detail: float = 0.0
    aspect: float = 1.0
    video: str = ""


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
    equals = defaultdict(list)
    for candidate in candidates:
        equals[candidate.pixels].append(candidate)
    twins = Twins({}, {})
    for group in equals.values():
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


@dataclass(frozen=True, slots=True)
class Looks:
    """What many pictures look like; see :mod:`collection_tools.curate.looks`.

    Attributes:
        hashes: uint8 ``(N, 8)``.
        thumbnails: float16 ``(N, 256)``, each zero-mean and of unit length.
    """

    hashes: npt.NDArray[np.uint8]
    thumbnails: npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Alike:
    """Pairs of pictures that look alike, sorted.

    Attributes:
        pairs: Indices, int64 ``(M, 2)``.
        distance: Of their hashes, in bits, int32 ``(M,)``.
        correlation: Of their thumbnails, float32 ``(M,)``.
    """

    pairs: npt.NDArray[np.int64]
    distance: npt.NDArray[np.int32]
    correlation: npt.NDArray[np.float32]


def alike(looks: Looks, *, radius: int, correlation: float) -> Alike:
    """Return the pairs among some pictures that look alike, the smaller index first.

    Args:
        looks: The pictures.
        radius: Greatest Hamming distance of two hashes.
        correlation: Smallest correlation of two thumbnails.
    """
    return _confirmed(close_pairs(looks.hashes, radius), looks, looks, correlation)


def alike_to(looks: Looks, others: Looks, *, radius: int, correlation: float) -> Alike:
    """Return the pairs of one of some pictures and one of others that look alike."""
    return _confirmed(close_to(looks.hashes, others.hashes, radius), looks, others, correlation)


def _confirmed(found: Iterable[Close], looks: Looks, others: Looks, correlation: float) -> Alike:
    kept = list(_correlated(found, looks, others, correlation))
    if not kept:
        return Alike(np.empty((0, 2), np.int64), np.empty(0, np.int32), np.empty(0, np.float32))
    pairs, distance, measured = (np.concatenate(column) for column in zip(*kept, strict=True))
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return Alike(pairs[order], distance[order], measured[order])


def _correlated(
    found: Iterable[Close], looks: Looks, others: Looks, correlation: float
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float32]]]:
    for some in found:
        for start in range(0, len(some.first), _PAIRS_AT_ONCE):
            first, second, distance = (column[start : start + _PAIRS_AT_ONCE] for column in some)
            left, right = looks.thumbnails[first].astype(np.float32), others.thumbnails[second].astype(np.float32)
            measured = np.einsum("nd,nd->n", left, right)
            sure = measured >= correlation
            yield np.stack((first, second), axis=1)[sure], distance[sure], measured[sure]


def copies(candidates: Sequence[Candidate], found: Alike, *, radius: int, correlation: float) -> dict[str, str]:
    """Return which pictures are only copies, and the one of their group that is kept instead.

    Kept is what was published before, else the one with most detail. Pictures of a pair are not copies of
    anything, for a pair is not to be torn apart; nor are stills of one video of each other: they were chosen.

    Args:
        candidates: The pictures.
        found: Pairs of them that look alike.
        radius: Greatest Hamming distance of two copies.
        correlation: Smallest correlation of two copies.
    """
    near = (found.distance <= radius) & (found.correlation >= correlation)
    links = [
        (candidates[first].image_id, candidates[second].image_id)
        for first, second in found.pairs[near].tolist()
        if _may_be_copies(candidates[first], candidates[second])
    ]
    by_name = {one.image_id: one for one in candidates}
    stands_for: dict[str, str] = {}
    for group in groups(sorted({name for link in links for name in link}), links):
        best = min(group, key=lambda name: (not by_name[name].published, -by_name[name].detail, name))
        stands_for |= {name: best for name in group if name != best and not by_name[name].published}
    return stands_for


def _may_be_copies(one: Candidate, other: Candidate) -> bool:
    if one.domain != other.domain or one.paired or other.paired:
        return False
    if one.video and one.video == other.video:
        return False
    return abs(one.aspect / other.aspect - 1) <= _ASPECT
