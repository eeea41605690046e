"""The page: rankings filled into a template that escapes everything it is given.

One file without scripts, and without anything that a browser would have to fetch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leaderboard.gates import UNCHANGED_BELOW
from leaderboard.page.view import section
from leaderboard.plain import plain
from leaderboard.wording import SIGNS
from nlcl_bench.core.templates import templates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.intake import Refusal
    from leaderboard.rank import Ranking

__all__ = ["page"]


def page(rankings: Sequence[Ranking], refusals: Sequence[Refusal]) -> str:
    """Return the page as HTML."""
    environment = templates("leaderboard.page")
    environment.filters["plain"] = plain
    sections = [section(ranking, number, rankings) for number, ranking in enumerate(rankings, start=1)]
    template = environment.get_template("index.html.jinja")
    return template.render(
        sections=sections, refusals=refusals, signs=SIGNS, unchanged_below=UNCHANGED_BELOW, first=rankings[0]
    )
