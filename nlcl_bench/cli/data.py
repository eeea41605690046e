"""``nlcl-bench data``: look into a release."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli.console import say, table

__all__ = ["app"]

app = typer.Typer(help="Look into a release of photographs.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Look into a release of photographs."""


@app.command()
def show(release: Annotated[Path, typer.Argument(help="A folder that `nlcl-bench release` wrote.")]) -> None:
    """Load a release as any user of the Hub does, with `datasets.load_dataset`, and print what is in it.

    \b
    Example:
      nlcl-bench data show release/
    """
    from nlcl_bench.data.benchmark import read_benchmark
    from nlcl_bench.data.loading import contents, load_hub_style, load_records

    benchmark = read_benchmark(release)
    rows = []
    for config, split in contents(release):
        loaded = load_hub_style(release, config, split)
        records = load_records(release, benchmark.model_copy(update={"config": config, "split": split}))
        image = loaded[0]["image"]
        cameras = Counter(record.capture.camera_model for record in records if record.capture.camera_model)
        scenes = len({record.scene_id for record in records})
        first = f"{image.width}x{image.height}"
        rows.append((config, split, str(len(loaded)), str(scenes), str(len(cameras)), first))
    table(benchmark.title, ("config", "split", "images", "scenes", "cameras", "first image"), rows)
    say(f'load_dataset("{release}", "{benchmark.config}", split="{benchmark.split}")')
