"""Strangers' text as one plain line: what a terminal, a table and a page may be given.

Run folders come from anywhere. Their free text may hold escape sequences, line breaks, characters that reverse
the reading direction, or half characters that no file can hold. HTML is escaped later, by the template.
"""

from __future__ import annotations

import unicodedata

__all__ = ["plain"]

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def plain(text: str, limit: int = 300) -> str:
    r"""Return the text on one line, without control or invisible characters, cut at ``limit`` characters.

    >>> plain("rain\x1b[31m\n  removed")
    'rain�[31m removed'
    >>> plain("abcdef", limit=4)
    'abc…'
    """
    line = " ".join(text[: 4 * limit].split())
    seen = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in _UNSEEN else sign for sign in line)
    return seen if len(seen) <= limit and len(text) <= 4 * limit else f"{seen[: limit - 1]}…"
