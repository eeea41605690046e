"""The photographs behind a board: the release that its runs name, found by the digest of its records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError
from nlcl_bench.data import manifest
from nlcl_bench.data.loading import load_records, open_benchmark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nlcl_bench.data.benchmark import Benchmark
    from nlcl_bench.data.record import Record
    from nlcl_bench.evaluation.run import BenchmarkEntry

__all__ = ["Photographs", "photographs"]


@dataclass(frozen=True, slots=True)
class Photographs:
    """The photographs of a board.

    Attributes:
        benchmark: Config and split of the release.
        folder: The release.
        records: Those of the board's images, in the release's order.
    """

    benchmark: Benchmark
    folder: Path
    records: tuple[Record, ...]


def photographs(entry: BenchmarkEntry, sources: Sequence[str]) -> Photographs | None:
    """Return the photographs that the runs of a board say they are on; None if no source has exactly these.

    Args:
        entry: What the runs say.
        sources: Release folders, benchmarks' TOML files or datasets of the Hub.

    Raises:
        InputError: A source does not exist.
        ManifestError: The records of a source are not those that it pins.
    """
    for source in sources:
        benchmark, folder = open_benchmark(source, entry.config, entry.split)
        if benchmark.name != entry.name:
            continue
        try:
            records = load_records(folder, benchmark)[: entry.images]
        except InputError:  # another release may have the split
            continue
        if manifest.digest(records) == entry.manifest_sha256:
            return Photographs(benchmark, folder, tuple(records))
    return None
