"""The page: rankings filled into a template that escapes everything it is given.

One file without scripts, and without anything that a browser would have to fetch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leaderboard.costs import COLUMNS
from leaderboard.gates import UNCHANGED_BELOW
from leaderboard.page.view import section
from nlcl_bench.core.plain import plain
from nlcl_bench.core.templates import templates
from nlcl_bench.evaluation.wording import SIGNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leaderboard.costs import CostTable
    from leaderboard.rank import Ranking
    from nlcl_bench.evaluation.intake import Refusal

__all__ = ["page"]


def page(
    rankings: Sequence[Ranking],
    refusals: Sequence[Refusal],
    attacks: Sequence[str | None],
    costs: Sequence[CostTable | None],
) -> str:
    """Return the page as HTML.

    Args:
        rankings: The boards, at least one.
        refusals: The run folders that are on none.
        attacks: For each board the page that says how its metrics can be gamed, or None.
        costs: For each board what its rows cost, if any was measured.
    """
    environment = templates("leaderboard.page", "nlcl_bench.evaluation")
    environment.filters["plain"] = plain
    sections = [
        section(ranking, number, rankings, link, cost)
        for number, (ranking, link, cost) in enumerate(zip(rankings, attacks, costs, strict=True), start=1)
    ]
    template = environment.get_template("index.html.jinja")
    return template.render(
        sections=sections,
        refusals=refusals,
        signs=SIGNS,
        unchanged_below=UNCHANGED_BELOW,
        first=rankings[0],
        cost_columns=COLUMNS,
    )
