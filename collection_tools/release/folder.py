"""The release folder: what may lie in it, and the checksums that close it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from collection_tools.release import croissant, samples, task, versions
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.files import writing
from nlcl_bench.data.benchmark import FILE_NAME
from nlcl_bench.data.checksums import CHECKSUMS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["CARD", "TERMS", "refuse_foreign", "remove_stale", "write_text"]

CARD, TERMS = "README.md", "LICENSE.md"

_BESIDE = {
    CARD,
    TERMS,
    CHECKSUMS,
    FILE_NAME,
    croissant.FILE_NAME,
    samples.FILE_NAME,
    task.FILE_NAME,
    versions.FILE_NAME,
}
_SHARD = re.compile(r"(rainy|clean|paired)/(train|validation|test)-\d{5}-of-\d{5}\.parquet")
_UNFINISHED = re.compile(r"(^|/)\.([^/]+)\.part$")


def refuse_foreign(folder: Path) -> None:
    """Make sure that a folder holds nothing but an earlier release, whole or unfinished.

    Raises:
        InputError: It holds something else, which a release must not touch.
    """
    names = sorted(_names(folder))
    # a README alone is somebody's project: a release writes its benchmark before it
    ours = FILE_NAME in names
    for name in names:
        finished = _UNFINISHED.sub(r"\1\2", name)
        if not (_SHARD.fullmatch(finished) or (finished in _BESIDE and (ours or finished == FILE_NAME))):
            raise InputError(
                f"holds a file that is no part of a release: {name!r}", where=folder, fix="release into a new folder"
            )


def remove_stale(folder: Path, wanted: Iterable[str]) -> None:
    """Remove what an earlier release left and this one does not have."""
    for name in set(_names(folder)) - set(wanted):
        (folder / name).unlink()
    for path in folder.iterdir():
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _names(folder: Path) -> list[str]:
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.name != ".lock" and (path.is_symlink() or not path.is_dir())
    ]


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all.

    Raises:
        StorageError: It cannot be written.
    """
    with writing(path) as part:
        part.write_text(text, encoding="utf-8")
