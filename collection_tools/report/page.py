"""The page: what was gathered, filled into a template that escapes everything it is given.

One file without scripts, and without anything that a browser would have to fetch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.report.plot import HEIGHT, WIDTH, number
from collection_tools.report.sheets import shot
from nlcl_bench.core.templates import templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collection_tools.report.thumbnails import Picture
    from collection_tools.report.view import View

__all__ = ["page"]


def page(view: View, pictures: Mapping[str, Picture]) -> str:
    """Return the page as HTML.

    Args:
        view: What it shows.
        pictures: The picture of every photograph that is shown, by digest.
    """
    environment = templates("collection_tools.report")
    environment.filters["count"] = "{:,}".format
    environment.filters["number"] = number
    template = environment.get_template("report.html.jinja")
    return template.render(
        view=view, shot=lambda case: shot(case, pictures[case.row.sha256]), width=WIDTH, height=HEIGHT
    )
