"""The folder where an executor keeps its logs and notes, while it is at work."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError
from nlcl_bench.core.files import locked, make_folder, writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["note_jobs", "refuse_under_way", "working"]

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
        refuse_under_way(folder)
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


def refuse_under_way(folder: Path) -> None:
    """Make sure that none of the jobs that were submitted from this folder is waiting or running, but this one.

    Slurm is asked, where it is here; of jobs that ended long ago it knows nothing.

    Raises:
        InputError: One of them is.
    """
    path, squeue = folder / _JOBS, shutil.which("squeue")
    if squeue is None or not path.exists():
        return
    jobs = path.read_text(encoding="ascii")
    if os.environ.get("SLURM_ARRAY_JOB_ID") in jobs.split(","):
        return
    known = subprocess.run(  # noqa: S603 (a list of words, the numbers are Slurm's own)
        [squeue, "--noheader", "--jobs", jobs], capture_output=True, check=False
    )
    if known.stdout.strip():
        raise InputError(f"Slurm is at work here: jobs {jobs}", where=folder, fix=f"wait for them, or: scancel {jobs}")
