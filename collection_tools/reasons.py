"""Reasons for which photographs are not used, grouped for a summary."""

from __future__ import annotations

import re

__all__ = ["kind"]

_DETAIL = re.compile(r":.*| (?:of|as) [0-9a-f]{16}.*", re.DOTALL)


def kind(reason: str) -> str:
    """Return a reason without what differs from image to image.

    >>> kind("duplicate of 0123456789abcdef"), kind("is damaged: image file is truncated")
    ('duplicate', 'is damaged')
    """
    return _DETAIL.sub("", reason)
