"""Which metrics an evaluation runs: by name or by set. A missing file is told, never passed over in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.artifacts import locate, obtain
from nlcl_bench.metrics.catalogue import ALWAYS, METRICS, SETS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nlcl_bench.metrics.spec import MetricSpec

__all__ = ["Chosen", "Selection", "select"]

_MISSING = "its parameter file is missing; ask for it by name to fetch it, or see nlcl-bench doctor"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A metric that will run, with its verified parameter file."""

    spec: MetricSpec
    parameters: Path | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What will run, and what cannot and why: pairs of name and reason."""

    chosen: tuple[Chosen, ...]
    missing: tuple[tuple[str, str], ...]


def select(words: Sequence[str], *, paired: bool) -> Selection:
    """Choose metrics.

    A metric asked for by name gets its parameter file fetched if need be. A member of a set (``classic``, ``all``)
    runs if its file is there, and is listed as missing if not. The guards always run.

    Args:
        words: Names of metrics and sets.
        paired: Whether the benchmark has clean images; without them the members of a set that need one stay out.

    Raises:
        UnknownNameError: There is no metric of that name.
        ArtifactError: A file asked for by name cannot be had, or a file is not the pinned one.
    """
    chosen: dict[str, Chosen] = {}
    missing: dict[str, str] = {}
    for word in (*words, *ALWAYS):
        if word in {*SETS, "all"}:
            for name in SETS.get(word, tuple(METRICS.names())):
                spec = METRICS.get(name)
                if spec.reference == "clean" and not paired:
                    continue
                path = locate(spec.weights) if spec.weights is not None else None
                if spec.weights is not None and path is None:
                    missing[name] = _MISSING
                else:
                    chosen[name] = Chosen(spec, path)
        else:
            spec = METRICS.get(word)
            chosen[word] = Chosen(spec, obtain(spec.weights) if spec.weights is not None else None)
            missing.pop(word, None)
    ordered = tuple(chosen[name] for name in sorted(chosen))
    return Selection(ordered, tuple((name, why) for name, why in sorted(missing.items()) if name not in chosen))
