"""``nlcl-bench analyse``: the analyses that the papers make, on photographs of your own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import say, table, track, warn
from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    from baselines.analysis.ablation import AblationReport
    from baselines.analysis.contrasts import EncodersReport
    from baselines.analysis.dimension import DimensionReport
    from baselines.analysis.encoders import Encoder
    from baselines.analysis.layers import Source

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)

_Into = Annotated[Path, typer.Option(help="Folder of the results.")]
_Rainy = Annotated[Path | None, typer.Option(help="Photographs with rain, which --weights separates into layers.")]
_Clean = Annotated[Path | None, typer.Option(help="Photographs without rain, on which rain is rendered.")]
_RainWeights = Annotated[Path | None, typer.Option(help="Weights of G_R; without, the rain layer is O - B.")]
_Limit = Annotated[int, typer.Option(min=1, help="Photographs of a folder, at most.")]
_Side = Annotated[int, typer.Option(min=64, help="Larger photographs are cropped to so many pixels a side.")]
_Seed = Annotated[int, typer.Option(min=0, help="Of places, rendered rain, untrained weights and intervals.")]
_Draws = Annotated[int, typer.Option(min=100, max=100_000, help="Draws of the bootstrap.")]


@app.callback()
def analyse() -> None:
    """Analyse what the contrasts of NLCL build on."""


@app.command()
def encoders(
    *,
    into: _Into,
    rainy: _Rainy = None,
    clean: _Clean = None,
    weights: Annotated[
        list[Path] | None,
        typer.Option(help="Checkpoint folder (G_B and D) or weight file (G_B); may be repeated, the first separates."),
    ] = None,
    rain_weights: _RainWeights = None,
    backbone: Annotated[
        Path | None, typer.Option(help="torchvision's weight file of AlexNet, SqueezeNet 1.1 or VGG-16.")
    ] = None,
    window: Annotated[int, typer.Option(min=32, max=256, help="Side of what an encoder sees, in pixels.")] = 64,
    places: Annotated[int, typer.Option(min=4, max=1000, help="Random places per photograph.")] = 32,
    limit: _Limit = 24,
    side: _Side = 1024,
    seed: _Seed = 0,
    draws: _Draws = 2000,
) -> None:
    """Compare feature encoders: how well does each tell rain patches from image patches?

    Layers come from rainy photographs, separated by a network, from rain that is rendered on clean ones, or both.
    Writes encoders.json and encoders.svg.

    \b
    Examples:
      nlcl-bench analyse encoders --rainy rain/ --weights checkpoint --into analysis
      nlcl-bench analyse encoders --rainy rain/ --clean sun/ --weights checkpoint --backbone vgg16.pth --into analysis
    """
    from baselines.analysis.contrasts import compare_encoders
    from baselines.analysis.figure import draw_encoders
    from baselines.analysis.layers import Scope

    given = weights or []
    sources, separating = _sources(rainy, clean, given[0] if given else None, rain_weights)
    chosen, left_out = _encoders(given, backbone, seed)
    report = compare_encoders(
        sources,
        chosen,
        Scope(limit=limit, side=side, places=places, seed=seed, draws=draws),
        window=window,
        weights=separating | {one.name: one.digest for one in chosen if one.digest is not None},
        left_out=left_out,
        track=track,
    )
    _write(into, {"encoders.json": f"{report.model_dump_json(indent=2)}\n", "encoders.svg": draw_encoders(report)})
    _show_encoders(report)
    say(f"figure: {into / 'encoders.svg'}")


@app.command()
def dimension(
    *,
    into: _Into,
    rainy: _Rainy = None,
    clean: _Clean = None,
    weights: Annotated[Path | None, typer.Option(help="Checkpoint folder or weight file of G_B.")] = None,
    rain_weights: _RainWeights = None,
    patch: Annotated[int, typer.Option(min=2, max=64, help="Side of a patch, in pixels.")] = 16,
    around: Annotated[int, typer.Option(min=4, max=256, help="Side of the search window, in pixels.")] = 40,
    stride: Annotated[int, typer.Option(min=1, help="Step between candidates, in pixels.")] = 1,
    separation: Annotated[int, typer.Option(min=1, help="Least distance of two patches of a group.")] = 1,
    count: Annotated[int, typer.Option(min=8, max=1024, help="Patches of a group.")] = 128,
    places: Annotated[int, typer.Option(min=1, max=1000, help="Random places per photograph.")] = 25,
    limit: _Limit = 24,
    side: _Side = 1024,
    seed: _Seed = 0,
    draws: _Draws = 2000,
) -> None:
    """Estimate the intrinsic dimension of groups of like patches, of image and of rain.

    The papers build on image patches having the higher one; estimators disagree on that. Writes dimension.json.

    \b
    Examples:
      nlcl-bench analyse dimension --rainy rain/ --weights checkpoint --into analysis
      nlcl-bench analyse dimension --clean sun/ --into analysis --stride 4 --separation 4 --count 64
    """
    from baselines.analysis.dimension import Grouping, measure_dimension
    from baselines.analysis.layers import Scope

    sources, separating = _sources(rainy, clean, weights, rain_weights)
    grouping = Grouping(patch=patch, window=around, stride=stride, separation=separation, count=count)
    scope = Scope(limit=limit, side=side, places=places, seed=seed, draws=draws)
    report = measure_dimension(sources, grouping, scope, weights=separating, track=track)
    _write(into, {"dimension.json": f"{report.model_dump_json(indent=2)}\n"})
    _show_dimension(report)


@app.command()
def ablation(
    *,
    held: Annotated[Path, typer.Option(help="Clean photographs to judge on; none of them may be trained on.")],
    into: _Into,
    data: Annotated[Path | None, typer.Option(help="A release folder to train on.")] = None,
    rainy: Annotated[Path | None, typer.Option(help="Instead of --data: a folder of photographs with rain.")] = None,
    clean: Annotated[Path | None, typer.Option(help="And one without.")] = None,
    config: Annotated[str, typer.Option(help="Recipe with all of its losses: a preset or a TOML file.")] = "nlcl",
    steps: Annotated[int, typer.Option(min=1, help="Steps of each training.")] = 500,
    crop: Annotated[int | None, typer.Option(min=1, help="Side of the crops in pixels; default: the recipe's.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Samples per step; default: the recipe's.")] = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Trainings of each kind.")] = 2,
    limit: _Limit = 24,
    side: _Side = 512,
    seed: _Seed = 0,
    draws: _Draws = 2000,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1; auto takes a GPU if there is one.")] = "auto",
) -> None:
    """Train short runs, each without one of the losses, and tabulate what each of them is worth.

    All have the same photographs, budget and seeds, and are judged on rain rendered on photographs that none has seen.
    Writes ablation.json; trainings that are done are not done again.

    \b
    Examples:
      nlcl-bench analyse ablation --data release --held sun/ --into ablation --steps 500
      nlcl-bench analyse ablation --rainy rain/ --clean sun/ --held moon/ --into ablation --config nlcl-asymmetric
    """
    import torch

    from baselines.analysis.ablation import ablate
    from baselines.analysis.layers import Scope
    from baselines.cli.training import photographs
    from baselines.nlcl.config import read_config
    from nlcl_bench.evaluation.provenance import device_name

    report = ablate(
        read_config(config, steps=steps, crop=crop, batch=batch, seed=seed),
        lambda: photographs(data, rainy, clean),
        held,
        into,
        seeds=seeds,
        scope=Scope(limit=limit, side=side, seed=seed, draws=draws),
        device=torch.device(device_name(device)),
        track=track,
    )
    _write(into, {"ablation.json": f"{report.model_dump_json(indent=2)}\n"})
    _show_ablation(report)


def _write(into: Path, texts: dict[str, str]) -> None:
    from nlcl_bench.core.files import make_folder, writing

    make_folder(into)
    for name, text in texts.items():
        with writing(into / name) as part:
            part.write_text(text, encoding="utf-8")


def _sources(
    rainy: Path | None, clean: Path | None, weights: Path | None, rain_weights: Path | None
) -> tuple[list[Source], dict[str, str]]:
    """Return where layers come from, and the digests of the weights that separate."""
    from baselines.analysis.encoders import generator_file
    from baselines.analysis.layers import rendered, separated
    from nlcl_bench.core.digest import sha256_file

    sources, digests = [], {}
    if rainy is not None:
        if weights is None:
            raise InputError(
                "nothing to separate the rainy photographs with", where="--rainy", fix="give --weights, or only --clean"
            )
        background = generator_file(weights)
        sources.append(separated(rainy, background, rain_weights))
        digests["separating background"] = sha256_file(background)
        if rain_weights is not None:
            digests["separating rain"] = sha256_file(rain_weights)
    elif rain_weights is not None:
        raise InputError("has no rainy photographs to work on", where="--rain-weights", fix="give --rainy as well")
    if clean is not None:
        sources.append(rendered(clean))
    if not sources:
        raise InputError("no photographs", where="analyse", fix="give --rainy and --weights, or --clean, or all three")
    return sources, digests


def _encoders(weights: list[Path], backbone: Path | None, seed: int) -> tuple[list[Encoder], dict[str, str]]:
    """Return what is compared, and what is not and why."""
    from dataclasses import replace

    from baselines.analysis import encoders as known

    chosen = [known.pixels(), known.untrained(seed)]
    left_out: dict[str, str] = {}
    if not weights:
        left_out |= dict.fromkeys(("discriminator", "generator"), "no --weights")
    for number, path in enumerate(weights, 1):
        mark = f" {number}" if len(weights) > 1 else ""
        if path.is_dir():
            one = known.discriminator(path)
            chosen.append(replace(one, name=f"{one.name}{mark}"))
        else:
            left_out[f"discriminator{mark}"] = "a file of G_B has none; give the folder of a checkpoint"
        one = known.generator(path)
        chosen.append(replace(one, name=f"{one.name}{mark}"))
    if backbone is None:
        left_out["pretrained backbone"] = "no --backbone"
    else:
        chosen.append(known.backbone(backbone))
    return chosen, left_out


def _show_encoders(report: EncodersReport) -> None:
    from baselines.analysis.contrasts import QUESTIONS

    for source, photographs in report.photographs.items():
        lines: dict[tuple[str, ...], list[str]] = {}
        for row in report.rows:
            if row.source == source:
                key = (row.encoder, str(row.layer), str(row.channels))
                lines.setdefault(key, []).append(f"{row.area}  {row.silhouette.mean:+.2f}")
        table(
            f"{source} layers of {len(photographs)} photographs: AUC of a linear probe [95 % interval], silhouette",
            ("encoder", "layer", "features", *QUESTIONS),
            [(*key, *cells) for key, cells in lines.items()],
        )
    for name, why in report.left_out.items():
        warn(f"left out: {name} ({why})")
    _show_skipped(report.skipped)


def _show_dimension(report: DimensionReport) -> None:
    from baselines.analysis.dimension import sentence

    for source, photographs in report.photographs.items():
        rows = [row for row in report.rows if row.source == source]
        table(
            f"{source} layers of {len(photographs)} photographs: dimension of groups of like patches [95 % interval]",
            ("estimator", "kind", "image", "rain", "share of places where image is higher"),
            [(row.estimator, row.kind, str(row.background), str(row.rain), str(row.higher)) for row in rows],
        )
        for row in rows:
            say(sentence(row))
    _show_skipped(report.skipped)


def _show_ablation(report: AblationReport) -> None:
    names = {"gain": "PSNR gained on rendered rain", "kept": "PSNR of clean photographs"}
    rows = [
        (
            one.name,
            *(str(one.scores[name]) for name in names),
            *("" if one.against is None else str(one.against[name]) for name in names),
        )
        for one in report.variants
    ]
    table(
        f"{len(report.seeds)} trainings each of {report.config.steps} steps, judged on "
        f"{len(report.photographs)} photographs: dB [95 % interval]",
        ("training", *names.values(), "gained against all losses", "clean against all losses"),
        rows,
    )
    _show_skipped(report.skipped)


def _show_skipped(skipped: tuple[str, ...]) -> None:
    for line in skipped:
        warn(f"skipped {line}")
