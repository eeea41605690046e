"""Writing files so that a kill at any moment leaves either the old file or the new one.

The temporary name is derived from the final one, so the same command run again overwrites what a kill left
behind and nothing is ever left over.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["copy_file", "existing_folder", "locked", "make_folder", "write_texts", "writing"]


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes ``path``, synced and renamed, when the block ends well.

    Raises:
        StorageError: The disk is full, the folder is read-only or gone.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror or error}",
            where=path,
            fix="make room or choose another folder, then run the same command again",
        ) from error


def write_texts(texts: Mapping[str, str], folder: Path) -> None:
    """Write texts, by the names of their files, into a folder that exists; equal texts give equal bytes everywhere.

    Raises:
        StorageError: One cannot be written.
    """
    for name, text in texts.items():
        with writing(folder / name) as part:
            part.write_text(text, encoding="utf-8", newline="\n")


def copy_file(source: Path, path: Path) -> None:
    """Copy a file, whole or not at all.

    Raises:
        StorageError: It cannot be read or written.
    """
    with writing(path) as part:
        shutil.copyfile(source, part, follow_symlinks=False)


def make_folder(path: Path) -> Path:
    """Create a folder and its parents, and return it.

    Raises:
        StorageError: It cannot be created or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"folder cannot be made: {error.strerror or error}", where=path, fix="choose another folder"
        ) from error
    if not os.access(path, os.W_OK):
        raise StorageError("folder is read-only", where=path, fix="choose another folder")
    return path


def existing_folder(path: Path) -> Path:
    """Return ``path`` if it is a folder.

    Raises:
        InputError: It does not exist or is no folder.
    """
    if not path.exists():
        raise InputError("no such folder", where=path, fix="check the spelling")
    if not path.is_dir():
        raise InputError("is a file, not a folder", where=path, fix="give the folder that holds it")
    return path


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold a folder for one writer at a time; the lock ends with the process, however it ends.

    Args:
        folder: The folder, which exists.
        wait: Whether to wait for another writer, who is known to need it for a moment only.

    Raises:
        StorageError: Another process is writing there.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".lock")
    try:
        with lock.acquire(timeout=-1 if wait else 0):
            yield
    except Timeout as error:
        raise StorageError(
            "another nlcl-bench is writing here", where=folder, fix="wait for it to end, then run again"
        ) from error
