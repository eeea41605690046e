"""Finding and reading run folders that strangers wrote: refused with a reason, or read into arrays.

A run folder is a folder that holds ``run.json``. One that cannot be trusted becomes a :class:`Refusal`, a value
with one line of reason; the others go on. What can only be seen by laying runs side by side is in
:mod:`leaderboard.agreement`.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from nlcl_bench.core.errors import NLCLBenchError, RunError
from nlcl_bench.core.files import existing_folder
from nlcl_bench.core.plain import plain
from nlcl_bench.core.progress import silent
from nlcl_bench.evaluation.pages import check_pages
from nlcl_bench.evaluation.run import read_run, run_id
from nlcl_bench.evaluation.score_table import read_score_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from nlcl_bench.core.progress import Track
    from nlcl_bench.evaluation.run import RunResult

__all__ = ["Found", "Refusal", "Run", "find", "read", "read_all"]

_MAX_RUN_BYTES = 5_000_000
_MAX_SCORE_BYTES = 200_000_000
_MAX_ROWS = 1_000_000
_MAX_METRICS = 64
_BRANCHES = frozenset({"main", "master", "head", "latest"})


@dataclass(frozen=True, slots=True)
class Found:
    """A run folder, and the name by which it is spoken of: its path from the folder that was searched."""

    shown: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Refusal:
    """A run folder that is not on the board, and why."""

    where: str
    why: str
    fix: str

    def __str__(self) -> str:
        """Return the one line that a reader sees."""
        return f"{self.where}: {self.why} ({self.fix})"


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A run that was read and checked by itself.

    Attributes:
        shown: The folder's name for messages.
        folder: Where it lies.
        result: What ran.
        images: Ids of the images with a row of scores, in order.
        scenes: The scene of each image.
        inputs: The digest of each image's rainy file.
        outputs: The digest of each image's output.
        scores: float64 ``(images, metrics)``, in the order of ``result.metrics``; NaN where there is no score.
    """

    shown: str
    folder: Path
    result: RunResult
    images: tuple[str, ...]
    scenes: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    scores: npt.NDArray[np.float64]

    def column(self, metric: str) -> npt.NDArray[np.float64] | None:
        """Return the scores of a metric, one per image, or None if the run lacks it."""
        ids = [entry.id for entry in self.result.metrics]
        return self.scores[:, ids.index(metric)] if metric in ids else None


def find(roots: Iterable[Path]) -> list[Found]:
    """Return the run folders below some folders, in order; links are not followed, no folder comes twice.

    A folder that may not be listed is returned too, for it may be one: reading it gives the reason.

    Raises:
        InputError: A root does not exist or is no folder.
    """
    names: dict[Path, str] = {}
    for root in roots:
        top = existing_folder(root).resolve()
        for folder in _candidates(top):
            shown = plain(str(Path(top.name) / folder.relative_to(top)))
            names[folder] = min(shown, names.get(folder, shown))
    return [Found(shown, folder) for shown, folder in sorted((shown, folder) for folder, shown in names.items())]


def _candidates(top: Path) -> list[Path]:
    closed: list[OSError] = []
    found = [Path(here) for here, _, files in os.walk(top, onerror=closed.append) if "run.json" in files]
    return found + [Path(error.filename) for error in closed]


def read_all(roots: Iterable[Path], *, track: Track = silent) -> tuple[list[Run], list[Refusal]]:
    """Read every run folder below some folders; see :func:`read`.

    Raises:
        InputError: A root does not exist or is no folder.
    """
    found = find(roots)
    outcomes = [read(one) for one in track(found, what="reading runs", total=len(found))]
    return [one for one in outcomes if isinstance(one, Run)], [one for one in outcomes if isinstance(one, Refusal)]


def read(found: Found) -> Run | Refusal:
    """Read and check one run folder by itself."""
    try:
        _check_file(found.folder / "run.json", _MAX_RUN_BYTES)
        result = read_run(found.folder)
        _check_result(result)
        if not result.complete and not (found.folder / "scores.parquet").exists():
            return Refusal(found.shown, "its evaluation has not ended", "run the same evaluate command again")
        most = min(len(result.metrics) * result.benchmark.images, _MAX_ROWS)
        _check_parquet(found.folder / "scores.parquet", most)
        table = read_score_table(found.folder / "scores.parquet", result.metrics, most)
        run = Run(
            found.shown, found.folder, result, table.images, table.scenes, table.inputs, table.outputs, table.scores
        )
        _check_count(run)
        _check_identity(run)
    except NLCLBenchError as error:
        return Refusal(found.shown, plain(error.what), plain(error.fix or "evaluate again"))
    return run


def _refuse(why: str, fix: str = "evaluate again with nlcl-bench, and do not edit the files") -> RunError:
    return RunError(why, fix=fix)


def _check_file(path: Path, limit: int) -> None:
    """Refuse what is no plain file of sensible size, before a byte of it is read."""
    try:
        state = path.lstat()
    except OSError as error:
        raise _refuse(f"{path.name} cannot be read: {error.strerror}", "send the whole run folder") from error
    if not stat.S_ISREG(state.st_mode):
        raise _refuse(f"{path.name} is a link or no plain file", "put the file itself into the folder")
    if state.st_size > limit:
        raise _refuse(f"{path.name} has {state.st_size:,} bytes, more than {limit:,}")
    if not os.access(path, os.R_OK):
        raise _refuse(f"{path.name} may not be read", "change its permissions")


def _check_result(result: RunResult) -> None:
    ids = [metric.id for metric in result.metrics]
    if not ids:
        raise _refuse("run.json lists no metric", "evaluate with at least one metric")
    if len(ids) > _MAX_METRICS or len(set(ids)) < len(ids):
        raise _refuse(f"run.json lists a metric twice, or more than {_MAX_METRICS}")
    if result.benchmark.revision.lower() in _BRANCHES:
        raise _refuse(
            f"is on the revision {result.benchmark.revision}, which moves",
            "evaluate on a tag or a commit of the benchmark",
        )
    whole = result.benchmark.first_of
    if whole is not None and whole <= result.benchmark.images:
        raise _refuse(f"says that its {result.benchmark.images} images are the first of {whole}")
    for metric in result.metrics:
        low, high = metric.bounds
        if not low < high:  # false for NaN too
            raise _refuse(f"bounds of metric {metric.name} are not in order")
    if run_id(result.benchmark, result.method, result.protocol, result.metrics) != result.run_id:
        raise _refuse("run_id does not fit the entries of run.json: something was edited")


def _check_parquet(path: Path, most: int) -> None:
    """Refuse a table with too many rows, or one that would unpack to too many bytes, before anything is unpacked."""
    _check_file(path, _MAX_SCORE_BYTES)
    try:
        footer = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        raise _refuse("scores.parquet is no Parquet file, or is cut off", "copy it again, or evaluate again") from error
    if footer.num_rows > most:
        raise _refuse(f"scores.parquet has {footer.num_rows:,} rows where at most {most:,} can be")
    check_pages(path, footer, _MAX_SCORE_BYTES)


def _check_count(run: Run) -> None:
    result = run.result
    known = len(result.failed_images.union(run.images))
    if known > result.benchmark.images:
        raise _refuse(f"holds {known} images, but the benchmark has {result.benchmark.images}")
    scored = np.isfinite(run.scores).sum(axis=0)
    for metric, there in zip(result.metrics, scored, strict=True):
        lacking = result.benchmark.images - int(there)
        if result.complete and lacking:
            raise _refuse(
                f"says that it is complete, but {lacking} of {result.benchmark.images} images lack {metric.id}"
            )


def _check_identity(run: Run) -> None:
    """Doing nothing is what all changes are measured against: it must have changed nothing."""
    if run.result.method.name != "identity":
        return
    for place, metric in enumerate(run.result.metrics):
        if metric.role == "guard" and metric.name == "change" and (run.scores[:, place] > 0).any():
            raise _refuse("is called identity, but changes the photographs", "give the method another name")
