"""What the benchmark knows about the method before it is loaded; nothing heavy is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.methods.spec import MethodSpec

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from nlcl_bench.methods.spec import Derainer

__all__ = ["ROW_MEDIAN"]


def _load(_: torch.device, __: Path | None) -> Derainer:
    from nlcl_bench_example_method.derain import row_median

    return row_median


ROW_MEDIAN = MethodSpec(
    name="row-median",
    title="Nothing brighter than the median of its row",
    supervision="prior",
    load=_load,
    tiling="exact",
    reach=3,
    licence="Apache-2.0",
)
"""A prior of one line: rain is bright, narrow and upright."""
