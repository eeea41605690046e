"""``nlcl-bench compare-losses``: one generator, one budget, many losses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli.console import note, say, table, track, warn

__all__ = ["compare_losses"]


def compare_losses(
    *,
    rainy: Annotated[Path, typer.Option(help="Photographs with rain to train on.")],
    clean: Annotated[Path, typer.Option(help="Photographs without; they need not show the same places.")],
    pairs: Annotated[Path, typer.Option(help="Pairs to judge on, such as 001_rain.png and 001_clean.png.")],
    into: Annotated[Path, typer.Option(help="Folder of trainings, restored pictures and the table.")],
    held: Annotated[
        Path | None, typer.Option(help="Clean photographs to judge on that none is trained on; default: --clean.")
    ] = None,
    methods: Annotated[
        str, typer.Option(help="Comma-separated: nlcl, rendered, cyclegan, cut, fastcut, dcd, deraincyclegan.")
    ] = "nlcl,rendered,cyclegan,cut,fastcut,dcd,deraincyclegan",
    config: Annotated[
        str, typer.Option(help="Recipe that all share: nlcl begins with rendered rain, scratch does not; or a TOML.")
    ] = "nlcl",
    steps: Annotated[int, typer.Option(min=1, help="Steps of each training.")] = 500,
    crop: Annotated[int | None, typer.Option(min=1, help="Side of the crops in pixels; default: the recipe's.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Samples per step; default: the recipe's.")] = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Trainings of each method.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="The first of them.")] = 0,
    limit: Annotated[int, typer.Option(min=1, help="Pictures of a folder to judge on.")] = 24,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1; auto takes a GPU if there is one.")] = "auto",
) -> None:
    """Train methods with the same generator, photographs, budget and seeds, and tabulate what their losses are worth.

    Each restores the same pairs, clean and rainy photographs. Writes losses.json and losses.csv: luma PSNR and SSIM of
    the pairs, change of clean and of rainy photographs, with 95 % intervals over pictures, seconds per step and peak
    memory. After a kill the same command goes on; trainings that are done are not done again.

    \b
    Examples:
      nlcl-bench compare-losses --rainy rain/ --clean sun/ --pairs Rain100L/ --into losses
      nlcl-bench compare-losses --rainy rain/ --clean sun/ --pairs Rain100L/ --into losses --config scratch
      nlcl-bench compare-losses --rainy rain/ --clean sun/ --pairs Rain100L/ --into losses --methods nlcl,cut --seeds 3
    """
    import torch

    from baselines.analysis.comparison import compare_losses as compare
    from baselines.analysis.comparison_texts import as_csv, as_json, terminal
    from baselines.cli.training import photographs
    from baselines.nlcl.config import read_config
    from nlcl_bench.core.files import make_folder, write_texts
    from nlcl_bench.evaluation.provenance import device_name

    chosen = torch.device(device_name(device))
    note(f"compare losses: {steps} steps each, on {chosen}")
    report = compare(
        read_config(config, steps=steps, crop=crop, batch=batch, seed=seed),
        [word.strip() for word in methods.split(",")],
        lambda: photographs(None, rainy, clean),
        {"pairs": pairs, "clean": held or clean, "rainy": rainy},
        into,
        seeds=seeds,
        limit=limit,
        device=chosen,
        track=track,
    )
    write_texts({"losses.csv": as_csv(report), "losses.json": as_json(report)}, make_folder(into))
    for line in report.skipped:
        warn(f"skipped {line}")
    table(f"{len(report.seeds)} trainings each of {steps} steps: mean [95 % interval over pictures]", *terminal(report))
    say(f"table: {into / 'losses.csv'}")
