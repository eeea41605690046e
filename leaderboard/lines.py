"""Files of one value a line, which only grow: several write at once, and strangers' lines are refused one by one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from nlcl_bench.core.errors import StorageError
from nlcl_bench.core.files import locked, make_folder
from nlcl_bench.core.plain import plain
from nlcl_bench.data.record import first_problem
from nlcl_bench.evaluation.intake import Refusal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["append_line", "read_lines"]

M = TypeVar("M", bound=BaseModel)

_MOST_LINES = 1_000_000
_MOST_REFUSED = 10  # lines that are named one by one


def append_line(value: BaseModel, path: Path) -> None:
    """Add a line; it is on the disk when this returns.

    Raises:
        StorageError: It cannot be written, or lies behind a link.
    """
    with locked(make_folder(path.parent), wait=True):
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise StorageError("is a link or no plain file", where=path, fix="put the file itself there")
        try:
            with path.open("ab+") as file:
                if file.tell():
                    file.seek(-1, os.SEEK_END)
                    if file.read() != b"\n":
                        file.write(b"\n")  # what a crash left of a line stays a line of its own
                file.write((value.model_dump_json(exclude_defaults=True) + "\n").encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(
                f"cannot be written: {error.strerror or error}", where=path, fix="make room or change its permissions"
            ) from error


def read_lines(path: Path, model: type[M], *, shown: str, what: str, most: int) -> tuple[list[M], list[Refusal]]:
    """Return the values of a file, in order, and the lines that are none: the first ten by number, the rest counted.

    Args:
        path: The file; one that is not there holds nothing.
        model: What a line is.
        shown: The file's name for messages.
        what: What a line is, in a word.
        most: Bytes of a file that is read.
    """
    if not path.exists() and not path.is_symlink():
        return [], []
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > most:
            why = f"is a link, no plain file, or has more than {most:,} bytes: nothing in it counts"
            return [], [Refusal(shown, why, "give the file itself")]
        lines = path.read_bytes().splitlines()
    except OSError as error:
        return [], [Refusal(shown, f"cannot be read: {error.strerror}", "change its permissions")]
    found: list[M] = []
    refused: list[Refusal] = []
    bad = 0
    for number, line in enumerate(lines[:_MOST_LINES], start=1):
        try:
            found.append(model.model_validate_json(line))
        except ValidationError as error:
            bad += 1
            if bad <= _MOST_REFUSED:
                why = f"is no {what}: {plain(first_problem(error), 120)}"
                refused.append(Refusal(f"{shown} line {number}", why, "correct or remove the line"))
    if bad > _MOST_REFUSED:
        refused.append(Refusal(shown, f"{bad - _MOST_REFUSED:,} more lines are no {what}s", "see the first ones"))
    if len(lines) > _MOST_LINES:
        why = f"{len(lines) - _MOST_LINES:,} lines after the first {_MOST_LINES:,} were not read"
        refused.append(Refusal(shown, why, "give fewer"))
    return found, refused
