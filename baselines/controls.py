"""The controls: what a board must show beside every method, because some of them beat methods on some metrics.

``identity`` does nothing, ``jpeg75`` attacks the metrics, ``gaussian`` and ``median`` over-smooth; ``guided`` is the
simplest prior, an edge-preserving smoother. Nothing heavy is imported before one is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.methods.spec import MethodSpec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import torch

    from nlcl_bench.methods.spec import Derainer

__all__ = ["GAUSSIAN", "GUIDED", "IDENTITY", "JPEG75", "MEDIAN"]


def _filter(name: str) -> Callable[[torch.device, Path | None], Derainer]:
    def load(_: torch.device, __: Path | None) -> Derainer:
        from baselines import filters

        found: Derainer = getattr(filters, name)
        return found

    return load


IDENTITY = MethodSpec(
    name="identity",
    title="Nothing: the rainy photograph itself",
    supervision="control",
    load=_filter("identity"),
    tiling="exact",
    licence="Apache-2.0",
)

JPEG75 = MethodSpec(
    name="jpeg75",
    title="The rainy photograph saved as JPEG, quality 75",
    supervision="control",
    load=_filter("jpeg75"),
    tiling="exact",  # tiles begin on the 16-pixel grid of its blocks
    licence="Apache-2.0",
)

GAUSSIAN = MethodSpec(
    name="gaussian",
    title="Gaussian blur, 1 px",
    supervision="control",
    load=_filter("gaussian"),
    tiling="exact",
    licence="Apache-2.0",
)

MEDIAN = MethodSpec(
    name="median",
    title="Median of 5x5 pixels",
    supervision="control",
    load=_filter("median"),
    tiling="exact",
    licence="Apache-2.0",
)

GUIDED = MethodSpec(
    name="guided",
    title="Guided filter",
    supervision="prior",
    load=_filter("guided"),
    tiling="exact",
    licence="Apache-2.0",
    year=2013,
    paper="He, Sun and Tang, Guided Image Filtering, TPAMI 2013",
)
