"""From a store to what may be published: fingerprint, curate, review."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from collection_tools.cli.options import Jobs, ShardName
from nlcl_bench.cli import console
from nlcl_bench.cli.options import ExecutorName, Partition, Tasks, Time
from nlcl_bench.core.errors import InputError

__all__ = ["curate", "fingerprint", "review"]


def fingerprint(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The pictures of a test set, searched deeply.")],
    into: Annotated[Path, typer.Option(metavar="LIST", help="The list to write, NAME.parquet.")],
) -> None:
    """List what the pictures of a test set look like, so that curate can keep them out of a dataset for training.

    The list holds digests and thumbnails of 16 x 16 grey cells, no pictures.

    \b
    Example:
      nlcl-bench fingerprint Rain100L/input --into rain100l.parquet
    """
    from collection_tools.curate.against import fingerprint as run

    pictures, problems = run(folder, into, track=console.track)
    for problem in problems:
        console.warn(problem)
    console.say(f"{into} lists {pictures} pictures")


def curate(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="A store that `nlcl-bench collect` filled.")],
    into: Annotated[
        Path, typer.Option(metavar="CURATED", help="The curated folder; it is made, or brought up to date.")
    ],
    recipe: Annotated[
        Path | None, typer.Option(metavar="TOML", help="A recipe of your own; only the lines that differ.")
    ] = None,
    against: Annotated[
        list[Path] | None,
        typer.Option(metavar="LIST", help="A list of a known test set, made by `nlcl-bench fingerprint`; repeat it."),
    ] = None,
    faces: Annotated[
        bool | None,
        typer.Option("--faces/--no-faces", help="Look for faces; else if nlcl-bench[privacy] is installed."),
    ] = None,
    jobs: Jobs = 1,
    shard: ShardName = None,
    executor: ExecutorName = None,
    tasks: Tasks = 16,
    partition: Partition = None,
    time: Time = "24:00:00",
) -> None:
    """Choose what is published, find copies and scenes, and deal the scenes to splits.

    Every photograph that is left out has its reason in CURATED/rejected.parquet, and CURATED/report.html shows what was
    kept and what was not. Curating again into the same folder
    takes in what is new in the store and what people decided (nlcl-bench review), examines nothing twice, and never
    moves a photograph from its scene or split.

    \b
    Examples:
      nlcl-bench curate store --into curated
      nlcl-bench curate store --into curated --recipe strict.toml --jobs 4
      nlcl-bench curate store --into curated --against rain100l.parquet --against spa.parquet
    \b
    On several machines that share both folders, each with its own I, and then once:
      nlcl-bench curate store --into curated --shard 1/4
      nlcl-bench curate store --into curated
    \b
    Or by an executor, which does all parts and then decides; see nlcl-bench collect --help:
      nlcl-bench curate store --into curated --executor local --tasks 16 --jobs 8
      nlcl-bench curate store --into curated --executor ray --tasks 64 --jobs 8
      nlcl-bench curate store --into curated --executor slurm --tasks 64 --partition main --time 4:00:00
    """
    from collection_tools.curate import curate as curating
    from collection_tools.curate.curated import read_uncertain
    from collection_tools.curate.recipe import read_recipe
    from collection_tools.report.report import report, tables
    from nlcl_bench.core.distribute.chosen import all_parts, chosen
    from nlcl_bench.core.files import existing_folder
    from nlcl_bench.core.shards import shard as read_shard

    wanted = read_recipe(recipe)
    by = chosen(executor, shard=shard, tasks=tasks, jobs=jobs, partition=partition, time=time)
    if shard is not None:
        part = read_shard(shard)
        files = curating.curate_shard(
            store, into, shard=part, recipe=wanted, faces=faces, jobs=jobs, track=console.track
        )
        console.say(f"shard {shard} is done, {files} photographs; when all are, curate once more without --shard")
        return
    if by is not None:
        here, there = existing_folder(store).resolve(), into.resolve()
        own, lists = None if recipe is None else recipe.resolve(), [path.resolve() for path in against or []]
        step = partial(curating.curate_shard, here, there, recipe=wanted, faces=faces, jobs=by.processes)
        after = partial(curate, here, there, recipe=own, against=lists, faces=faces, jobs=jobs)
        if all_parts(step, after, by, folder=into / "executor", what="curate", say=console.say, track=console.track):
            after()
        return
    done = curating.curate(
        store, into, recipe=wanted, against=against or [], faces=faces, jobs=jobs, track=console.track
    )
    for title, header, rows in tables(report(into, track=console.track)):
        console.table(title, header, rows)
    console.say(f"all of it, with pictures: {into / 'report.html'}")
    waiting = len(read_uncertain(into))
    if waiting:
        console.say(f"{waiting} photographs show what may be a face, and wait for a person: nlcl-bench review {into}")
    if not done.faces:
        console.say("faces were not looked for: that needs nlcl-bench[privacy]")
    if not done.kept:
        raise InputError(
            "no photograph was kept",
            where=store,
            fix=f"the reasons are in {into / 'rejected.parquet'}; loosen the recipe",
        )


def review(
    curated: Annotated[Path, typer.Argument(metavar="CURATED", help="A folder that `nlcl-bench curate` wrote.")],
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page, or only print its address.")
    ] = True,
) -> None:
    """Look through what was kept and what was left out on a local page, and decide.

    Accept and reject, name kinds of rain, draw boxes around what is private; every key is shown by ?. Only this machine
    can open the page. A decision is on the disk before the page says so, and can be undone; curate applies it.

    \b
    Examples:
      nlcl-bench review curated
      nlcl-bench review curated --no-browser --port 8321
    """
    from collection_tools.review.serve import serve

    done = serve(curated, port=port, open_browser=browser, say=console.say, track=console.track)
    console.say(f"{done.decisions} decisions were made; they stand in {done.file}")
    if done.decisions:
        console.say("nlcl-bench curate applies them")
