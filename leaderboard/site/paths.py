"""Where things lie in the site: names that people can read, made of what is known to be a plain word."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.rank import Ranking

__all__ = ["CHANGES", "folders", "image_page", "method_page", "slice_page"]


CHANGES = "changes.html"
"""The page of pictures of a board, from its folder: they weigh as much as its table."""


def folders(rankings: Sequence[Ranking]) -> list[str]:
    """Return a folder's name for every board: benchmark, config and split, and a number where that comes again."""
    found: list[str] = []
    for ranking in rankings:
        benchmark = ranking.benchmark
        name = f"{benchmark.name}-{benchmark.config}-{benchmark.split}"
        if benchmark.first_of is not None:
            name += f"-first-{benchmark.images}"
        tries = chain([name], (f"{name}-{number}" for number in count(2)))
        found.append(next(one for one in tries if one not in found))
    return found


def method_page(label: str) -> str:
    """Return the page of a method, from its board's folder."""
    return f"methods/{label}.html"


def slice_page(name: str) -> str:
    """Return the page of a slice, from its board's folder."""
    return f"slices/{name}.html"


def image_page(image_id: str) -> str:
    """Return the page of a photograph, from its board's folder."""
    return f"images/{image_id}.html"
