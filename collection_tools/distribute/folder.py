"""The folder where an executor keeps its logs and notes, while it is at work."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError
from nlcl_bench.core.files import locked, make_folder, writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["note_jobs", "working"]

_JOBS = "jobs"


@contextmanager
def working(folder: Path) -> Iterator[Path]:
    """Yield the folder, resolved and empty: what an earlier run noted there must not count as done in this one.

    Raises:
        InputError: Slurm is still at work for it.
        StorageError: It cannot be written, or another run is at work there.
    """
    folder = make_folder(folder).resolve()
    with locked(folder):
        _refuse_under_way(folder)
        for path in sorted(folder.iterdir()):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != ".lock":
                path.unlink()
        yield folder


def note_jobs(folder: Path, jobs: Sequence[str]) -> None:
    """Keep the numbers of the jobs that Slurm was given.

    Raises:
        StorageError: They cannot be written.
    """
    with writing(folder / _JOBS) as part:
        part.write_text(",".join(jobs), encoding="ascii")


def _refuse_under_way(folder: Path) -> None:
    """Ask Slurm, where it is here, about the jobs it was given; of jobs that ended long ago it knows nothing."""
    path, squeue = folder / _JOBS, shutil.which("squeue")
    if squeue is None or not path.exists():
        return
    jobs = path.read_text(encoding="ascii")
    known = subprocess.run(  # noqa: S603 (a list of words, the numbers are Slurm's own)
        [squeue, "--noheader", "--jobs", jobs], capture_output=True, check=False
    )
    if known.stdout.strip():
        raise InputError(
            f"Slurm is at work here: jobs {jobs}", where=folder.parent, fix=f"wait for them, or: scancel {jobs}"
        )
