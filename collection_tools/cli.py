"""The commands of this wing: collect, merge, withdraw, fingerprint, curate, review, release."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli import console
from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    from collection_tools.collect.fold import Collection
    from nlcl_bench.data.record import Domain

__all__ = ["collect", "curate", "fingerprint", "merge", "release", "review", "withdraw"]

Jobs = Annotated[int, typer.Option(metavar="N", min=1, help="Processes; the result does not depend on it.")]
ShardName = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Do only the I-th of N parts of the work; see the examples."),
]
ExecutorName = Annotated[
    str | None,
    typer.Option("--executor", metavar="local|slurm|ray", help="Who does all parts; needs nlcl-bench[distributed]."),
]
Tasks = Annotated[int, typer.Option(metavar="N", min=1, max=9999, help="With --executor: how many parts.")]
Partition = Annotated[str | None, typer.Option(metavar="NAME", help="With --executor slurm: where; sinfo lists them.")]
Time = Annotated[str, typer.Option(metavar="D-HH:MM:SS", help="With --executor slurm: the longest a part may take.")]


def collect(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Folders, searched deeply; .zip and .tar archives, plain or .gz, .bz2, .xz; videos; .csv and .parquet "
            "lists.",
        ),
    ],
    into: Annotated[Path, typer.Option(metavar="STORE", help="The store; it is made, or added to.")],
    domain: Annotated[str, typer.Option(metavar="rainy|clean", help="Whether it rains in these photographs.")],
    licence: Annotated[
        str | None, typer.Option(metavar="SPDX", help="Their licence, e.g. CC-BY-4.0 or LicenseRef-own-terms.")
    ] = None,
    author: Annotated[str | None, typer.Option(metavar="NAME", help="Whom to name for them.")] = None,
    source: Annotated[str | None, typer.Option(metavar="URL", help="Where they were published before.")] = None,
    consent: Annotated[
        str | None, typer.Option(metavar="TEXT", help="How people in them, or the author, agreed.")
    ] = None,
    clean: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Rain-free twins, a folder or archive: the same paths and names, whatever the suffix.",
        ),
    ] = None,
    every: Annotated[
        float, typer.Option(metavar="SECONDS", help="Between the frames that are taken of a video.")
    ] = 1.0,
    static: Annotated[
        bool,
        typer.Option(
            "--static",
            help="Take pairs of videos: rainy frames, and the scene without rain if the camera stands still.",
        ),
    ] = False,
    jobs: Jobs = 1,
    shard: ShardName = None,
    executor: ExecutorName = None,
    tasks: Tasks = 16,
    partition: Partition = None,
    time: Time = "24:00:00",
) -> None:
    """Collect photographs into a store, with how they were taken and who may do what with them.

    The original files are kept untouched. A sources.toml in a folder speaks for that folder and all below, and wins
    over the options: licence, author, source, consent, and tables such as [files."phone/*.jpg"] with the same keys.
    Archives are read in place, also those that lie in a folder: each counts as a folder of its name, sources.toml and
    all. A list has one photograph a row: path, starting at the list's folder, and, as far as known, licence, author,
    source, consent and clean, the path of its rain-free twin; what a row says wins over all else.
    A video counts as a folder of its frames: one every second, and one after each cut. With --static each of them comes
    with the scene without rain, estimated from two seconds around it, for the paired config of a release.
    Files that cannot be used are listed with the reason in STORE/rejected.parquet. A second run adds nothing.

    \b
    Examples:
      nlcl-bench collect photos --into store --domain rainy --licence CC-BY-4.0 --author "Ada Example"
      nlcl-bench collect dry --into store --domain clean --licence CC0-1.0 --author "Ada Example"
      nlcl-bench collect rain --clean dry --into store --domain rainy
      nlcl-bench collect monday.zip tuesday.tar.gz photos/list.csv --into store --domain rainy
      nlcl-bench collect yard.mp4 --static --into store --domain rainy
    \b
    On several machines that share the store, each with its own I, and then once:
      nlcl-bench collect photos --into store --domain rainy --shard 1/4
      nlcl-bench merge store
    \b
    Or by an executor, which does all parts and merges them. Slurm is given an array of jobs, and one that merges;
    --jobs is then how many processors each has. Ray is that of RAY_ADDRESS, else one is started here:
      nlcl-bench collect photos --into store --domain rainy --executor local --tasks 16 --jobs 8
      nlcl-bench collect photos --into store --domain rainy --executor ray --tasks 64 --jobs 8
      nlcl-bench collect photos --into store --domain rainy --executor slurm --tasks 64 --partition main --time 4:00:00
    """
    from collection_tools.collect import collect as collecting
    from collection_tools.collect.filmed import VideoOptions
    from collection_tools.collect.sources import state
    from collection_tools.collect.walk import given_source
    from collection_tools.distribute.chosen import all_parts, chosen
    from collection_tools.shards import shard as read_shard

    if domain not in {"rainy", "clean"}:
        raise typer.BadParameter("write rainy or clean", param_hint="--domain")
    rains: Domain = "rainy" if domain == "rainy" else "clean"
    given = state(licence=licence, author=author, source=source, consent=consent)
    video = VideoOptions(every_seconds=every, static=static)
    by = chosen(executor, shard=shard, tasks=tasks, jobs=jobs, partition=partition, time=time)
    if shard is not None:
        part = read_shard(shard)
        files = collecting.collect_shard(
            folders,
            into,
            shard=part,
            domain=rains,
            given=given,
            clean=clean,
            video=video,
            jobs=jobs,
            track=console.track,
        )
        console.say(f"shard {shard} is done, {files} files; when all are: nlcl-bench merge {into}")
        return
    if by is not None:
        step = partial(
            collecting.collect_shard,
            [given_source(folder) for folder in folders],
            into.resolve(),
            domain=rains,
            given=given,
            clean=None if clean is None else clean.resolve(),
            video=video,
            jobs=by.processes,
        )
        after = partial(merge, into.resolve())
        if all_parts(step, after, by, into=into, what="collect", say=console.say, track=console.track):
            after()
        return
    done = collecting.collect(
        folders, into, domain=rains, given=given, clean=clean, video=video, jobs=jobs, track=console.track
    )
    _tell_collected(done, into, folders[0])


def merge(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="The store that all shards wrote to.")],
) -> None:
    """Bring together what the shards of `nlcl-bench collect --shard` saw.

    The store is then as if one process had collected everything. Shards of `curate` need no merging: curate once
    more without --shard.

    \b
    Example:
      nlcl-bench merge store
    """
    from collection_tools.collect.sharded import merge as run

    _tell_collected(run(store, track=console.track), store, store)


def _tell_collected(done: "Collection", into: Path, first: Path) -> None:
    rows = [
        ("added", str(done.added)),
        ("licence or twin learnt", str(done.completed)),
        ("there already", str(done.known)),
    ]
    rows += [(f"rejected: {reason}", str(count)) for reason, count in done.reasons.most_common()]
    console.table(f"Collected into {into}", ("files", "number"), rows)
    if done.videos:
        console.table("Videos", ("video", "camera"), list(done.videos.items()))
    if done.unpaired:
        console.say(f"{done.unpaired} rainy photographs have no usable rain-free twin and stay unpaired")
    if done.unlicensed:
        console.warn(
            f"nobody stated the licence of {done.unlicensed} photographs, and a release refuses them: collect again "
            "with --licence and --author, or write a sources.toml"
        )
    if not done.usable:
        raise InputError(
            "no photograph could be collected", where=first, fix=f"the reasons are in {into / 'rejected.parquet'}"
        )
    if not done.added and not done.completed:
        console.say("nothing new: the store is as it was")


def withdraw(
    names: Annotated[list[str], typer.Argument(metavar="ID...", help="image_id or sha256 of the photographs.")],
    store: Annotated[Path, typer.Option(metavar="STORE", help="The store they were collected into.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept and shown by later runs.")],
) -> None:
    """Take photographs back for good: delete their bytes, and let no later run take them in again.

    Curate and release again afterwards, so that the next version of the dataset is without them.

    \b
    Example:
      nlcl-bench withdraw 90eef0ed2d1b3b02 --store store --reason "a person in it asked for it"
    """
    from collection_tools.withdraw import withdraw as run

    for one in run(store, names, reason):
        console.say(f"{one.sha256[:16]} ({one.file}) is withdrawn: {one.reason}")


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
    from collection_tools.distribute.chosen import all_parts, chosen
    from collection_tools.report.report import report, tables
    from collection_tools.shards import shard as read_shard
    from nlcl_bench.core.files import existing_folder

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
        if all_parts(step, after, by, into=into, what="curate", say=console.say, track=console.track):
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


def release(
    curated: Annotated[Path, typer.Argument(metavar="CURATED", help="A folder that `nlcl-bench curate` wrote.")],
    into: Annotated[Path, typer.Option(metavar="DIR", help="The release folder: new, or an earlier release.")],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The benchmark's name; else that of the folder.")
    ] = None,
    title: Annotated[str | None, typer.Option(metavar="TITLE", help="The dataset's title; else its name.")] = None,
    contact: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Where to ask for a photograph to be taken down.")
    ] = None,
) -> None:
    """Write the dataset as it will lie on the Hub: Parquet shards, card, attribution, checksums, benchmark.

    The images' metadata is removed without encoding them again. Photographs whose licence is not known are refused.

    \b
    Examples:
      nlcl-bench release curated --into street-rain --title "Rain in streets" --contact rain@example.org
      python -c 'from datasets import load_dataset; print(load_dataset("street-rain"))'
    """
    from collection_tools.release.release import release as run

    done = run(curated, into, name=name, title=title, contact=contact, track=console.track)
    rows = [(part.config, part.split, str(len(part.rows)), str(len(part.shards))) for part in done.parts]
    console.table(f"Released into {into}", ("config", "split", "rows", "shards"), rows)
    console.say(f"{done.images} images, {done.bytes / 1e6:.1f} MB")
