"""``nlcl-bench evaluate``: run a method over a benchmark and score what it wrote."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import note, say, table, track, warn
from nlcl_bench.cli.options import ExecutorName, Partition, Tasks, Time
from nlcl_bench.core.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlcl_bench.evaluation.run import BenchmarkEntry, RunResult
    from nlcl_bench.evaluation.sent import Sent

__all__ = ["evaluate"]


def evaluate(
    *,
    data: Annotated[str, typer.Option(help="A release folder, a benchmark's TOML file, or ORG/NAME on the Hub.")],
    method: Annotated[str | None, typer.Option(help="A name, or KIND:ARGUMENT; see `nlcl-bench methods`.")] = None,
    attacks: Annotated[
        bool, typer.Option("--attacks", help="Instead of a method: score the photographs after attacks on metrics.")
    ] = False,
    into: Annotated[Path, typer.Option(help="Folder of runs; this one goes to INTO/BENCHMARK/LABEL.")] = Path("runs"),
    metrics: Annotated[
        str, typer.Option(help="Comma-separated names, or sets: rain, classic, deep, all. See `nlcl-bench metrics`.")
    ] = "rain,classic",
    weights: Annotated[Path | None, typer.Option(help="Weight file to use instead of the method's own.")] = None,
    declare: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE, for KIND:ARGUMENT: what its file cannot tell; repeatable.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="The row's name on a board; default: the method's.")] = None,
    config: Annotated[str | None, typer.Option(help="Config of the release: rainy, paired, clean.")] = None,
    split: Annotated[str | None, typer.Option(help="Split of the release: test, validation, train.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many images.")] = None,
    tile: Annotated[int, typer.Option(min=0, help="Work in tiles of so many pixels; 0: whole images.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1; auto takes a GPU if there is one.")] = "auto",
    jobs: Annotated[
        int, typer.Option(min=0, help="Worker processes; 0: as many as pay, at most one per core and 8.")
    ] = 0,
    executor: ExecutorName = None,
    tasks: Tasks = 16,
    partition: Partition = None,
    time: Time = "24:00:00",
    memory: Annotated[
        int, typer.Option(metavar="GIB", min=1, help="With --executor slurm: memory of each processor.")
    ] = 4,
) -> None:
    """Restore every image of a benchmark with one method and score the written files.

    The run folder holds run.json, scores.parquet, timings.parquet and restored/*.png. After a kill the same command
    goes on where it was; a complete run is not computed again.

    With --attacks every photograph is scored after JPEG, halving, blur, sharpening, flips and noise, none of which
    takes rain away: the table says by how much each metric can be gamed. It lies with the runs in INTO/attacks.

    \b
    Examples:
      nlcl-bench evaluate --method identity --data release/
      nlcl-bench evaluate --method nlcl --weights background.safetensors --data release/ --label nlcl-mine
      nlcl-bench evaluate --method median --data release/ --config paired --metrics psnr,ssim --limit 10
      nlcl-bench evaluate --attacks --data release/ --metrics classic,ilniqe --limit 50
    \b
    Somebody else's model, program or outputs; what its file cannot tell is declared:
      nlcl-bench evaluate --method onnx:prenet.onnx --declare range=0..255 --declare licence=MIT --data release/
      nlcl-bench evaluate --method dir:their-outputs/ --label jorder --data release/
      nlcl-bench evaluate --method "cmd:python their.py {input} {output}" --declare timeout=60 --data release/
    \b
    By an executor, which does all parts of the split and joins them; the table is that of one process. The machines
    share the folders. Slurm is given an array of jobs, and one that joins; --jobs is then how many processors each
    has. Ray is that of RAY_ADDRESS, else one is started here. What fails is gone on with by the same command:
      nlcl-bench evaluate --method nlcl --data release/ --executor local --tasks 16 --jobs 8
      nlcl-bench evaluate --method nlcl --data release/ --executor ray --tasks 64 --jobs 8
      nlcl-bench evaluate --method nlcl --data release/ --executor slurm --tasks 64 --partition main --time 4:00:00
    """
    from nlcl_bench.core.distribute.chosen import chosen as chosen_executor
    from nlcl_bench.data.loading import open_benchmark
    from nlcl_bench.evaluation.attacks import attacks_on
    from nlcl_bench.evaluation.distributed import evaluate_by
    from nlcl_bench.evaluation.evaluate import evaluate_all
    from nlcl_bench.evaluation.inputs import method_weights
    from nlcl_bench.evaluation.plan import Request
    from nlcl_bench.evaluation.provenance import command_line, device_name
    from nlcl_bench.evaluation.selection import select
    from nlcl_bench.methods.attacks import UNTOUCHED
    from nlcl_bench.methods.catalogue import find_method

    if attacks == (method is not None):
        raise typer.BadParameter("give one of the two", param_hint="--method or --attacks")
    if attacks and (weights or label or tile or declare):
        raise typer.BadParameter(
            "goes with --method, not with --attacks", param_hint="--weights, --declare, --label or --tile"
        )
    by = chosen_executor(executor, tasks=tasks, jobs=jobs, partition=partition, time=time, memory=memory)
    spec = UNTOUCHED if method is None else find_method(method, declare or ())
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
    requests = attacks_on(request) if attacks else [request]
    done = evaluate_all(requests, track) if by is None else evaluate_by(requests, by, _join, say=say, track=track)
    if done is not None:
        _report(done)


def _join(sent: Sequence[Sent]) -> None:
    """Do what Slurm does when all shards are done: join them, and tell what came of it."""
    from nlcl_bench.evaluation.evaluate import evaluate_all
    from nlcl_bench.evaluation.sent import received

    _report(evaluate_all([received(one) for one in sent], track))


def _report(done: Sequence[tuple[RunResult, Path]]) -> None:
    """Tell what came of the attacks, or of the one run of a method."""
    result, place = done[0]
    if result.method.supervision == "attack":
        _report_attacks(done)
    else:
        _report_run(result, place)


def _report_attacks(done: Sequence[tuple[RunResult, Path]]) -> None:
    from nlcl_bench.evaluation.attack_texts import findings, terminal
    from nlcl_bench.evaluation.attacks import attacked

    found, runs, page = attacked(done)
    table(f"Gains by attacks on {_named(found.benchmark)}: none takes rain away", *terminal(found))
    for finding in findings(found):
        say(finding)
    say(f"page: {page}")
    for run in runs:
        _refuse_incomplete(run.result, page.parent / run.result.label)


def _report_run(result: RunResult, place: Path) -> None:
    from nlcl_bench.evaluation.run import read_scores

    scores, on = read_scores(place), result.benchmark
    rows = []
    for metric in result.metrics:
        values = [row.value for row in scores if row.metric == metric.id and row.value is not None]
        mean = f"{sum(values) / len(values):.4f}" if len(values) == on.images else "not over all"
        rows.append((metric.title, mean, f"{len(values)}/{on.images}", metric.better, metric.id))
    table(f"{result.label} on {_named(on)}", ("metric", "mean", "images", "better", "id"), rows)
    say(f"run: {place}")
    _refuse_incomplete(result, place)


def _named(benchmark: BenchmarkEntry) -> str:
    whole = benchmark.first_of
    return f"{benchmark.name}, the first {benchmark.images} of {whole} images" if whole else benchmark.name


def _refuse_incomplete(result: RunResult, place: Path) -> None:
    if not result.complete:
        for failure in result.failures[:5]:
            metric_or_all = failure.metric or ("every metric" if failure.stage == "score" else "not restored")
            note(f"{failure.image_id or 'the whole'} ({metric_or_all}): {failure.reason}")
        raise RunError(
            f"is incomplete: {len(result.failures)} of its results are missing",
            where=place,
            fix="run.json lists each with its reason; the same command tries them again",
        )
