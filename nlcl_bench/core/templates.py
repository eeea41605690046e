"""How pages and figures are filled: one way for all, in which whatever a stranger wrote is escaped."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["templates"]


def templates(package: str) -> Environment:
    """Return the templates in a package's folder ``templates``, for HTML and SVG.

    A name that a template uses and nobody gives is an error, and so is never a hole in the page.
    """
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
