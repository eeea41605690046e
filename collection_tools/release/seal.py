"""The seal of a card: a last line by which anybody can tell whether the words above it were changed by hand."""

from __future__ import annotations

import re

from nlcl_bench.core.digest import sha256_bytes

__all__ = ["is_sealed", "sealed"]

_SEAL = re.compile(r"\n<!-- written by nlcl-bench release, sha256 ([0-9a-f]{64}) -->\n\Z")


def sealed(text: str) -> str:
    r"""Return a card with its seal.

    >>> is_sealed(sealed("# Rain\n")), is_sealed(sealed("# Rain\n").replace("Rain", "Snow"))
    (True, False)
    """
    return f"{text}\n<!-- written by nlcl-bench release, sha256 {sha256_bytes(text.encode())} -->\n"


def is_sealed(text: str) -> bool:
    """Tell whether a card is as a release wrote it."""
    found = _SEAL.search(text)
    return found is not None and found[1] == sha256_bytes(text[: found.start()].encode())
