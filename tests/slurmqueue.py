"""The Slurm that is on this machine, for tests that give it jobs; they are skipped where there is none."""

from __future__ import annotations

import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture
def partition() -> str:
    """Return the first partition of the Slurm that is here, or skip."""
    if shutil.which("sbatch") is None:
        pytest.skip("there is no Slurm: sbatch is not on PATH")
    answer = subprocess.run(
        ["sinfo", "--noheader", "--format=%R"], capture_output=True, text=True, check=False, timeout=60
    )
    if answer.returncode or not answer.stdout.strip():
        pytest.skip("no controller of Slurm answers sinfo")
    return answer.stdout.split()[0]


def wait_for(jobs: Sequence[str], seconds: float = 120) -> None:
    """Wait until jobs have ended."""
    deadline = time.monotonic() + seconds
    asking = ["squeue", "--noheader", "--jobs", ",".join(jobs)]
    while subprocess.run(asking, capture_output=True, check=False).stdout.strip():
        assert time.monotonic() < deadline
        time.sleep(1)
