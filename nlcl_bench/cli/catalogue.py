"""``nlcl-bench methods`` and ``nlcl-bench metrics``: what is installed, what it needs, and what people think of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from nlcl_bench.cli.console import say, table, track, warn
from nlcl_bench.core.errors import InputError, NLCLBenchError, PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.core.registry import Registry, T
    from nlcl_bench.evaluation.costs import CostEntry
    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["loadable", "methods", "metrics"]

M = TypeVar("M")

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
    weights: Annotated[Path | None, typer.Option(help="Weight file to use instead of the one method's own.")] = None,
    into: Annotated[Path | None, typer.Option(help="With --cost: folder for costs.json, which a board shows.")] = None,
) -> None:
    """List the methods that `nlcl-bench evaluate --method` and `nlcl-bench derain --method` know.

    GMACs are of 3 x 256 x 256 pixels. With --cost, parameters and GMACs are counted, and seconds per megapixel and the
    peak memory of a process measured, with one thread on the CPU. With --check each is tried on the CPU.

    \b
    Examples:
      nlcl-bench methods
      nlcl-bench methods --cost nlcl guided
      nlcl-bench methods --cost --into costs
      nlcl-bench methods --cost nlcl --weights background.safetensors --into costs
      nlcl-bench methods --cost onnx:prenet.onnx --declare range=0..255
      nlcl-bench methods --check onnx:prenet.onnx
    """
    from nlcl_bench.methods.catalogue import ADAPTERS, METHODS, find_method

    if into is not None and not cost:
        raise typer.BadParameter("goes with --cost", param_hint="--into")
    if weights is not None and len(names or ()) != 1:
        raise typer.BadParameter("goes with one method", param_hint="--weights")

    asked = [find_method(name, declare or ()) for name in names] if names else list(loadable(METHODS))
    failed = 0
    if cost:
        failed += _costs(asked, weights, device, megapixels, into)
    if check:
        seams = _each(asked, lambda spec: _seams(spec, weights))
        table("Found out", _SEAMS, seams)
        failed += len(asked) - len(seams)
    if not cost and not check:
        table("Methods", _COLUMNS, [_row(spec) for spec in asked])
    if not names:
        say(f"And --method KIND:ARGUMENT, of the kinds {', '.join(f'{kind}:' for kind in ADAPTERS.names())}")
    if failed:
        raise InputError(f"{failed} of {len(asked)} methods could not be measured", fix="see the warnings above")


def _row(spec: MethodSpec) -> tuple[str, ...]:
    return (
        spec.name,
        str(spec.year or ""),
        spec.supervision,
        "" if spec.parameters is None else f"{spec.parameters:,}",
        "" if spec.gmacs is None else f"{spec.gmacs:.1f}",
        _file(spec),
        "any" if spec.size.multiple_of == 1 else f"padded to multiples of {spec.size.multiple_of}",
        spec.tiling,
        spec.licence,
        spec.title,
    )


def _each(asked: Sequence[MethodSpec], measured: Callable[[MethodSpec], M]) -> list[M]:
    """Measure methods one after the other; one that cannot be is named, the others go on."""
    found = []
    for spec in track(asked, what="measuring", total=len(asked)):
        try:
            found.append(measured(spec))
        except NLCLBenchError as error:
            warn(str(error))
    return found


_COSTS = ("name", "parameters", "GMACs at 256 x 256", "seconds per megapixel", "peak MB")


def _costs(asked: Sequence[MethodSpec], weights: Path | None, device: str, megapixels: float, into: Path | None) -> int:
    """Measure what methods cost, show it, write it if wanted, and return of how many it is not known."""
    from nlcl_bench.evaluation.costs import Costs, cost_of, write_costs
    from nlcl_bench.evaluation.inputs import method_weights
    from nlcl_bench.evaluation.provenance import device_name, environment

    place = device_name(device)
    found = _each(asked, lambda spec: cost_of(spec, method_weights(spec, weights), place, megapixels))
    on = environment(place)
    where = f"{on.processor}, one thread" if place == "cpu" else on.device
    table(f"Cost, {megapixels:g} megapixels, {where}", _COSTS, [_cost_row(one) for one in found])
    if into is not None:
        threads = 1 if place == "cpu" else None
        made = Costs(environment=on, threads=threads, megapixels=megapixels, methods=tuple(found))
        say(f"costs: {write_costs(made, into)}")
    return len(asked) - len(found)


def _cost_row(one: CostEntry) -> tuple[str, ...]:
    return (
        one.method,
        "" if one.parameters is None else f"{one.parameters:,}",
        "" if one.gmacs is None else f"{one.gmacs:.2f}",
        f"{one.seconds:.2f}",
        f"{one.megabytes:,.0f}",
    )


_SEAMS = ("name", "odd sizes", "tiles differ by, grey levels", "tiling is said to be", "repeats itself")


def _seams(spec: MethodSpec, weights: Path | None) -> tuple[str, ...]:
    import torch

    from nlcl_bench.evaluation.apply import load_method
    from nlcl_bench.evaluation.inputs import method_weights
    from nlcl_bench.evaluation.seams import examine

    found = examine(load_method(spec, torch.device("cpu"), method_weights(spec, weights)), spec)
    differ = "no tiles" if found.tiling_difference is None else f"{found.tiling_difference * 255:.2f}"
    words = ("no", "yes")
    return (spec.name, words[found.odd_sizes], differ, spec.tiling, words[found.deterministic])


metrics = typer.Typer(rich_markup_mode=None)


@metrics.callback(invoke_without_command=True)
def list_metrics(context: typer.Context) -> None:
    """List the metrics that `nlcl-bench evaluate --metrics` knows; or say how far they agree with people.

    \b
    Examples:
      nlcl-bench metrics
      nlcl-bench metrics agreement runs --opinions opinions.csv
    """
    if context.invoked_subcommand is not None:
        return
    from nlcl_bench.metrics.catalogue import METRICS, SETS

    rows = [
        (
            spec.name,
            spec.better,
            f"{spec.bounds[0]:.4g} to {spec.bounds[1]:.4g}",
            spec.reference,
            spec.family,
            spec.role,
            _weights(*spec.files),
            str(spec.minimum_side),
            f"{spec.dtype}, {spec.device}",
            spec.id,
            spec.implementation,
        )
        for spec in loadable(METRICS)
    ]
    columns = (
        "name",
        "better",
        "bounds",
        "against",
        "family",
        "role",
        "parameters",
        "min. side",
        "computes in",
        "id",
        "by",
    )
    table("Metrics", columns, rows)
    for word, names in SETS.items():
        say(f"--metrics {word}: {', '.join(names)}; --metrics all: every one")
    say("nlcl-bench weights says where to get a missing parameter file, and puts it in place.")


@metrics.command()
def agreement(
    *,
    runs: Annotated[list[Path], typer.Argument(help="Folders of run folders; they are searched to any depth.")],
    opinions: Annotated[
        Path,
        typer.Option(help="CSV of opinion scores (image,method,score) or votes (image,left,right,winner)."),
    ],
    into: Annotated[Path | None, typer.Option(help="Folder for agreement.json and agreement.csv.")] = None,
    draws: Annotated[int, typer.Option(min=100, max=100_000, help="Draws of the bootstrap over scenes.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 0,
) -> None:
    """Say how far each metric agrees with people: rank correlations, and how often it makes their choice.

    A higher opinion score is a better opinion. Images are named by their id in the benchmark, methods by the labels of
    their runs; a column `scene` overrides the benchmark's scenes. The winner of a vote is left, right, tie, or one of
    the two labels. Every metric is turned so that 1 is full agreement; guessing gives correlations of 0 and half of
    the choices. In brackets 95 % intervals over scenes.

    \b
    Examples:
      nlcl-bench metrics agreement runs --opinions opinions.csv
      nlcl-bench metrics agreement runs/street-rain --opinions votes.csv --into agreement --draws 10000
    """
    from nlcl_bench.core.files import make_folder, write_texts
    from nlcl_bench.evaluation import agreement_texts
    from nlcl_bench.evaluation.agreement import agreement as compare
    from nlcl_bench.evaluation.intake import read_all
    from nlcl_bench.evaluation.opinions import read_opinions

    said = read_opinions(opinions)
    found, refusals = read_all(runs, track=track)
    for refusal in refusals:
        warn(f"refused {refusal}")
    agreements, left_out = compare(found, said, draws=draws, seed=seed)
    if left_out:
        warn(f"{left_out} of {len(said.scores)} outputs with an opinion are in none of these runs")
    table("Agreement with people", *agreement_texts.terminal(agreements))
    if into is not None:
        texts = {
            "agreement.csv": agreement_texts.as_csv(agreements),
            "agreement.json": agreement_texts.as_json(agreements, left_out=left_out, draws=draws, seed=seed),
        }
        write_texts(texts, make_folder(into))


def loadable(registry: Registry[T]) -> Iterator[T]:
    """Yield every member that can be imported, and warn of the others."""
    for name in registry.names():
        try:
            yield registry.get(name)
        except PluginError as error:
            warn(str(error))


def _file(spec: MethodSpec) -> str:
    """Say whether a method's weights are here, or where they are to be had."""
    if spec.weights is None:
        return "needs --weights FILE" if spec.takes_weights else "none needed"
    return "here" if spec.weights.path.is_file() else f"missing: {spec.weights.address}"


def _weights(*artifacts: Artifact | None) -> str:
    needed = [artifact for artifact in artifacts if artifact is not None]
    if not needed:
        return "none needed"
    return "here" if all(artifact.path.is_file() for artifact in needed) else "missing"
