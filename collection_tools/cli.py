"""The commands of this wing: collect, withdraw, curate, release."""

from pathlib import Path
from typing import Annotated

import typer

from nlcl_bench.cli import console
from nlcl_bench.core.errors import InputError

__all__ = ["collect", "curate", "release", "withdraw"]


def collect(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Folders, searched deeply; .zip and .tar archives, plain or .gz, .bz2, .xz; .csv and .parquet lists.",
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
) -> None:
    """Collect photographs into a store, with how they were taken and who may do what with them.

    The original files are kept untouched. A sources.toml in a folder speaks for that folder and all below, and wins
    over the options: licence, author, source, consent, and tables such as [files."phone/*.jpg"] with the same keys.
    Archives are read in place, also those that lie in a folder: each counts as a folder of its name, sources.toml and
    all. A list has one photograph a row: path, starting at the list's folder, and, as far as known, licence, author,
    source, consent and clean, the path of its rain-free twin; what a row says wins over all else.
    Files that cannot be used are listed with the reason in STORE/rejected.parquet. A second run adds nothing.

    \b
    Examples:
      nlcl-bench collect photos --into store --domain rainy --licence CC-BY-4.0 --author "Ada Example"
      nlcl-bench collect dry --into store --domain clean --licence CC0-1.0 --author "Ada Example"
      nlcl-bench collect rain --clean dry --into store --domain rainy
      nlcl-bench collect monday.zip tuesday.tar.gz photos/list.csv --into store --domain rainy
    """
    from collection_tools.collect.collect import collect as run
    from collection_tools.collect.sources import state

    if domain not in {"rainy", "clean"}:
        raise typer.BadParameter("write rainy or clean", param_hint="--domain")
    given = state(licence=licence, author=author, source=source, consent=consent)
    done = run(
        folders, into, domain="rainy" if domain == "rainy" else "clean", given=given, clean=clean, track=console.track
    )
    rows = [
        ("added", str(done.added)),
        ("licence or twin learnt", str(done.completed)),
        ("there already", str(done.known)),
    ]
    rows += [(f"rejected: {reason}", str(count)) for reason, count in done.reasons.most_common()]
    console.table(f"Collected into {into}", ("files", "number"), rows)
    if done.unpaired:
        console.say(f"{done.unpaired} rainy photographs have no usable rain-free twin and stay unpaired")
    if done.unlicensed:
        console.warn(
            f"nobody stated the licence of {done.unlicensed} photographs, and a release refuses them: collect again "
            "with --licence and --author, or write a sources.toml"
        )
    if not done.usable:
        raise InputError(
            "no photograph could be collected", where=folders[0], fix=f"the reasons are in {into / 'rejected.parquet'}"
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


def curate(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="A store that `nlcl-bench collect` filled.")],
    into: Annotated[
        Path, typer.Option(metavar="CURATED", help="The curated folder; it is made, or brought up to date.")
    ],
    recipe: Annotated[
        Path | None, typer.Option(metavar="TOML", help="A recipe of your own; only the lines that differ.")
    ] = None,
) -> None:
    """Choose what is published, find copies and scenes, and deal the scenes to splits.

    Every photograph that is left out has its reason in CURATED/rejected.parquet. Curating again into the same folder
    takes in what is new in the store and never moves a photograph from its scene or split.

    \b
    Examples:
      nlcl-bench curate store --into curated
      nlcl-bench curate store --into curated --recipe strict.toml
    """
    from collection_tools.curate.curate import curate as run
    from collection_tools.curate.recipe import read_recipe

    done = run(store, into, recipe=read_recipe(recipe), track=console.track)
    rows = [("kept", str(done.kept)), ("scenes", str(done.scenes))]
    rows += [(f"split {split}", str(count)) for split, count in done.splits.items()]
    rows += [(f"rejected: {reason}", str(count)) for reason, count in done.rejected.items()]
    console.table(f"Curated into {into}", ("photographs", "number"), rows)
    if not done.kept:
        raise InputError(
            "no photograph was kept",
            where=store,
            fix=f"the reasons are in {into / 'rejected.parquet'}; loosen the recipe",
        )


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
