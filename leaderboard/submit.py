"""Sending a run to a board: two files and a line of what happened, as a pull request or as a folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard import hub
from leaderboard.events import FILE_NAME, FILES, append, event_of, files_digest, read_events
from leaderboard.gates import gates
from leaderboard.verify import read_run_folder
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.files import copy_file, make_folder

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from nlcl_bench.evaluation.intake import Run

__all__ = ["Sent", "propose", "write_folder"]


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent.

    Attributes:
        where: The pull request's address, or the folder.
        again: Whether there was a run of this name before.
        gates: Why the row will be shown and not ranked; none if it will be ranked.
    """

    where: str
    again: bool
    gates: tuple[str, ...]


def propose(folder: Path, repo: str, *, day: date, why: str) -> Sent:
    """Open a pull request on a results repository that adds a run to its folder ``runs``; see :func:`write_folder`.

    Args:
        folder: The run folder.
        repo: ``ORG/NAME`` of a dataset repository.
        day: Today.
        why: Why the run is sent, in a sentence.

    Raises:
        RunError: A board would refuse the run.
        InputError: The repository holds exactly this run already.
        HubError: The Hub refused, or cannot be reached.
    """
    run = read_run_folder(folder)
    place = f"runs/{_place(run)}"
    there = hub.state(repo, "dataset")
    before = [hub.fetch(there, f"{place}/{name}") for name in FILES]
    if before == [(run.folder / name).read_bytes() for name in FILES]:
        raise InputError("the repository holds exactly this run already", where=f"{repo}/{place}", fix="nothing to do")
    again = before[0] is not None
    log = hub.fetch(there, f"runs/{FILE_NAME}") or b""
    event = event_of(run, "rerun" if again else "added", day, why=why)
    line = event.model_dump_json(exclude_defaults=True).encode() + b"\n"
    files: dict[str, Path | bytes] = {f"{place}/{name}": run.folder / name for name in FILES}
    files[f"runs/{FILE_NAME}"] = log + (b"" if not log or log.endswith(b"\n") else b"\n") + line
    title = f"{'Rerun' if again else 'Add'} {run.result.label} on {run.result.benchmark.name}"
    return Sent(hub.propose(there, title, why, files), again, _gates(run))


def write_folder(folder: Path, runs: Path, *, day: date, why: str) -> Sent:
    """Put a run into a folder of runs: ``BENCHMARK/LABEL/`` with both files, and a line in ``events.jsonl``.

    The line comes last. Where a kill left files of which nothing is told, the same call tells it.

    Raises:
        RunError: A board would refuse the run.
        InputError: The folder holds exactly this run already.
        StorageError: It cannot be written.
    """
    run = read_run_folder(folder)
    place = runs / _place(run)
    digest = files_digest(run.folder)
    told = {event.files for event in read_events(runs)[0] if event.run == _place(run)}
    whole = all((place / name).is_file() for name in FILES)
    same = whole and files_digest(place) == digest
    if same and digest in told:
        raise InputError("holds exactly this run already", where=place, fix="nothing to do")
    if not same:
        make_folder(place)
        for name in FILES:
            copy_file(run.folder / name, place / name)
    again = bool(told) or (whole and not same)
    append(event_of(run, "rerun" if again else "added", day, why=why), runs)
    return Sent(str(place), again, _gates(run))


def _place(run: Run) -> str:
    return f"{run.result.benchmark.name}/{run.result.label}"


def _gates(run: Run) -> tuple[str, ...]:
    return tuple(gate.reason for gate in gates(run))
