"""What people decided about photographs: an append-only list in the store, one JSON object a line.

::

    STORE/decisions.jsonl

A later line about a photograph is laid over the earlier ones, field by field; nothing is ever rewritten, and a line
that a crash cut short is ignored: the beginning of a JSON object is never one itself. Undoing appends, too: it says
which line is not to count.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationError

from nlcl_bench.core.errors import ManifestError, StorageError
from nlcl_bench.data.record import Box, Digest, Row, Text, first_problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from io import FileIO
    from pathlib import Path

__all__ = [
    "FILE_NAME",
    "Decision",
    "append_decision",
    "laid_over",
    "read_decisions",
    "read_lines",
    "standing",
    "undone",
]

FILE_NAME = "decisions.jsonl"

Tag = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


class Decision(Row):
    """What a person said of one photograph; what is None is not said.

    Attributes:
        sha256: The photograph in the store; None in a line that only undoes another.
        verdict: Whether it may be published. ``accept`` stands against what a check of its looks says, never against
            damage, a withdrawal, a copy or missing rights; ``open`` takes an earlier verdict back.
        tags: Kinds of rain, in place of what was measured.
        boxes: All that is to be blurred, in place of what was detected; no boxes: nothing is private.
        reason: Why this verdict; a later verdict without a reason has none.
        undoes: Number of the line that does not count, the first being 1.
    """

    sha256: Digest | None = None
    verdict: Literal["accept", "reject", "open"] | None = None
    tags: Annotated[tuple[Tag, ...], Field(max_length=16)] | None = None
    boxes: Annotated[tuple[Box, ...], Field(max_length=256)] | None = None
    reason: Text | None = None
    undoes: Annotated[int, Field(ge=1)] | None = None


def append_decision(store: Path, decision: Decision) -> int:
    """Write a decision behind the others, on the disk when this returns; return the number of its line.

    One process at a time may append. What could not be written whole is taken away again: it never counts.

    Raises:
        StorageError: The disk is full or read-only.
    """
    path = store / FILE_NAME
    try:
        with path.open("ab+", buffering=0) as file:
            file.seek(0)
            written = file.readall()
            line = decision.model_dump_json(exclude_none=True).encode() + b"\n"
            whole = line if not written or written.endswith(b"\n") else b"\n" + line  # behind a line cut short
            try:
                _write_all(file, whole)
                os.fsync(file.fileno())
            except OSError:
                file.truncate(len(written))
                raise
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror or error}", where=path, fix="make room, then decide again"
        ) from error
    return (written + whole).count(b"\n")


def _write_all(file: FileIO, data: bytes) -> None:
    while data:
        data = data[file.write(data) :]


def read_lines(store: Path) -> list[Decision | None]:
    """Return every line in order; None for one that a crash cut short.

    Raises:
        ManifestError: The list cannot be read, or a whole line is not valid.
    """
    path = store / FILE_NAME
    try:
        lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
    except OSError as error:
        raise ManifestError(f"cannot be read: {error.strerror}", where=path, fix="check its permissions") from error
    if not lines[-1]:
        lines.pop()  # what stands behind the last line's end
    return [_line(line, number, path) for number, line in enumerate(lines, 1)]


def _line(line: bytes, number: int, path: Path) -> Decision | None:
    try:
        return Decision.model_validate_json(line)
    except ValidationError as error:
        if _is_cut_short(error):
            return None
        raise ManifestError(
            f"line {number} is not valid: {first_problem(error)}", where=path, fix="correct or remove it"
        ) from error


def _is_cut_short(error: ValidationError) -> bool:
    first = error.errors(include_url=False, include_input=False)[0]
    return first["type"] == "json_invalid" and str(first["ctx"]["error"]).startswith("EOF")


def read_decisions(store: Path) -> dict[str, Decision]:
    """Return what holds for each photograph that somebody decided about, by the digest of its file.

    Raises:
        ManifestError: The list is damaged.
    """
    return standing(read_lines(store))


def standing(lines: Sequence[Decision | None]) -> dict[str, Decision]:
    """Lay the lines over one another; an undoing line can be undone itself.

    >>> digest = "0" * 64
    >>> lines = [Decision(sha256=digest, verdict="reject"), Decision(undoes=1)]
    >>> standing(lines[:1])[digest].verdict, standing(lines)
    ('reject', {})
    """
    taken_back = undone(lines)
    holds: dict[str, Decision] = {}
    for number, line in enumerate(lines, 1):
        if line is None or line.sha256 is None or number in taken_back:
            continue
        holds[line.sha256] = laid_over(holds.get(line.sha256), line)
    return holds


def undone(lines: Sequence[Decision | None]) -> set[int]:
    """Return the numbers of the lines that do not count because a later line takes them back.

    >>> sorted(undone([Decision(sha256="0" * 64, verdict="reject"), Decision(undoes=1), Decision(undoes=2)]))
    [2]
    """
    taken_back: set[int] = set()
    for number, line in reversed(list(enumerate(lines, 1))):
        if line is not None and line.undoes is not None and line.undoes < number and number not in taken_back:
            taken_back.add(line.undoes)
    return taken_back


def laid_over(before: Decision | None, line: Decision) -> Decision:
    """Return what holds for a photograph after one more line about it.

    >>> blurred = Decision(sha256="0" * 64, verdict="reject", reason="blurred")
    >>> then = laid_over(blurred, Decision(sha256="0" * 64, verdict="accept", tags=("streak",)))
    >>> then.verdict, then.reason, then.tags
    ('accept', None, ('streak',))
    """
    if before is None:
        return line
    said = {name: value for name, value in line if value is not None}
    if line.verdict is not None:
        said["reason"] = line.reason
    return before.model_copy(update=said)
