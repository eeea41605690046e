"""Strangers' words in Markdown and YAML, and the templates in which they stand.

In Markdown every sign that could be markup is escaped, in YAML they are strings in quotation marks, and control
characters are gone from both.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

__all__ = ["counted", "listed", "markdown", "plain", "render", "share"]

# signs of markup, and what makes addresses into links
_MARKUP = re.compile(r"([\\`*_{}\[\]#|~$]|:(?=//)|(?<=\bwww)\.)", re.IGNORECASE)
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def plain(text: str) -> str:
    r"""Return text on one line, without control characters.

    >>> plain("two\nlines\x00")
    'two lines'
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def markdown(text: str) -> str:
    r"""Return text that Markdown shows as it is, and in which it finds no markup and no links.

    >>> markdown("<b>Ada</b> * https://x")
    '&lt;b&gt;Ada&lt;/b&gt; \\* https\\://x'
    """
    return _MARKUP.sub(r"\\\1", plain(text).translate(_HTML))


def share(part: int, whole: int) -> str:
    """Return a share as a whole number of percent, of which only nothing is 0 % and only all is 100 %.

    >>> share(1, 3), share(1, 1000), share(999, 1000), share(0, 0)
    ('33 %', '< 1 %', '> 99 %', '0 %')
    """
    percent = round(100 * part / whole) if whole else 0
    if part and not percent:
        return "< 1 %"
    return "> 99 %" if part < whole and percent == 100 else f"{percent} %"  # noqa: PLR2004 (percent)


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number of things.

    >>> counted(1, "image"), counted(1200, "image"), counted(2, "country", "countries")
    ('1 image', '1,200 images', '2 countries')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: list[str]) -> str:
    """Return words as a sentence lists them.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def render(template: str, values: dict[str, Any]) -> str:
    """Fill in a template of ``dataset_cards``."""
    environment = Environment(  # noqa: S701 (Markdown, not HTML: every stranger's text goes through the filter)
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters.update(md=markdown, counted=counted)
    text = (files("dataset_cards") / template).read_text(encoding="utf-8")
    return environment.from_string(text).render(values)
