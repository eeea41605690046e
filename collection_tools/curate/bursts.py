"""Photographs that one camera took within a moment, or that come from one video: whatever they show, one scene."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Taken", "burst_links"]


class Taken(NamedTuple):
    """Who took a photograph when.

    Attributes:
        by: What names the camera and its owner, or a video.
        moment: In seconds.
        image_id: The photograph.
    """

    by: tuple[str, ...]
    moment: float
    image_id: str


def burst_links(taken: Iterable[Taken], *, seconds: float) -> Iterator[tuple[str, str]]:
    """Yield the pairs of neighbours in time, by one camera, that lie at most ``seconds`` apart.

    >>> some = [Taken(("a",), 3.0, "x"), Taken(("b",), 2.5, "y"), Taken(("a",), 2.0, "z"), Taken(("a",), 9.0, "w")]
    >>> list(burst_links(some, seconds=2))
    [('z', 'x')]
    """
    for one, following in pairwise(sorted(taken)):
        if one.by == following.by and following.moment - one.moment <= seconds:
            yield one.image_id, following.image_id
