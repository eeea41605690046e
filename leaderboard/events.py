"""What happened to runs: ``events.jsonl``, one event a line, which only grows.

A line says that a run was added or rerun, withdrawn, or that somebody made some of its images again, and with what
result. It is bound to the digest of the run's two files, so that a status does not outlive a change of them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationError

from nlcl_bench.core.digest import sha256_file, sha256_lines
from nlcl_bench.core.errors import ManifestError, StorageError
from nlcl_bench.core.files import locked, make_folder
from nlcl_bench.data.record import Digest, Row, Text, first_problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nlcl_bench.evaluation.intake import Run

__all__ = ["FILE_NAME", "SELF_REPORTED", "Event", "Status", "append", "files_digest", "read_events", "statuses"]

FILE_NAME = "events.jsonl"
"""The file in the folder of runs."""

FILES = ("run.json", "scores.parquet")

_MOST_BYTES = 20_000_000

Status = Literal[
    "self-reported", "reproduced (same stack)", "reproduced (other hardware)", "not reproduced", "withdrawn"
]
SELF_REPORTED: Status = "self-reported"


class Event(Row):
    """One line.

    Attributes:
        at: The day.
        event: What happened.
        run: Benchmark and label.
        run_id: What ran.
        files: Digest of the run's files, see :func:`files_digest`.
        why: In words; a withdrawal needs them.
        seed: With which the images were drawn that were made again.
        images: Those images.
        stack: Machine and versions on which they were.
    """

    at: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    event: Literal[
        "added", "rerun", "withdrawn", "reproduced (same stack)", "reproduced (other hardware)", "not reproduced"
    ]
    run: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}/[a-z0-9][a-z0-9._-]{0,63}$")]
    run_id: Digest
    files: Digest
    why: Text = ""
    seed: Annotated[int, Field(ge=0)] | None = None
    images: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")], ...], Field(max_length=1000)] = ()
    stack: Text = ""


def files_digest(folder: Path) -> str:
    """Return the digest of a run's two files: of the lines that ``sha256sum run.json scores.parquet`` prints."""
    return sha256_lines(f"{sha256_file(folder / name)}  {name}" for name in FILES)


def append(event: Event, folder: Path) -> None:
    """Add a line; it is on the disk when this returns, and several may write at once.

    Raises:
        StorageError: It cannot be written.
    """
    with locked(make_folder(folder), wait=True):
        path = folder / FILE_NAME
        try:
            with path.open("ab+") as file:
                if file.tell() and not _ends_line(path):
                    file.write(b"\n")  # what a crash left of a line stays a line of its own
                file.write((event.model_dump_json(exclude_defaults=True) + "\n").encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(
                f"cannot be written: {error.strerror or error}", where=path, fix="make room or change its permissions"
            ) from error


def _ends_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


def read_events(folder: Path) -> list[Event]:
    """Return the events of a folder of runs, in order; none if there is no file.

    Raises:
        ManifestError: A line is none, or the file is a link or too large.
    """
    path = folder / FILE_NAME
    if not path.exists() and not path.is_symlink():
        return []
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST_BYTES:
        raise ManifestError("is a link, no plain file or too large", where=path, fix="take the project's own file")
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            found.append(Event.model_validate_json(line))
        except ValidationError as error:
            raise ManifestError(
                f"line {number} is no event: {first_problem(error)}", where=path, fix="correct or remove the line"
            ) from error
    return found


def statuses(runs: Sequence[Run], events: Sequence[Event]) -> Mapping[str, tuple[Status, str]]:
    """Return the status of runs by their shown names, and for those withdrawn or not reproduced the reason.

    The last word on a run's present files counts, but for this: who reproduced a run on the same stack is not overruled
    by one who did so on another. Runs of which nothing is said are self-reported.
    """
    by_files: dict[str, list[Event]] = {}
    for event in events:
        by_files.setdefault(event.files, []).append(event)
    return {run.shown: _status(by_files.get(files_digest(run.folder), [])) for run in runs} if events else {}


def _status(events: Sequence[Event]) -> tuple[Status, str]:
    status: Status = SELF_REPORTED
    why = ""
    for event in events:
        match event.event:
            case "added" | "rerun":
                pass
            case "reproduced (other hardware)" if status == "reproduced (same stack)":
                pass
            case said:
                status, why = said, event.why
    return status, why
