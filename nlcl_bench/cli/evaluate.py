"""``nlcl-bench evaluate``: run a method over a benchmark and score what it wrote."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import note, say, table, track, warn
from nlcl_bench.core.errors import RunError

if TYPE_CHECKING:
    from nlcl_bench.evaluation.run import RunResult

__all__ = ["evaluate"]


def evaluate(
    *,
    method: Annotated[str, typer.Option(help="A name, or KIND:ARGUMENT; see `nlcl-bench methods`.")],
    data: Annotated[str, typer.Option(help="A release folder, a benchmark's TOML file, or ORG/NAME on the Hub.")],
    into: Annotated[Path, typer.Option(help="Folder of runs; this one goes to INTO/BENCHMARK/LABEL.")] = Path("runs"),
    metrics: Annotated[
        str, typer.Option(help="Comma-separated names, or a set: classic, all. See `nlcl-bench metrics`.")
    ] = "classic",
    weights: Annotated[Path | None, typer.Option(help="Weight file to use instead of the method's own.")] = None,
    declare: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE, for KIND:ARGUMENT: what its file cannot tell; repeatable.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="The row's name on a board; default: the method's.")] = None,
    config: Annotated[str | None, typer.Option(help="Config of the release: rainy, paired.")] = None,
    split: Annotated[str | None, typer.Option(help="Split of the release: test, validation, train.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many images.")] = None,
    tile: Annotated[int, typer.Option(min=0, help="Work in tiles of so many pixels; 0: whole images.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1; auto takes a GPU if there is one.")] = "auto",
    jobs: Annotated[
        int, typer.Option(min=0, help="Worker processes; 0: as many as pay, at most one per core and 8.")
    ] = 0,
) -> None:
    """Restore every image of a benchmark with one method and score the written files.

    The run folder holds run.json, scores.parquet, timings.parquet and restored/*.png. After a kill the same command
    goes on where it was; a complete run is not computed again.

    \b
    Examples:
      nlcl-bench evaluate --method identity --data release/
      nlcl-bench evaluate --method nlcl --weights background.safetensors --data release/ --label nlcl-mine
      nlcl-bench evaluate --method median --data release/ --config paired --metrics psnr,ssim --limit 10
      nlcl-bench evaluate --method onnx:prenet.onnx --declare range=0..255 --declare licence=MIT --data release/
      nlcl-bench evaluate --method dir:their-outputs/ --label jorder --data release/
      nlcl-bench evaluate --method "cmd:python their.py {input} {output}" --declare timeout=60 --data release/
    """
    from nlcl_bench.data.loading import open_benchmark
    from nlcl_bench.evaluation.evaluate import evaluate as run_evaluation
    from nlcl_bench.evaluation.inputs import method_weights
    from nlcl_bench.evaluation.plan import Request
    from nlcl_bench.evaluation.provenance import command_line, device_name
    from nlcl_bench.evaluation.selection import select
    from nlcl_bench.methods.catalogue import find_method

    spec = find_method(method, declare or ())
    benchmark, folder = open_benchmark(data, config, split)
    selection = select(metrics.split(","), paired=benchmark.config == "paired")
    for name, why in selection.missing:
        warn(f"{name} is not measured: {why}")
    if tile and spec.tiling == "changes_result":
        warn(f"{spec.name} gives other results in tiles than on whole images; the run records it")
    chosen = device_name(device)
    request = Request(
        benchmark=benchmark,
        folder=folder,
        method=spec,
        weights=method_weights(spec, weights),
        selection=selection,
        into=into,
        label=label,
        limit=limit,
        tile=tile,
        device=chosen,
        jobs=jobs,
        command=command_line(["nlcl-bench", *sys.argv[1:]]),
    )
    result, place = run_evaluation(request, track)
    _report(result, place)


def _report(result: RunResult, place: Path) -> None:
    from nlcl_bench.evaluation.run import read_scores

    scores = read_scores(place)
    rows = []
    for metric in result.metrics:
        values = [row.value for row in scores if row.metric == metric.id and row.value is not None]
        mean = f"{sum(values) / len(values):.4f}" if values else "none"
        rows.append((metric.title, mean, f"{len(values)}/{result.benchmark.images}", metric.better, metric.id))
    table(f"{result.label} on {result.benchmark.name}", ("metric", "mean", "images", "better", "id"), rows)
    say(f"run: {place}")
    if not result.complete:
        for failure in result.failures[:5]:
            note(f"{failure.image_id or 'all images'} ({failure.metric or failure.stage}): {failure.reason}")
        raise RunError(
            f"is incomplete: {len(result.failures)} of its results are missing",
            where=place,
            fix="run.json lists each with its reason; the same command tries them again",
        )
