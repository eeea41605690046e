"""Into a store and out of it: collect, merge, withdraw."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collection_tools.cli.options import Jobs, ShardName
from nlcl_bench.cli import console
from nlcl_bench.cli.options import ExecutorName, Partition, Tasks, Time
from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    from collection_tools.collect.fold import Collection
    from nlcl_bench.data.record import Domain

__all__ = ["collect", "merge", "withdraw"]


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
    from nlcl_bench.core.distribute.chosen import all_parts, chosen
    from nlcl_bench.core.shards import shard as read_shard

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
        if all_parts(step, after, by, folder=into / "executor", what="collect", say=console.say, track=console.track):
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
