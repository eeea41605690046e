"""From a curated folder to the Hub: release, publish."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from nlcl_bench.cli import console

__all__ = ["publish", "release"]


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
    repo: Annotated[
        str | None, typer.Option(metavar="ORG/NAME", help="Where it will lie on the Hub; the card says how to load it.")
    ] = None,
    version: Annotated[str, typer.Option(metavar="vX.Y.Z", help="The tag that will pin it.")] = "v1.0.0",
    previous: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="The release folder of the version before; the card tells what changed."),
    ] = None,
    without_face_check: Annotated[
        bool, typer.Option("--without-face-check", help="Release though nobody looked for faces; the card says so.")
    ] = False,
    leave_out_unreviewed: Annotated[
        bool, typer.Option("--leave-out-unreviewed", help="Leave out what may show a face, until a person has looked.")
    ] = False,
) -> None:
    """Write the dataset as it will lie on the Hub: Parquet shards, card, attribution, checksums, benchmark.

    The images' metadata is removed without encoding them again. Photographs whose licence is not known, and those that
    may show a face nobody has looked at, are refused.

    \b
    Examples:
      nlcl-bench release curated --into street-rain --title "Rain in streets" --contact rain@example.org
      nlcl-bench release curated --into street-rain --repo ORG/street-rain --version v1.0.0
      nlcl-bench release curated --into second --repo ORG/street-rain --version v1.1.0 --previous street-rain
      python -c 'from datasets import load_dataset; print(load_dataset("street-rain"))'
    """
    from collection_tools.release.release import release as run

    done = run(
        curated,
        into,
        name=name,
        title=title,
        contact=contact,
        repo=repo,
        version=version,
        previous=previous,
        without_face_check=without_face_check,
        leave_out_unreviewed=leave_out_unreviewed,
        track=console.track,
    )
    rows = [(part.config, part.split, str(len(part.rows)), str(len(part.shards))) for part in done.parts]
    console.table(f"Released into {into}", ("config", "split", "rows", "shards"), rows)
    if done.left_out:
        console.say(f"{done.left_out} images wait for a person and were left out: nlcl-bench review {curated}")
    console.say(f"{done.images} images, {done.bytes / 1e6:.1f} MB")


def publish(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `nlcl-bench release` wrote.")],
    repo: Annotated[str, typer.Option(metavar="ORG/NAME", help="The dataset's name on the Hub; made if it is new.")],
    benchmark: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The benchmark to write, pinned; else NAME-VERSION.toml.")
    ] = None,
    *,
    private: Annotated[bool, typer.Option("--private", help="Make a new repository private.")] = False,
    gated: Annotated[
        Literal["auto", "manual"] | None, typer.Option(help="Readers ask for access, which is given so.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
) -> None:
    """Publish a release on the Hub: a pull request with all of it, merged when it is whole, then its version as a tag.

    What is uploaded already is not uploaded again; after a failure the same command goes on. A card whose words were
    changed on the Hub keeps them. Log in first, with `hf auth login`.

    \b
    Examples:
      nlcl-bench publish street-rain --repo ada/street-rain --dry-run
      nlcl-bench publish street-rain --repo ada/street-rain
      nlcl-bench evaluate --method identity --data street-rain-v1.0.0.toml
    """
    from collection_tools.publish.publish import publish as run

    done = run(folder, repo, benchmark=benchmark, private=private, gated=gated, dry_run=dry_run, track=console.track)
    found = done.changes
    rows = [(what, name) for what in ("add", "change", "remove") for name in getattr(found, what)]
    console.table(f"{repo} {'would change' if dry_run else 'changed'}: {found.bytes / 1e6:.1f} MB", ("", "file"), rows)
    if done.card_kept:
        console.say("the words of the card on the Hub were changed there and stay")
    if done.revision is not None:
        console.say(f"{repo} {done.tag} is commit {done.revision}, pinned in {done.benchmark}")
