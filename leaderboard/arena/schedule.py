"""Which pair is shown next: the one least seen, on the photograph least seen, on random sides.

Every twelfth pair is an attention check, whose answer is known: the photograph as it is beside a strongly blurred copy.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from leaderboard.votes import Said, Vote

__all__ = ["BLURRED", "EVERY", "Pair", "next_pair"]

EVERY = 12
"""One pair in so many is an attention check."""

BLURRED = "blurred-input"
"""What a check calls the spoilt copy; no row of a board has this name."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures of one photograph.

    Attributes:
        image_id: The photograph.
        left: Label of what is shown on the left.
        right: Label of what is shown on the right.
        expected: The right answer of an attention check; None for a vote.
        place: Where the crop lies, each in [0, 1]: 0 is the left or upper end of what it can reach.
    """

    image_id: str
    left: str
    right: str
    expected: Said | None
    place: tuple[float, float]


def next_pair(
    there: Mapping[str, Sequence[str]], votes: Sequence[Vote], identity: str | None, generator: np.random.Generator
) -> Pair:
    """Draw the next pair.

    Args:
        there: The labels that have an output of a photograph, by image; at least two of one.
        votes: All votes so far, of everybody.
        identity: The label of the photographs as they are; without one there are no checks.
        generator: Draws sides, places, and among the equally little seen.
    """
    place = (float(generator.random()), float(generator.random()))
    if identity is not None and (len(votes) + 1) % EVERY == 0:
        images = [image for image, labels in sorted(there.items()) if identity in labels]
        if images:
            image = images[int(generator.integers(len(images)))]
            left, right = _sides(identity, BLURRED, generator)
            return Pair(image, left, right, "left" if left == identity else "right", place)
    seen: Counter[frozenset[str]] = Counter()
    on_image: Counter[tuple[frozenset[str], str]] = Counter()
    for vote in votes:
        if vote.expected is None:
            pair = frozenset((vote.left, vote.right))
            seen[pair] += 1
            on_image[pair, vote.image_id] += 1
    open_ones = [
        (frozenset(two), image) for image, labels in sorted(there.items()) for two in combinations(sorted(labels), 2)
    ]
    fewest = min((seen[pair], on_image[pair, image]) for pair, image in open_ones)
    least = [one for one in open_ones if (seen[one[0]], on_image[one]) == fewest]
    pair, image = least[int(generator.integers(len(least)))]
    one, other = sorted(pair)
    return Pair(image, *_sides(one, other, generator), None, place)


def _sides(one: str, other: str, generator: np.random.Generator) -> tuple[str, str]:
    return (one, other) if generator.random() < 0.5 else (other, one)  # noqa: PLR2004 (a coin)
