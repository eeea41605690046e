"""``nlcl-bench data``: look into a release, check a copy of one, and bring in a set that is there already."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import note, say, table, track, warn
from nlcl_bench.core.errors import InputError, ManifestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlcl_bench.data.record import Split
    from nlcl_bench.data.summary import Contents, Summary

__all__ = ["app"]

_MOST_LINES = 40
_MOST_NAMES = 8

app = typer.Typer(
    help="Look into a release, verify a copy of one, import a set you have.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Source = Annotated[str, typer.Argument(help="A release folder, or a dataset of the Hub: ORG/NAME.")]
_Revision = Annotated[str | None, typer.Option(help="Tag, branch or commit on the Hub; default: main.")]


class _Split(StrEnum):
    """The splits, as the command line names them."""

    train = "train"
    validation = "validation"
    test = "test"


@app.callback()
def _group() -> None:
    """Look into a release, verify a copy of one, import a set you have."""


@app.command()
def show(source: _Source, *, revision: _Revision = None) -> None:
    """Print what is in a release: splits, sizes, licences, kinds of rain, cameras, day and night.

    Of a dataset on the Hub only the columns that are counted are fetched, no image.

    \b
    Examples:
      nlcl-bench data show release/
      nlcl-bench data show ORG/NAME --revision v1.0.0
    """
    from nlcl_bench.data.summary import summarize

    summary = summarize(source, revision=revision, track=track)
    benchmark = summary.benchmark
    columns = ("config", "split", "images", "scenes", "MB", "smallest", "largest", "day", "night", "records")
    table(benchmark.title, columns, [_row(one) for one in summary.contents])
    for title, counts in (
        ("licences", summary.licences),
        ("authors", summary.authors),
        ("kinds of rain", summary.rain_kinds),
        ("cameras", summary.cameras),
    ):
        _counts(title, counts)
    if benchmark.imported:
        note("This set was imported for your own use; it is not to be published.")
    for line in _how_to_load(source, summary):
        say(line)


def _row(one: Contents) -> tuple[str, ...]:
    matches = {True: "as pinned", False: "NOT AS PINNED", None: "not pinned"}[one.matches]
    sizes = (f"{width}x{height}" for width, height in (one.smallest, one.largest))
    light = (str(count) if one.day or one.night else "-" for count in (one.day, one.night))
    return (
        one.config, one.split, f"{one.images:,}", f"{one.scenes:,}", f"{one.bytes / 1e6:,.1f}", *sizes, *light, matches
    )  # fmt: skip


def _counts(title: str, counts: Sequence[tuple[str, int]]) -> None:
    if not counts:
        return
    rows = [(name, f"{count:,}") for name, count in counts[:_MOST_NAMES]]
    if len(counts) > _MOST_NAMES:
        rest = sum(count for _, count in counts[_MOST_NAMES:])
        rows.append((f"{len(counts) - _MOST_NAMES:,} others", f"{rest:,}"))
    table("", (title, "images"), rows)


def _how_to_load(source: str, summary: Summary) -> list[str]:
    benchmark = summary.benchmark
    at = f', revision="{benchmark.revision}"' if benchmark.source.startswith("hf://") else ""
    name = source.removeprefix("hf://")
    words = f'("{name}", "{benchmark.config}", split="{benchmark.split}"{at})'
    return [f"nlcl_bench.data.load_split{words}", f"datasets.load_dataset{words}"]


@app.command()
def verify(
    source: _Source,
    *,
    revision: _Revision = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Files that are not there are no fault, as when one split was fetched.")
    ] = False,
) -> None:
    """Check a release, here or on the Hub: files, records and images against what was released.

    Every file is compared with SHA256SUMS, the records of every split with benchmark.toml, and the bytes of every image
    with its record. What is wrong is named, one line each, and the exit code is 1. A dataset of the Hub is fetched as a
    whole.

    \b
    Examples:
      nlcl-bench data verify release/
      nlcl-bench data verify ORG/NAME --revision v1.0.0
    """
    from nlcl_bench.data.verify import verify_source

    found = verify_source(source, revision=revision, partial=partial, track=track)
    for finding in found.wrong[:_MOST_LINES]:
        say(str(finding))
    if found.card_changed:
        note("README.md: is not the card that was released; cards may be edited, so this is no fault")
    if found.absent:
        note(f"{len(found.absent)} files of the release are not here")
    if found.wrong:
        raise ManifestError(
            f"is not the release that was made: {len(found.wrong)} findings", where=source, fix="fetch or make it again"
        )
    say(f"{source}: {found.files} files and {found.images} images are as they were released")


@app.command(name="import")
def import_(
    source: Annotated[str, typer.Argument(help="The folder that holds the set, or a dataset of the Hub: ORG/NAME.")],
    *,
    template: Annotated[str, typer.Option(help="A name; see `nlcl-bench data templates`. Or a TOML file of your own.")],
    into: Annotated[Path, typer.Option(help="The folder to write: new, empty or an earlier import.")],
    revision: _Revision = None,
    split: Annotated[_Split | None, typer.Option(help="Only this split.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many rainy images of each split.")] = None,
    leave_out: Annotated[
        bool, typer.Option("--leave-out", help="Leave out what has no twin or is damaged, instead of stopping.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that look at the images.")] = 1,
) -> None:
    """Bring a set that you have into the form of a release, to evaluate on it here. Nothing is published.

    A template tells how its files pair up, who made it and on which terms. Images are taken as they are, byte for byte.
    After a kill the same command ends with the same files.

    \b
    Examples:
      nlcl-bench data import ~/sets/Rain1400 --template rain1400 --split test --into rain1400/
      nlcl-bench data import my-pairs/ --template my-pairs.toml --into mine/
      nlcl-bench evaluate --method identity --data mine/
    """
    from nlcl_bench.data.importing.importing import import_set
    from nlcl_bench.data.importing.template import read_template

    known = read_template(template)
    if not known.verified:
        warn(f"the layout of {known.title} was not tried on the whole set: {known.verified_on}")
    chosen: Split | None = None if split is None else split.value
    done = import_set(
        source, known, into, revision=revision, split=chosen, limit=limit, leave_out=leave_out, jobs=jobs, track=track
    )
    for finding in done.findings[:_MOST_LINES]:
        note(str(finding))
    if len(done.findings) > _MOST_LINES:
        note(f"and {len(done.findings) - _MOST_LINES} more")
    if not done.parts:
        raise InputError(
            f"cannot be imported whole: {len(done.findings)} files stand in the way",
            where=source,
            fix="mend them, or leave them out with --leave-out",
        )
    for line in done.notes:
        warn(line)
    say(f"{known.title}: {known.licence}. {known.terms}")
    rows = [(part.config, part.split, f"{len(part.rows):,}") for part in done.parts]
    table(f"{into}", ("config", "split", "images"), rows)
    if done.findings:
        say(f"left out: {len(done.findings)} files")


@app.command()
def templates() -> None:
    """List the sets whose layout is known: licence, number of test images, where people get them.

    \b
    Examples:
      nlcl-bench data templates
      nlcl-bench data import ~/sets/SPA --template spa-data --into spa/
    """
    from nlcl_bench.data.importing.template import read_template, template_names

    rows = []
    for name in template_names():
        one = read_template(name)
        counts = ", ".join(f"{count:,} {split}" for split, count in one.expected.items()) or "-"
        rows.append((name, one.title, one.licence, counts, "yes" if one.verified else "no", one.source))
    table("templates", ("name", "set", "licence", "rainy images", "verified", "where people get it"), rows)
    say("Nothing of these sets is in this toolkit; it only knows how their files are named.")
