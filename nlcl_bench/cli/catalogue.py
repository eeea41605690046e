"""``nlcl-bench methods`` and ``nlcl-bench metrics``: what is installed, and what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import say, table, track, warn
from nlcl_bench.core.errors import InputError, NLCLBenchError, PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.core.registry import Registry, T
    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["methods", "metrics"]


_COLUMNS = (
    "name", "year", "supervision", "parameters", "GMACs", "weights", "sizes", "tiling", "licence", "title",
)  # fmt: skip


def methods(
    names: Annotated[list[str] | None, typer.Argument(help="Names, or KIND:ARGUMENT; default: all.")] = None,
    *,
    cost: Annotated[bool, typer.Option("--cost", help="Measure what each costs, one after the other.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Find out what tiles and odd sizes do, and whether results repeat.")
    ] = False,
    declare: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE, for KIND:ARGUMENT: what its file cannot tell; repeatable.")
    ] = None,
    megapixels: Annotated[float, typer.Option(min=0.01, max=50, help="With --cost: size of the image.")] = 1.0,
    device: Annotated[str, typer.Option(help="With --cost: cpu, cuda, cuda:1; auto takes a GPU if there is one.")] = (
        "cpu"
    ),
) -> None:
    """List the methods that `nlcl-bench evaluate --method` and `nlcl-bench derain --method` know.

    GMACs are of 3 x 256 x 256 pixels. With --cost, parameters and GMACs are counted, and seconds per megapixel and the
    peak memory of a process measured, with one thread on the CPU. With --check each is tried on the CPU.

    \b
    Examples:
      nlcl-bench methods
      nlcl-bench methods --cost nlcl guided
      nlcl-bench methods --cost onnx:prenet.onnx --declare range=0..255
      nlcl-bench methods --check onnx:prenet.onnx
    """
    from nlcl_bench.methods.catalogue import ADAPTERS, METHODS, find_method

    asked = [find_method(name, declare or ()) for name in names] if names else list(_loadable(METHODS))
    if cost:
        _tabled(f"Cost, {megapixels:g} megapixels", _COSTS, asked, lambda spec: _cost(spec, device, megapixels))
    if check:
        _tabled("Found out", _SEAMS, asked, _seams)
    if not cost and not check:
        table("Methods", _COLUMNS, [_row(spec) for spec in asked])
    if not names:
        say(f"And --method KIND:ARGUMENT, of the kinds {', '.join(f'{kind}:' for kind in ADAPTERS.names())}")


def _row(spec: MethodSpec) -> tuple[str, ...]:
    return (
        spec.name,
        str(spec.year or ""),
        spec.supervision,
        "" if spec.parameters is None else f"{spec.parameters:,}",
        "" if spec.gmacs is None else f"{spec.gmacs:.1f}",
        _weights(spec.weights),
        "any" if spec.size.multiple_of == 1 else f"padded to multiples of {spec.size.multiple_of}",
        spec.tiling,
        spec.licence,
        spec.title,
    )


def _tabled(
    title: str, columns: Sequence[str], asked: list[MethodSpec], measured: Callable[[MethodSpec], tuple[str, ...]]
) -> None:
    """Measure methods one after the other; one that cannot be is named, the others go on."""
    rows, failed = [], 0
    for spec in track(asked, what="measuring", total=len(asked)):
        try:
            rows.append((spec.name, *measured(spec)))
        except NLCLBenchError as error:
            warn(str(error))
            failed += 1
    table(title, columns, rows)
    if failed:
        raise InputError(f"{failed} of {len(asked)} methods could not be measured", fix="see the warnings above")


_COSTS = ("name", "parameters", "GMACs at 256 x 256", "seconds per megapixel", "peak MB")


def _cost(spec: MethodSpec, device: str, megapixels: float) -> tuple[str, ...]:
    from nlcl_bench.evaluation.cost import measure
    from nlcl_bench.evaluation.inputs import method_weights
    from nlcl_bench.evaluation.provenance import device_name

    found = measure(spec, method_weights(spec, None), device_name(device), megapixels=megapixels)
    parameters, gmacs = found.counted.parameters or spec.parameters, found.counted.gmacs or spec.gmacs
    counted = ("" if parameters is None else f"{parameters:,}", "" if gmacs is None else f"{gmacs:.2f}")
    return (*counted, f"{found.seconds:.2f}", f"{found.megabytes:,.0f}")


_SEAMS = ("name", "odd sizes", "tiles differ by, grey levels", "tiling is said to be", "repeats itself")


def _seams(spec: MethodSpec) -> tuple[str, ...]:
    import torch

    from nlcl_bench.evaluation.apply import load_method
    from nlcl_bench.evaluation.inputs import method_weights
    from nlcl_bench.evaluation.seams import examine

    found = examine(load_method(spec, torch.device("cpu"), method_weights(spec, None)), spec)
    differ = "no tiles" if found.tiling_difference is None else f"{found.tiling_difference * 255:.2f}"
    words = ("no", "yes")
    return (words[found.odd_sizes], differ, spec.tiling, words[found.deterministic])


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
    return "here" if artifact.path.is_file() else f"missing: {artifact.source}"
