"""``nlcl-bench methods`` and ``nlcl-bench metrics``: what is installed, and what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.cli.console import say, table, warn
from nlcl_bench.core.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.core.registry import Registry, T

__all__ = ["methods", "metrics"]


def methods() -> None:
    """List the methods that `nlcl-bench evaluate --method` and `nlcl-bench derain --method` know.

    \b
    Example:
      nlcl-bench methods
    """
    from nlcl_bench.methods.catalogue import METHODS

    rows = [
        (
            spec.name,
            str(spec.year or ""),
            spec.supervision,
            _weights(spec.weights),
            spec.tiling,
            spec.licence,
            spec.title,
        )
        for spec in _loadable(METHODS)
    ]
    table("Methods", ("name", "year", "supervision", "weights", "tiling", "licence", "title"), rows)


def metrics() -> None:
    """List the metrics that `nlcl-bench evaluate --metrics` knows.

    \b
    Example:
      nlcl-bench metrics
    """
    from nlcl_bench.metrics.catalogue import METRICS, SETS

    rows = [
        (spec.name, spec.better, spec.reference, spec.role, _weights(spec.weights), str(spec.minimum_side), spec.id)
        for spec in _loadable(METRICS)
    ]
    table("Metrics", ("name", "better", "against", "role", "parameters", "min. side", "id"), rows)
    for word, names in SETS.items():
        say(f"--metrics {word}: {', '.join(names)}; --metrics all: every one")
    say("nlcl-bench doctor says where to get a missing parameter file.")


def _loadable(registry: Registry[T]) -> Iterator[T]:
    for name in registry.names():
        try:
            yield registry.get(name)
        except PluginError as error:
            warn(str(error))


def _weights(artifact: Artifact | None) -> str:
    if artifact is None:
        return "none needed"
    return "here" if artifact.path.is_file() else "missing"
