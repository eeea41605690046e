"""The site: every board filled into templates that escape everything they are given.

Static pages with one style sheet and one script beside them: they open from disk and ask for nothing elsewhere. Equal
boards give equal bytes. Without the script everything is there to be read; it sorts and filters.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from leaderboard.costs import COLUMNS
from leaderboard.gates import UNCHANGED_BELOW
from leaderboard.images.pages import image_assets, image_pages
from leaderboard.site.method import FILES, method_view
from leaderboard.site.paths import CHANGES, image_page, method_page, slice_page
from leaderboard.site.plot import panels
from leaderboard.site.view import between, section
from nlcl_bench.core.plain import plain
from nlcl_bench.core.templates import templates
from nlcl_bench.evaluation import attack_texts
from nlcl_bench.evaluation.wording import SIGNS, benchmark_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jinja2 import Environment

    from leaderboard.board import Board
    from leaderboard.rank import Ranking
    from nlcl_bench.evaluation.intake import Refusal

__all__ = ["site"]

_SHOWN = 8
"""Rows of a board that the overview shows."""


def site(boards: Sequence[Board], refusals: Sequence[Refusal]) -> Iterator[tuple[str, str]]:
    """Yield the pages of the site: path from the site's folder, and text.

    Args:
        boards: At least one.
        refusals: The run folders that are on none.
    """
    environment = templates("leaderboard.site", "leaderboard.images", "nlcl_bench.evaluation")
    environment.filters["plain"] = plain
    environment.globals.update(
        signs=SIGNS,
        benchmark_name=benchmark_name,
        method_page=method_page,
        image_page=image_page,
        slice_page=slice_page,
    )
    yield "assets/style.css", environment.get_template("site.css.jinja").render()
    yield "assets/board.js", (files("leaderboard.site") / "assets" / "board.js").read_text(encoding="utf-8")
    if any(board.pictures for board in boards):
        yield from image_assets()
    rankings = [board.ranking for board in boards]
    yield (
        "index.html",
        environment.get_template("index.html.jinja").render(
            up="", boards=boards, refusals=refusals, shown=_SHOWN, between=between
        ),
    )
    first = rankings[0]
    yield (
        "ranks.html",
        environment.get_template("ranks.html.jinja").render(up="", first=first, unchanged_below=UNCHANGED_BELOW),
    )
    yield "submit.html", environment.get_template("submit.html.jinja").render(up="")
    for board in boards:
        yield from _board(board, rankings, environment)
        yield from image_pages(board, environment)


def _board(board: Board, rankings: Sequence[Ranking], environment: Environment) -> Iterator[tuple[str, str]]:
    head = environment.get_template("board.html.jinja")
    whole = section(board.ranking, rankings, board.people)
    drawn = panels(board.ranking)
    more = {"board": board, "cost_columns": COLUMNS, "changes": CHANGES if drawn else None}
    yield f"{board.folder}/index.html", head.render(up="../", here="", view=whole, part=None, **more)
    if drawn:
        changes = environment.get_template("changes.html.jinja")
        yield f"{board.folder}/{CHANGES}", changes.render(up="../", name=whole.name, panels=drawn)
    for part, ranking in board.slices:
        view = section(ranking, [ranking])
        yield (
            f"{board.folder}/{slice_page(part.name)}",
            head.render(up="../../", here="../", view=view, part=part, **more),
        )
    one = environment.get_template("method.html.jinja")
    scales = {column.metric.id: column.scale for column in whole.columns if column.metric and column.scale}
    for row in board.ranking.rows:
        view_of = method_view(row, board, scales)
        page = one.render(up="../../", here="../", view=view_of, board=board, files=FILES, ranking=board.ranking)
        yield f"{board.folder}/{method_page(row.label)}", page
    if board.attacks is not None:
        yield f"{board.folder}/attacks.html", attack_texts.page(board.attacks, board=("index.html", whole.name))
