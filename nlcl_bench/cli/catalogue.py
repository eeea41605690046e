"""``nlcl-bench methods`` and ``nlcl-bench metrics``: what is installed, and what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.cli.console import say, table, warn
from nlcl_bench.core.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.core.registry import Registry, T

__all__ = ["loadable", "methods", "metrics"]


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
        for spec in loadable(METHODS)
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
        (
            spec.name,
            spec.better,
            f"{spec.bounds[0]:.4g} to {spec.bounds[1]:.4g}",
            spec.reference,
            spec.role,
            _weights(*spec.files),
            str(spec.minimum_side),
            f"{spec.dtype}, {spec.device}",
            spec.id,
            spec.implementation,
        )
        for spec in loadable(METRICS)
    ]
    columns = ("name", "better", "bounds", "against", "role", "parameters", "min. side", "computes in", "id", "by")
    table("Metrics", columns, rows)
    for word, names in SETS.items():
        say(f"--metrics {word}: {', '.join(names)}; --metrics all: every one")
    say("nlcl-bench weights says where to get a missing parameter file, and puts it in place.")


def loadable(registry: Registry[T]) -> Iterator[T]:
    """Yield every member that can be imported, and warn of the others."""
    for name in registry.names():
        try:
            yield registry.get(name)
        except PluginError as error:
            warn(str(error))


def _weights(*artifacts: Artifact | None) -> str:
    needed = [artifact for artifact in artifacts if artifact is not None]
    if not needed:
        return "none needed"
    return "here" if all(artifact.path.is_file() for artifact in needed) else "missing"
