"""What happened to runs: ``events.jsonl``, one event a line, which only grows.

A line says that a run was added or rerun, withdrawn, or that somebody made some of its images again, and with what
result. It is bound to the digest of the run's two files, so that a status does not outlive a change of them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from leaderboard.lines import append_line, read_lines
from nlcl_bench.core.digest import sha256_file, sha256_lines
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.plain import plain
from nlcl_bench.data.record import Digest, Row, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from nlcl_bench.evaluation.intake import Refusal, Run

__all__ = [
    "FILE_NAME",
    "MOST_IMAGES",
    "SELF_REPORTED",
    "Event",
    "Happening",
    "Status",
    "append",
    "event_of",
    "files_digest",
    "read_events",
    "statuses",
]

FILE_NAME = "events.jsonl"
"""The file in the folder of runs."""

FILES = ("run.json", "scores.parquet")

MOST_IMAGES = 1000
"""As many as one event names."""

_MOST_BYTES = 20_000_000

Status = Literal[
    "self-reported", "reproduced (same stack)", "reproduced (other hardware)", "not reproduced", "withdrawn"
]
Happening = Literal[
    "added", "rerun", "withdrawn", "reproduced (same stack)", "reproduced (other hardware)", "not reproduced"
]
SELF_REPORTED: Status = "self-reported"


class Event(Row):
    """One line.

    Attributes:
        at: The day, ``YYYY-MM-DD``.
        event: What happened.
        run: Benchmark and label.
        run_id: What ran.
        files: Digest of the run's files, see :func:`files_digest`.
        why: In words; a withdrawal needs them.
        seed: With which the images were drawn that were made again.
        images: Those images.
        stack: Machine and versions on which they were.
    """

    at: date
    event: Happening
    run: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}/[a-z0-9][a-z0-9._-]{0,63}$")]
    run_id: Digest
    files: Digest
    why: Text = ""
    seed: Annotated[int, Field(ge=0)] | None = None
    images: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")], ...], Field(max_length=MOST_IMAGES)] = ()
    stack: Text = ""


def files_digest(folder: Path) -> str:
    """Return the digest of a run's two files: of the lines that ``sha256sum run.json scores.parquet`` prints."""
    return sha256_lines(f"{sha256_file(folder / name)}  {name}" for name in FILES)


def event_of(run: Run, what: Happening, day: date, *, why: str = "", **more: object) -> Event:
    """Return the event of something that happened to a run; words that are too long are cut.

    Args:
        run: The run, with the files that it has now.
        what: What happened.
        day: When.
        why: In words.
        more: Seed, images and stack of a verification.

    Raises:
        InputError: A withdrawal without a reason.
    """
    said = plain(why, 1000)
    if what == "withdrawn" and not said:
        raise InputError("a withdrawal needs a reason", where=run.shown, fix='say --why "..."')
    result = run.result
    value = {
        "at": day,
        "event": what,
        "run": f"{result.benchmark.name}/{result.label}",
        "run_id": result.run_id,
        "files": files_digest(run.folder),
        "why": said,
    }
    return Event.model_validate(value | more)


def append(event: Event, folder: Path) -> None:
    """Add a line; it is on the disk when this returns, and several may write at once.

    Raises:
        StorageError: It cannot be written.
    """
    append_line(event, folder / FILE_NAME)


def read_events(folder: Path) -> tuple[list[Event], list[Refusal]]:
    """Return the events of a folder of runs, in order, and the lines that are none; nothing if there is no file."""
    shown = plain(f"{folder.resolve().name}/{FILE_NAME}")
    return read_lines(folder / FILE_NAME, Event, shown=shown, what="event", most=_MOST_BYTES)


def statuses(runs: Sequence[Run], folders: Iterable[Path]) -> tuple[Mapping[str, tuple[Status, str]], list[Refusal]]:
    """Return the status of runs by their shown names, with the reason of a withdrawal or failure, and bad lines.

    A folder's events speak of the runs below it alone: nobody withdraws somebody else's run. The last word on a run's
    present files counts, but for this: who reproduced a run on the same stack is not overruled by one who did so on
    another. Runs of which nothing is said are self-reported, and may be left out.
    """
    said: dict[str, list[Event]] = {}
    refusals: list[Refusal] = []
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        events, refused = read_events(folder)
        refusals += refused
        by_files: dict[str, list[Event]] = {}
        for event in events:
            by_files.setdefault(event.files, []).append(event)
        for run in runs if events else ():
            if run.folder.resolve().is_relative_to(folder):
                said.setdefault(run.shown, []).extend(by_files.get(files_digest(run.folder), []))
    return {shown: _status(events) for shown, events in said.items()}, refusals


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
