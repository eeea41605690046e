"""Which files a folder, an archive, a video or a list holds, in an order that does not depend on the file system.

Nothing outside the folder is read: links that lead out of it, links to folders, devices and pipes are named
with the reason why they are left alone. Hidden files, ``sources.toml`` and the store itself are passed over.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from collection_tools.collect.archives import is_archive, unpacked
from collection_tools.collect.found import Found
from collection_tools.collect.lists import is_list, listed
from collection_tools.collect.sources import SOURCES_FILE
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.files import existing_folder
from nlcl_bench.core.video.source import is_video

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Films = Callable[[Path, Path], Iterator[Found]]

__all__ = ["files_in", "given_folder", "given_source", "walk"]


def given_folder(path: Path) -> Path:
    """Return a folder or an archive that was given, resolved.

    Raises:
        InputError: It is neither.
    """
    if is_archive(path.name) and path.is_file():
        return path.resolve()
    if is_list(path.name) and path.is_file():
        raise InputError("is a list, not a folder", where=path, fix="a list names rain-free twins in its column clean")
    return existing_folder(path).resolve()


def given_source(path: Path) -> Path:
    """Return a folder, an archive, a video or a list that was given, resolved.

    Raises:
        InputError: It is none of them.
    """
    if path.is_file() and not is_archive(path.name):
        if is_list(path.name) or is_video(path.name):
            return path.resolve()
        raise InputError(
            "is neither folder, archive, video nor list",
            where=path,
            fix="give the folder that holds it, a .zip or .tar archive, a video, or a .csv or .parquet list",
        )
    return given_folder(path)


def walk(root: Path, *, store: Path, films: Films | None = None) -> Iterator[Found]:
    """Yield every file below a folder, sorted by name, folder by folder, archives and videos among them like folders.

    Args:
        root: The folder, archive, video or list, resolved.
        store: A folder to pass over, resolved: the store may lie among the photographs.
        films: Gives the frames of a video; without it a video is a file like others.

    Raises:
        InputError: A list is not valid.
    """
    if is_list(root.name) and root.is_file():
        yield from listed(root)
        return
    ahead: list[Found | Path] = [Found(root, root) if root.is_file() else root]
    while ahead:
        entry = ahead.pop()
        if isinstance(entry, Path):
            if entry != store:
                ahead.extend(reversed(_entries(entry, root)))
        elif entry.refusal is None and is_archive(entry.path.name):
            yield from unpacked(entry.path, root)
        elif films is not None and entry.refusal is None and is_video(entry.path.name):
            yield from films(entry.path, root)
        else:
            yield entry


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
