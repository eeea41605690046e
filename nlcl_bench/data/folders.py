"""The files of a folder that may come from a stranger: nothing outside of it is reached, whatever its links say."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from nlcl_bench.core.files import existing_folder

__all__ = ["Finding", "Found", "files_of", "printable"]

_SNAPSHOTS = "snapshots"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong with a file.

    Attributes:
        file: Its name, below the folder; or what else it concerns.
        what: What is wrong, as a clause.
    """

    file: str
    what: str

    def __str__(self) -> str:
        return f"{printable(self.file)}: {self.what}"


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder holds.

    Attributes:
        files: Its files by their names below it, with ``/`` on every system, sorted.
        refused: What is not read: links that lead out or nowhere, links to folders, devices, unreadable folders.
    """

    files: dict[str, Path] = field(default_factory=dict)
    refused: list[Finding] = field(default_factory=list)


def printable(name: str) -> str:
    r"""Return a file's name as it can be printed: no control characters, no bytes that are no text.

    >>> printable("rain\x1b[31m.png")
    'rain?[31m.png'
    """
    return "".join(sign if sign.isprintable() else "?" for sign in name)


def files_of(folder: Path) -> Found:
    """List the files of a folder and its subfolders, sorted by name.

    Hidden files and folders are passed over. A link is taken if it leads to a file of the same folder; in a snapshot of
    the Hub's cache also to the store of this dataset or that of all, where the files really lie.

    Raises:
        InputError: There is no such folder.
    """
    root = existing_folder(folder).resolve()
    inside = _allowed(root)
    files: dict[str, Path] = {}
    refused: list[Finding] = []
    ahead = [root]
    while ahead:
        place = ahead.pop()
        try:
            with os.scandir(place) as entries:
                found = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as error:
            refused.append(Finding(_name(place, root), f"folder cannot be read: {error.strerror}"))
            continue
        for entry in found:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                ahead.append(path)
            elif (why := _refusal(entry, inside)) is None:
                files[_name(path, root)] = path
            else:
                refused.append(Finding(_name(path, root), why))
    return Found(dict(sorted(files.items())), sorted(refused))


def _allowed(root: Path) -> tuple[Path, ...]:
    """Return the folders into which links may lead."""
    if root.parent.name == _SNAPSHOTS:
        return root, root.parents[1] / "blobs", root.parents[2] / "blobs"  # of the dataset, and what datasets share
    return (root,)


def _refusal(entry: os.DirEntry[str], inside: tuple[Path, ...]) -> str | None:
    if not entry.is_symlink():
        return None if entry.is_file(follow_symlinks=False) else "is a device, pipe or socket"
    try:
        target = Path(entry.path).resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a circle of links, before Python 3.13
        return "is a link that leads nowhere"
    if not any(target.is_relative_to(folder) for folder in inside):
        return "is a link that leads out of the folder"
    return None if target.is_file() else "is a link to something other than a file"


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
