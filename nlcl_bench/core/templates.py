"""How pages and figures are filled: one way for all, in which whatever a stranger wrote is escaped."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

__all__ = ["templates"]


def templates(*packages: str) -> Environment:
    """Return the templates in the folders ``templates`` of packages, for HTML and SVG.

    Where several packages have a template of one name, the first one's is taken.
    A name that a template uses and nobody gives is an error, and so is never a hole in the page.
    """
    return Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
