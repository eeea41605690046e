"""``nlcl-bench train``: train a method on photographs of your own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import note, say, table, track, warn
from nlcl_bench.core.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from baselines.nlcl.train import Trained

__all__ = ["photographs", "train"]


def train(
    method: Annotated[
        str,
        typer.Argument(
            help="What to train: nlcl; cyclegan, cut, fastcut, dcd, deraincyclegan; ddn, prenet, prenet-r, prn, prn-r, "
            "rescan, lpnet, spanet, nafnet; or rain-probability, a metric's network."
        ),
    ],
    *,
    into: Annotated[Path, typer.Option(help="Folder of the checkpoint; a training that is there goes on.")],
    data: Annotated[
        Path | None, typer.Option(help="A release folder with the configs rainy and clean; its train split is used.")
    ] = None,
    rainy: Annotated[Path | None, typer.Option(help="Instead of --data: a folder of photographs with rain.")] = None,
    clean: Annotated[Path | None, typer.Option(help="And one without; they need not show the same places.")] = None,
    config: Annotated[
        str | None,
        typer.Option(
            help="Recipe: nlcl-asymmetric, released, rendered, or a TOML file that extends one; default: the method's."
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of training; default: the recipe's.")] = None,
    crop: Annotated[int | None, typer.Option(min=1, help="Side of the crops in pixels; default: the recipe's.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Samples per step; default: the recipe's.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of all randomness; default: the recipe's.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1; auto takes a GPU if there is one.")] = "auto",
    images_every: Annotated[int, typer.Option(min=0, help="Steps between pictures of O | B | R; 0: none.")] = 1000,
    tensorboard: Annotated[bool, typer.Option("--tensorboard", help="Write the losses for TensorBoard, too.")] = False,
    compile_: Annotated[bool, typer.Option("--compile", help="Compile the networks first; pays in long runs.")] = False,
) -> None:
    """Train a method; a training that was killed goes on when the same command is given again.

    NLCL looks at photographs of rain and at clean ones, and so do cyclegan, cut, fastcut, dcd and deraincyclegan. The
    other networks learn from rain rendered on the clean ones.

    \b
    Examples:
      nlcl-bench train nlcl --data release --into checkpoint
      nlcl-bench train nlcl --rainy rain/ --clean sun/ --into checkpoint --steps 500 --crop 96
      nlcl-bench train nlcl --data release --into checkpoint --config recipe.toml --device cuda
      nlcl-bench train cut --rainy rain/ --clean sun/ --into checkpoint
      nlcl-bench train prenet-r --clean sun/ --into checkpoint
      nlcl-bench train rain-probability --rainy rain/ --clean sun/ --into weights
      torchrun --nproc-per-node 2 --no-python nlcl-bench train nlcl --data release --into checkpoint
    """
    from baselines.networks.architectures import ARCHITECTURES
    from baselines.nlcl.config import UNPAIRED, read_config

    if method not in (trainable := ("nlcl", *UNPAIRED, *ARCHITECTURES, "rain-probability")):
        raise UnknownNameError("cannot be trained", where=method, fix=f"there is: {', '.join(trainable)}")
    if method == "rain-probability":
        restorers_alone = (config, crop, batch, device not in {"auto", "cpu"}, tensorboard, compile_)
        _train_rain_probability(photographs(data, rainy, clean), into, steps, seed, refused=any(restorers_alone))
        return
    import torch

    from baselines.nlcl.ranks import rank_of
    from baselines.nlcl.train import train as run
    from baselines.unpaired.lessons import lesson_of
    from nlcl_bench.core.progress import silent
    from nlcl_bench.evaluation.provenance import device_name

    recipe = read_config(config or method, steps=steps, crop=crop, batch=batch, seed=seed)
    if recipe.method != method:
        raise InputError(f"is a recipe of {recipe.method}", where=config, fix=f"train {recipe.method} with it")
    rank, size = rank_of()
    chosen = torch.device(device_name(_own(device)))
    if rank == 0:
        besides = f", in {size} processes" if size > 1 else ""
        note(f"train {method}: {recipe.steps} steps on crops of {recipe.crop} pixels, on {chosen}{besides}")
    trained = run(
        recipe,
        photographs(data, rainy, clean, real=method not in ARCHITECTURES),
        into,
        device=chosen,
        lesson=lesson_of(recipe),
        track=silent if rank else track,
        warn=(lambda _: None) if rank else warn,
        images_every=images_every,
        tensorboard=tensorboard,
        compiled=compile_,
    )
    if trained.leads:
        _report(trained)


def _train_rain_probability(
    given: dict[str, Iterator[tuple[str, bytes]]], into: Path, steps: int | None, seed: int | None, *, refused: bool
) -> None:
    if refused:
        raise InputError(
            "has the options --steps and --seed alone, and trains on the CPU",
            where="rain-probability",
            fix="leave the others out",
        )
    from baselines.rain_probability.train import STEPS
    from baselines.rain_probability.train import train as run

    trained = run(given, into, steps=steps or STEPS, seed=seed or 0, track=track)
    for line in trained.skipped:
        warn(f"skipped {line}")
    tenth = max(1, len(trained.history) // 10)
    first, last = (sum(part) / tenth for part in (trained.history[:tenth], trained.history[-tenth:]))
    say(f"loss: {first:.3f} in the first tenth of the steps, {last:.3f} in the last")
    say(f"of all pairs of a rainy and a clean photograph kept aside, {trained.told_apart:.0%} are told apart")
    say(f"weights: {trained.weights}")


def _own(device: str) -> str:
    """Name the GPU of this process, where ``torchrun`` gives each its own."""
    import torch

    several = device in {"auto", "cuda"} and torch.cuda.is_available() and "LOCAL_RANK" in os.environ
    return f"cuda:{os.environ['LOCAL_RANK']}" if several else device


def photographs(
    data: Path | None, rainy: Path | None, clean: Path | None, *, real: bool = True
) -> dict[str, Iterator[tuple[str, bytes]]]:
    """Return names and bytes of the photographs of each domain, of a release or of folders.

    Args:
        data: A release.
        rainy: A folder of photographs with rain.
        clean: A folder of photographs without.
        real: Whether photographs with rain are wanted at all.

    Raises:
        InputError: Neither a release nor the folders are given, or both are, or rain that is not wanted.
    """
    from baselines.nlcl.crops import from_folder, from_release

    wanted = ("rainy", "clean") if real else ("clean",)
    folders = {name: folder for name, folder in (("rainy", rainy), ("clean", clean)) if folder is not None}
    if data is not None and not folders:
        return {domain: from_release(data, domain) for domain in wanted}
    if data is None and tuple(folders) == wanted:
        return {name: from_folder(folder) for name, folder in folders.items()}
    asked = "both --rainy DIR and --clean DIR" if real else "--clean DIR alone: it learns from rendered rain"
    raise InputError("no photographs", where="train", fix=f"give either --data RELEASE or {asked}")


def _report(trained: Trained) -> None:
    from baselines.nlcl.report import REPORT
    from baselines.nlcl.step import TERMS

    for line in trained.skipped:
        warn(f"skipped {line}")
    if trained.resumed_at:
        note(f"went on from step {trained.resumed_at}")
    history = trained.history
    computed = [name for column, name in enumerate(TERMS) if not bool(history[:, column].isnan().all())]
    table(
        f"{len(history)} steps",
        ("loss", "mean of its first tenth", "mean of its last tenth"),
        [(name, *(f"{value:.4f}" for value in _ends(history[:, TERMS.index(name)]))) for name in computed],
    )
    say(f"checkpoint: {trained.weights.parent}; how it went: {trained.weights.parent / REPORT}")
    say(f"use it: nlcl-bench derain PHOTO --into DIR --method {trained.checkpoint.method} --weights {trained.weights}")


def _ends(column: Tensor) -> tuple[float, float]:
    """Return the mean of a loss over the first and the last tenth of the steps that computed it."""
    computed = column[column.isfinite()]
    tenth = max(1, len(computed) // 10)
    return float(computed[:tenth].mean()), float(computed[-tenth:].mean())
