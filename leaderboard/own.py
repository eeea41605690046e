"""The project's own board: every method that ships, on a benchmark that everybody can rebuild, or on any release.

What is kept of a run are the two files that a board is made of, in ``runs/<benchmark>/<method>/``; they are part of the
repository and reviewed like code. Everything else (photographs, outputs, seconds) is made again when it is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard.events import FILES, files_digest, read_events
from leaderboard.submit import write_folder
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import RunError
from nlcl_bench.core.progress import silent
from nlcl_bench.data.loading import open_benchmark
from nlcl_bench.data.packaged import packaged_benchmark
from nlcl_bench.evaluation.evaluate import evaluate
from nlcl_bench.evaluation.inputs import method_weights
from nlcl_bench.evaluation.plan import Request
from nlcl_bench.evaluation.run import read_run
from nlcl_bench.evaluation.selection import select
from nlcl_bench.methods.catalogue import METHODS
from nlcl_bench.metrics.catalogue import METRICS as CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from nlcl_bench.core.progress import Track
    from nlcl_bench.evaluation.run import RunResult
    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["METRICS", "Made", "own", "shipped"]

METRICS = (
    "residual_rain",
    "rain_probability",
    "content_kept",
    "colour_shift",
    "niqe",
    "brisque",
    "piqe",
    "psnr",
    "psnr_y",
    "ssim",
)
"""What the board shows: quick ones alone."""

COMMAND = "nlcl-bench leaderboard own"


@dataclass(frozen=True, slots=True)
class Made:
    """One run.

    Attributes:
        result: What it says.
        place: Where its two files are kept.
        changed: Whether they differ from what was kept before, or nothing told of them.
    """

    result: RunResult
    place: Path
    changed: bool


def shipped() -> list[MethodSpec]:
    """Return the methods that need nothing but the package, by name; ``dir:`` and its like are none."""
    found = [METHODS.get(name) for name in METHODS.names()]
    return [spec for spec in found if _is_here(spec)]


def _is_here(spec: MethodSpec) -> bool:
    if spec.weights is None:
        return not spec.takes_weights
    return spec.weights.source.startswith("package://")


def own(
    into: Path,
    runs: Path,
    methods: Sequence[str] = (),
    *,
    data: str | None = None,
    day: date,
    jobs: int = 0,
    track: Track = silent,
) -> Iterator[Made]:
    """Render the benchmark, evaluate methods on it, and keep what a board is made of; yields each run when it is done.

    What is complete is not computed again. A run that says what was kept before, of the same scores, leaves the kept
    files alone, whatever machine it was made on.

    Args:
        into: Where photographs, outputs and run folders go.
        runs: The folder of runs that the board is made of.
        methods: Only these; all that ship by default.
        data: Another release; the rendered benchmark by default.
        day: Today, for ``events.jsonl``.
        jobs: Worker processes; 0 for as many as pay.
        track: Shows progress.

    Raises:
        UnknownNameError: There is no method of a name.
        ArtifactError: A metric's parameter file is not here and cannot be fetched, or a method ships no weights.
        RunError: A run failed as a whole, or is none that a board would take.
        StorageError: Something cannot be written.
    """
    specs = [METHODS.get(name) for name in methods] or shipped()
    benchmark, folder = open_benchmark(data or packaged_benchmark(into, track))
    paired = benchmark.config == "paired"
    metrics = [name for name in METRICS if paired or CATALOGUE.get(name).reference != "clean"]
    selection = select(metrics, paired=paired)
    for spec in specs:
        request = Request(
            benchmark=benchmark,
            folder=folder,
            method=spec,
            weights=method_weights(spec, None),
            selection=selection,
            into=into / "runs",
            jobs=jobs,
            command=COMMAND,
        )
        result, place = evaluate(request, track)
        kept = runs / benchmark.name / result.label
        changed = not (_equal(result, place, kept) and _told(kept, runs))
        if changed:
            write_folder(place, runs, day=day, why=COMMAND)
        yield Made(result, kept, changed)


def _equal(result: RunResult, place: Path, kept: Path) -> bool:
    """Whether the run that was kept says the same, but for its machine, and has the same scores."""
    if not all((kept / name).is_file() for name in FILES):
        return False
    try:
        before = read_run(kept)
    except RunError:  # of another version of the schema, or damaged: it is to be kept anew
        return False
    same = before.model_copy(update={"environment": result.environment}) == result
    return same and sha256_file(kept / "scores.parquet") == sha256_file(place / "scores.parquet")


def _told(kept: Path, runs: Path) -> bool:
    """Whether ``events.jsonl`` knows the run as it is kept."""
    digest = files_digest(kept)
    return any(event.files == digest for event in read_events(runs)[0])
