"""Copies of what people do not want published: a rejection or a withdrawal means the picture, not one file of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collection_tools.curate.against import looks_of
from collection_tools.curate.duplicates import alike_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collection_tools.curate.duplicates import Candidate, Looks
    from collection_tools.curate.recipe import Copies
    from nlcl_bench.data.record import Domain

__all__ = ["Banned", "copies_of_banned"]


class Banned(NamedTuple):
    """A picture that is not to be published.

    Attributes:
        reason: Why.
        hash: Perceptual hash, 64 bits in hexadecimal digits.
        thumbnail: In base 64; see :class:`collection_tools.curate.looks.Appearance`.
        domain: Only pictures of this domain are copies of it; None for all.
        video: Other stills of this video are not copies of it.
    """

    reason: str
    hash: str
    thumbnail: str
    domain: Domain | None = None
    video: str = ""

    def holds(self, candidate: Candidate) -> bool:
        """Tell whether it speaks against a picture that looks like it."""
        if self.domain is not None and self.domain != candidate.domain:
            return False
        return not self.video or self.video != candidate.video


def copies_of_banned(
    candidates: Sequence[Candidate], looks: Looks, banned: Sequence[Banned], limits: Copies
) -> dict[str, str]:
    """Return which pictures are copies of banned ones, and why those are banned.

    Args:
        candidates: The pictures.
        looks: What they look like, in the same order.
        banned: What is not to be published.
        limits: When a picture is a copy of another.
    """
    if not banned or not candidates:
        return {}
    others = looks_of([one.hash for one in banned], [one.thumbnail for one in banned])
    found = alike_to(looks, others, radius=limits.hamming_radius, correlation=limits.correlation)
    return {
        candidates[first].image_id: banned[second].reason
        for first, second in reversed(found.pairs.tolist())
        if banned[second].holds(candidates[first])
    }
