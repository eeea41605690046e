"""Which files a folder holds, in an order that does not depend on the file system.

Nothing outside the folder is read: links that lead out of it, links to folders, devices and pipes are named
with the reason why they are left alone. Hidden files, ``sources.toml`` and the store itself are passed over.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from collection_tools.collect.sources import SOURCES_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Found", "files_in", "walk"]

_LONGEST_NAME = 4096


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of a folder.

    Attributes:
        path: Where it lies.
        root: The folder that was given.
        refusal: Why it is left alone, or None for a file to read.
    """

    path: Path
    root: Path
    refusal: str | None = None

    @property
    def file(self) -> str:
        """Its name in the manifest: the given folder's own name, then the path inside it, as printable text."""
        return _printable("/".join(part for part in (self.root.name, self.relative.as_posix()) if part))

    @property
    def relative(self) -> Path:
        """Its path inside the given folder."""
        return self.path.relative_to(self.root)


def _printable(name: str) -> str:
    r"""Spell bytes that are no UTF-8 as escapes, so that every name can be stored.

    >>> _printable("rain" + chr(0xDCFF) + ".jpg")
    'rain\\udcff.jpg'
    """
    return name.encode("utf-8", "backslashreplace").decode("utf-8")[:_LONGEST_NAME]


def walk(root: Path, *, store: Path) -> Iterator[Found]:
    """Yield every file below a folder, sorted by name, folder by folder.

    Args:
        root: The folder, resolved.
        store: A folder to pass over, resolved: the store may lie among the photographs.
    """
    ahead: list[Found | Path] = [root]
    while ahead:
        entry = ahead.pop()
        if isinstance(entry, Found):
            yield entry
        elif entry != store:
            ahead.extend(reversed(_entries(entry, root)))


def files_in(folder: Path, root: Path) -> list[Found]:
    """Return the files directly in one folder, sorted by name; none if there is no such folder."""
    return [entry for entry in _entries(folder, root) if isinstance(entry, Found)] if folder.is_dir() else []


def _entries(folder: Path, root: Path) -> list[Found | Path]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        return [Found(folder, root, f"folder cannot be read: {error.strerror}")]
    return [_entry(entry, root) for entry in entries if not _passed_over(entry.name)]


def _passed_over(name: str) -> bool:
    return name.startswith(".") or name == SOURCES_FILE


def _entry(entry: os.DirEntry[str], root: Path) -> Found | Path:
    path = Path(entry.path)
    if entry.is_symlink():
        return Found(path, root, _link_refusal(path, root))
    if entry.is_dir(follow_symlinks=False):
        return path
    return Found(path, root, None if entry.is_file(follow_symlinks=False) else "is a device, pipe or socket")


def _link_refusal(path: Path, root: Path) -> str | None:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a circle of links, before Python 3.13
        return "is a link that leads nowhere"
    if not target.is_relative_to(root):
        return "is a link that leads out of the folder"
    return None if target.is_file() else "is a link to something other than a file"
