"""``eval.yaml``: what the Hub's leaderboards ask of a dataset that is a benchmark, as far as its format is known.

The Hub checks ``evaluation_framework`` against a list of its own, on which no framework for image restoration stands
yet, and takes up benchmarks by hand. So the file says what is true, and is there for the day when it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collection_tools.release.front import as_yaml, quoted

if TYPE_CHECKING:
    from nlcl_bench.data.benchmark import Benchmark

__all__ = ["FILE_NAME", "task"]

FILE_NAME = "eval.yaml"

_HEAD = """\
# A benchmark in the form of the Hub's community evaluations. Its framework, nlcl-bench, is not on the Hub's list, and
# the Hub takes up benchmarks on request only: until then nothing there reads this file. benchmark.toml is what
# `nlcl-bench evaluate` reads.
"""

_METRICS = {
    "rainy": ("residual_rain", "content_kept", "niqe", "brisque", "piqe"),
    "paired": ("psnr_y", "ssim"),
    "clean": (),
}


def task(benchmark: Benchmark) -> str:
    """Return the file's text: one task for each metric, as one of the Hub's tasks has one value."""
    tasks = [
        {"id": f"{config}-{metric}", "config": config, "split": "test" if "test" in splits else next(iter(splits))}
        for config, splits in benchmark.digests.items()
        for metric in _METRICS[config]
    ]
    values: dict[str, Any] = {
        "name": quoted(benchmark.title),
        "description": "Removing rain from single photographs, scored from written 8-bit PNG files (protocol "
        f"{benchmark.protocol}).",
        "evaluation_framework": "nlcl-bench",
        "tasks": tasks,
    }
    return _HEAD + as_yaml(values)
