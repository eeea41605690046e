"""Which metrics an evaluation runs: by name or by set. A missing file is told, never passed over in silence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.artifacts import locate, obtain
from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.metrics.catalogue import ALWAYS, METRICS, SETS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.metrics.spec import MetricSpec

__all__ = ["Chosen", "Selection", "select"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A metric that will run, with its own verified parameter file; its backbones are verified too."""

    spec: MetricSpec
    parameters: Path | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What will run, and what cannot and why: pairs of name and reason."""

    chosen: tuple[Chosen, ...]
    missing: tuple[tuple[str, str], ...]


def select(words: Sequence[str], *, paired: bool) -> Selection:
    """Choose metrics.

    A metric asked for by name gets its parameter files fetched if need be. A member of a set (``rain``, ``classic``,
    ``deep``, ``all``) runs if its files are there, and is listed as missing if not. The guards always run.

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
                paths = _paths(spec, locate)
                if None in paths:
                    missing[name] = _lacking(spec, paths)
                else:
                    chosen[name] = _chosen(spec, paths)
        else:
            spec = METRICS.get(word)
            chosen[word] = _chosen(spec, _paths(spec, obtain))
    ordered = tuple(chosen[name] for name in sorted(chosen))
    return Selection(ordered, tuple((name, why) for name, why in sorted(missing.items()) if name not in chosen))


def _paths(spec: MetricSpec, find: Callable[[Artifact], Path | None]) -> list[Path | None]:
    """Find a metric's files; what is wrong with one is told with the metric's name."""
    try:
        return [find(artifact) for artifact in spec.files]
    except ArtifactError as error:
        raise ArtifactError(error.what, where=f"metric {spec.name}: {error.where}", fix=error.fix) from error


def _chosen(spec: MetricSpec, paths: Sequence[Path | None]) -> Chosen:
    return Chosen(spec, None if spec.weights is None else paths[0])


def _lacking(spec: MetricSpec, paths: Sequence[Path | None]) -> str:
    """Say which of a metric's files are not there."""
    names = [artifact.path.name for artifact, path in zip(spec.files, paths, strict=True) if path is None]
    return f"missing: {' and '.join(names)}; nlcl-bench weights pull {spec.name}, or nlcl-bench weights list for more"
