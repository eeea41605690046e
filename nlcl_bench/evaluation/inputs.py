"""What an evaluation starts from: the benchmark with its release, and the method's weight file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.errors import ArtifactError, InputError
from nlcl_bench.data.benchmark import Benchmark, read_benchmark
from nlcl_bench.data.loading import release_folder
from nlcl_bench.data.record import first_problem

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["method_weights", "open_benchmark"]


def open_benchmark(data: Path, config: str | None, split: str | None) -> tuple[Benchmark, Path]:
    """Read a benchmark and find its release.

    Args:
        data: A release folder or a benchmark's TOML file.
        config: The config to use instead of the benchmark's own.
        split: The split to use instead of the benchmark's own.

    Returns:
        The benchmark and the local folder of its release.

    Raises:
        InputError: The folder, config or split does not exist.
        ManifestError: The benchmark's file is not valid.
        ArtifactError: The release cannot be fetched.
    """
    benchmark = read_benchmark(data)
    chosen = {"config": config or benchmark.config, "split": split or benchmark.split}
    try:
        benchmark = Benchmark.model_validate({**benchmark.model_dump(), **chosen})
    except ValidationError as error:
        raise InputError(first_problem(error), where=data, fix="correct --config or --split") from error
    return benchmark, release_folder(benchmark, data if data.is_dir() else data.parent)


def method_weights(spec: MethodSpec, given: Path | None) -> Path | None:
    """Return the weight file to use: the given one, else the method's own, fetched and verified.

    Raises:
        InputError: The method takes no weights, or the file does not exist.
        ArtifactError: The method's own file cannot be had, or it has none.
    """
    if given is not None:
        if not spec.takes_weights:
            raise InputError("takes no weights", where=spec.name, fix="leave out --weights")
        if not given.is_file():
            raise InputError("no such weight file", where=given, fix="check the spelling")
        return given
    if spec.weights is not None:
        return obtain(spec.weights)
    if spec.takes_weights:
        raise ArtifactError("has no weights of its own", where=spec.name, fix="give a file with --weights")
    return None
