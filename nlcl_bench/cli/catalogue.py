"""``nlcl-bench methods`` and ``nlcl-bench metrics``: what is installed, what it needs, and what people think of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import say, table, track, warn
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


def _weights(*artifacts: Artifact | None) -> str:
    needed = [artifact for artifact in artifacts if artifact is not None]
    if not needed:
        return "none needed"
    return "here" if all(artifact.path.is_file() for artifact in needed) else "missing"
