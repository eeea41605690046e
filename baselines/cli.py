"""``nlcl-bench train``: train a method on photographs of your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import note, say, table, track, warn
from nlcl_bench.core.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from baselines.nlcl.train import Trained

__all__ = ["train"]

_TRAINABLE = ("nlcl",)


def train(
    method: Annotated[str, typer.Argument(help="What to train; now: nlcl.")],
    *,
    into: Annotated[Path, typer.Option(help="Folder of the checkpoint; a training that is there goes on.")],
    data: Annotated[
        Path | None, typer.Option(help="A release folder with the configs rainy and clean; its train split is used.")
    ] = None,
    rainy: Annotated[Path | None, typer.Option(help="Instead of --data: a folder of photographs with rain.")] = None,
    clean: Annotated[Path | None, typer.Option(help="And one without; they need not show the same places.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with the parts of the recipe to change.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of training; default: the recipe's.")] = None,
    crop: Annotated[int | None, typer.Option(min=1, help="Side of the crops in pixels; default: the recipe's.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Crops per domain and step; default: the recipe's.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of all randomness; default: the recipe's.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1; auto takes a GPU if there is one.")] = "auto",
) -> None:
    """Train a method; a training that was killed goes on when the same command is given again.

    \b
    Examples:
      nlcl-bench train nlcl --data release --into checkpoint
      nlcl-bench train nlcl --rainy rain/ --clean sun/ --into checkpoint --steps 500 --crop 96
      nlcl-bench train nlcl --data release --into checkpoint --config recipe.toml --device cuda
    """
    if method not in _TRAINABLE:
        raise UnknownNameError("cannot be trained", where=method, fix=f"there is: {', '.join(_TRAINABLE)}")
    import torch

    from baselines.nlcl.config import read_config
    from baselines.nlcl.train import train as run
    from nlcl_bench.evaluation.provenance import device_name

    recipe = read_config(config, steps=steps, crop=crop, batch=batch, seed=seed)
    chosen = torch.device(device_name(device))
    note(f"train {method}: {recipe.steps} steps on crops of {recipe.crop} pixels, on {chosen}")
    _report(run(recipe, _photographs(data, rainy, clean), into, device=chosen, track=track))


def _photographs(data: Path | None, rainy: Path | None, clean: Path | None) -> dict[str, Iterator[tuple[str, bytes]]]:
    from baselines.nlcl.crops import from_folder, from_release

    if data is not None and rainy is None and clean is None:
        return {domain: from_release(data, domain) for domain in ("rainy", "clean")}
    if data is None and rainy is not None and clean is not None:
        return {"rainy": from_folder(rainy), "clean": from_folder(clean)}
    raise InputError(
        "no photographs", where="train", fix="give either --data RELEASE or both --rainy DIR and --clean DIR"
    )


def _report(trained: Trained) -> None:
    from baselines.nlcl.step import TERMS

    for line in trained.skipped:
        warn(f"skipped {line}")
    if trained.resumed_at:
        note(f"went on from step {trained.resumed_at}")
    steps = len(trained.history)
    recent = max(1, min(10, steps // 2))
    rows = zip(TERMS, trained.history[:recent].mean(0), trained.history[-recent:].mean(0), strict=True)
    table(
        f"{steps} steps",
        ("loss", f"mean of the first {recent}", f"mean of the last {recent}"),
        [(name, f"{float(first):.4f}", f"{float(last):.4f}") for name, first, last in rows],
    )
    say(f"checkpoint: {trained.weights.parent}")
    say(f"use it: nlcl-bench derain PHOTO --into DIR --method nlcl --weights {trained.weights}")
