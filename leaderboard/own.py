"""The project's own board: every method that ships, on a benchmark that everybody can rebuild.

What is kept of a run are the two files that a board is made of, in ``runs/<benchmark>/<method>/``; they are part of the
repository and reviewed like code. Everything else (photographs, outputs, seconds) is made again when it is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.files import copy_file, make_folder
from nlcl_bench.core.progress import silent
from nlcl_bench.data.loading import open_benchmark
from nlcl_bench.data.packaged import packaged_benchmark
from nlcl_bench.evaluation.evaluate import evaluate
from nlcl_bench.evaluation.inputs import method_weights
from nlcl_bench.evaluation.plan import Request
from nlcl_bench.evaluation.selection import select
from nlcl_bench.methods.catalogue import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nlcl_bench.core.progress import Track
    from nlcl_bench.evaluation.run import RunResult
    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["FILES", "METRICS", "Made", "own", "shipped"]

FILES = ("run.json", "scores.parquet")
"""What is kept of a run."""

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
    """One run: what it says, and where its two files were put."""

    result: RunResult
    place: Path


def shipped() -> list[MethodSpec]:
    """Return the methods that need nothing but the package, by name; ``dir:`` and its like are none."""
    found = [METHODS.get(name) for name in METHODS.names()]
    return [spec for spec in found if _is_here(spec)]


def _is_here(spec: MethodSpec) -> bool:
    if spec.weights is None:
        return not spec.takes_weights
    return spec.weights.source.startswith("package://")


def own(into: Path, keep: Path, methods: Sequence[str] = (), *, jobs: int = 0, track: Track = silent) -> Iterator[Made]:
    """Render the benchmark, evaluate methods on it, and keep what a board is made of; yields each run when it is done.

    What is complete is not computed again.

    Args:
        into: Where photographs, outputs and run folders go.
        keep: The folder ``runs`` of the board.
        methods: Only these; all that ship by default.
        jobs: Worker processes; 0 for as many as pay.
        track: Shows progress.

    Raises:
        UnknownNameError: There is no method of a name.
        ArtifactError: A metric's parameter file is not here and cannot be fetched, or a method ships no weights.
        RunError: A run failed as a whole.
        StorageError: Something cannot be written.
    """
    specs = [METHODS.get(name) for name in methods] or shipped()
    selection = select(METRICS, paired=True)
    benchmark, folder = open_benchmark(packaged_benchmark(into, track))
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
        kept = make_folder(keep / benchmark.name / result.label)
        for name in FILES:
            copy_file(place / name, kept / name)
        yield Made(result, kept)
