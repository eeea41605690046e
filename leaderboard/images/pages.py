"""The pages of a board's photographs, and the list of them."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from leaderboard.images.gallery import FOLDER
from leaderboard.images.view import image_views
from nlcl_bench.evaluation.wording import benchmark_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jinja2 import Environment

    from leaderboard.board import Board

__all__ = ["image_assets", "image_pages", "picture_files"]

_ASSETS = ("image.css", "image.js")


def image_assets() -> Iterator[tuple[str, str]]:
    """Yield the style sheet and the script of the pages: path from the site's folder, and text."""
    for name in _ASSETS:
        yield f"assets/{name}", (files("leaderboard.images") / "assets" / name).read_text(encoding="utf-8")


def picture_files(board: Board, into: Path) -> Iterator[tuple[str, Path]]:
    """Yield the pictures of a board, which lie in the site already: path from the site's folder, and the file."""
    for image_id, pictured in board.pictures.items():
        for name in pictured.files:
            path = f"{board.folder}/{FOLDER}/{image_id}/{name}"
            yield path, into / path


def image_pages(board: Board, environment: Environment) -> Iterator[tuple[str, str]]:
    """Yield the pages: path from the site's folder, and text; none for a board without pictures."""
    if not board.pictures:
        return
    views = list(image_views(board))
    more = {"up": "../../", "here": "../", "board": board, "name": benchmark_name(board.ranking.benchmark)}
    ranked = [metric for metric in board.ranking.metrics if metric.id in board.ranking.ranked_on]
    listed = environment.get_template("images.html.jinja")
    yield (
        f"{board.folder}/images/index.html",
        listed.render(views=views, metric=ranked[0].title if ranked else "", **more),
    )
    one = environment.get_template("image.html.jinja")
    for view in views:
        yield f"{board.folder}/images/{view.record.image_id}.html", one.render(view=view, **more)
