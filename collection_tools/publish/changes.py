"""What a release changes in a repository, told by digests, before anything is uploaded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["Changes", "Here", "There", "changes"]


class Here(NamedTuple):
    """A file that is to be published.

    Attributes:
        content: Its bytes, or where they are.
        sha256: Their digest.
        size: Their number.
    """

    content: Path | bytes
    sha256: str
    size: int

    @classmethod
    def of(cls, text: str) -> Here:
        """Return a text as a file."""
        data = text.encode()
        return cls(data, hashlib.sha256(data).hexdigest(), len(data))

    def read(self) -> bytes:
        """Return its bytes."""
        return self.content.read_bytes() if isinstance(self.content, Path) else self.content


class There(NamedTuple):
    """A file on the Hub.

    Attributes:
        size: Its length in bytes.
        blob: Its git object, or that of its pointer.
        sha256: Its digest if it is a large file; the Hub does not tell that of a small one.
    """

    size: int
    blob: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a release changes.

    Attributes:
        add: Names of files that are new.
        change: Names of files that have other bytes.
        remove: Names of files of the earlier release that this one does not have.
        bytes: Length of all that is new or changed.
    """

    add: tuple[str, ...]
    change: tuple[str, ...]
    remove: tuple[str, ...]
    bytes: int

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.add or self.change or self.remove)


def changes(here: Mapping[str, Here], there: Mapping[str, There], earlier: Collection[str]) -> Changes:
    """Compare a release with a repository.

    Args:
        here: What is to be there, by name.
        there: What is there.
        earlier: Names that an earlier release put there; all else was put there by somebody and stays.
    """
    add = tuple(sorted(here.keys() - there.keys()))
    change = tuple(sorted(name for name in here.keys() & there.keys() if not _same(here[name], there[name])))
    remove = tuple(sorted(name for name in there if name in earlier and name not in here))
    return Changes(add, change, remove, sum(here[name].size for name in (*add, *change)))


def _same(here: Here, there: There) -> bool:
    if there.sha256 is not None:
        return here.sha256 == there.sha256
    return here.size == there.size and _git_blob(here.read()) == there.blob


def _git_blob(data: bytes) -> str:
    """Return the name that git gives to a file's content.

    >>> _git_blob(b"")
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
