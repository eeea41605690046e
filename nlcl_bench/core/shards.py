"""A shard of a long piece of work: every n-th part, or a stretch of it, for one of several machines or processes."""

from __future__ import annotations

import re
from typing import NamedTuple

from nlcl_bench.core.errors import InputError

__all__ = ["WHOLE", "Shard", "shard"]

_MOST = 9999


class Shard(NamedTuple):
    """One of ``of`` shards, counted from 1."""

    number: int
    of: int

    @property
    def name(self) -> str:
        """Its name in file names.

        >>> Shard(2, 12).name
        '0002-of-0012'
        """
        return f"{self.number:04d}-of-{self.of:04d}"

    def holds(self, ordinal: int) -> bool:
        """Tell whether a piece of the work belongs to it; every piece belongs to exactly one of the shards.

        >>> [Shard(number, 3).holds(7) for number in (1, 2, 3)]
        [False, True, False]
        """
        return ordinal % self.of == self.number - 1

    def share(self, total: int) -> int:
        """Return how many of ``total`` pieces belong to it.

        >>> [Shard(number, 3).share(8) for number in (1, 2, 3)]
        [3, 3, 2]
        """
        return len(range(self.number - 1, total, self.of))

    def stretch(self, total: int) -> slice:
        """Return which of ``total`` pieces are its own where each shard takes neighbours, which is quicker to read.

        >>> [Shard(number, 3).stretch(8) for number in (1, 2, 3)]
        [slice(0, 2, None), slice(2, 5, None), slice(5, 8, None)]
        """
        return slice((self.number - 1) * total // self.of, self.number * total // self.of)


WHOLE = Shard(1, 1)


def shard(text: str) -> Shard:
    """Read what a command line says, e.g. ``2/12``.

    >>> shard("2/12")
    Shard(number=2, of=12)

    Raises:
        InputError: It is something else.
    """
    found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text.strip())
    number, of = (int(part) for part in found.groups()) if found else (0, 0)
    if not 1 <= number <= of <= _MOST:
        raise InputError(f"is no shard: {text}", where="--shard", fix="write its number and how many, as in 2/12")
    return Shard(number, of)
