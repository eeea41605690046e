"""``nlcl-bench weights``: the files that metrics and methods need, which are here, and how the others get here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import note, say, table, warn
from nlcl_bench.core.errors import ArtifactError, InputError

if TYPE_CHECKING:
    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.evaluation.needs import Need

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def weights() -> None:
    """Weight and parameter files of metrics and methods: what is here, what is missing, where it comes from.

    A file is opened only after its SHA-256 matched. Most digests are pinned by nlcl-bench; where the publisher names
    none, the file is trusted when you pull or add it, its digest is recorded beside it, and any change after that is
    found: trust on first use.

    \b
    Examples:
      nlcl-bench weights list
      nlcl-bench weights pull musiq
      nlcl-bench weights add liqe_koniq.pt ~/downloads/liqe_koniq.pt
      nlcl-bench weights verify
    """


@app.command("list")
def list_() -> None:
    """Show every file: whether it is here, who pinned it, its size, licence and source, and who needs it.

    \b
    Example:
      nlcl-bench weights list
    """
    from nlcl_bench.core.artifacts import cache_folder
    from nlcl_bench.core.stock import pinned_by

    rows = [
        (
            need.name,
            _standing(need.artifact),
            pinned_by(need.artifact),
            _size(need.artifact),
            need.artifact.licence,
            ", ".join(need.users),
            need.artifact.address,
        )
        for need in _every()
    ]
    table("Weights", ("file", "state", "pinned by", "bytes", "licence", "needed by", "source"), rows)
    say(f"They lie in {cache_folder()}. A file that nobody pinned is trusted when you pull or add it.")


@app.command()
def pull(
    *,
    names: Annotated[list[str] | None, typer.Argument(help="Files, or metrics and methods that need them.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Fetch every file that is missing.")] = False,
) -> None:
    """Fetch files that are missing. One without a known digest is taken as it comes, and pinned.

    \b
    Examples:
      nlcl-bench weights pull niqe brisque
      nlcl-bench weights pull --all
    """
    from nlcl_bench.core.artifacts import fetch, locate
    from nlcl_bench.evaluation.needs import meant

    every = _every()
    wanted = every if all_ else [need for word in names or () for need in meant(word, every)]
    if not wanted:
        raise InputError("names no file", where="weights pull", fix="give names, or --all")
    failed = []
    for need in dict.fromkeys(wanted):
        try:
            if locate(need.artifact) is not None:
                say(f"{need.name}: is here")
                continue
            note(f"fetching {need.name} from {need.artifact.address} ({need.artifact.licence}) ...")
            unknown = need.artifact.digest is None
            fetch(need.artifact, trusting=True)
        except ArtifactError as error:  # the others may still come
            warn(str(error))
            failed.append(need.name)
            continue
        say(f"{need.name}: {_trusted(need.artifact) if unknown else 'fetched and verified'}")
    if failed:
        raise ArtifactError(
            "could not be had", where=", ".join(failed), fix="the warnings say why, and how to put them there by hand"
        )


@app.command()
def add(
    *,
    name: Annotated[str, typer.Argument(help="The file's name, or a metric or method that needs just one.")],
    file: Annotated[Path, typer.Argument(help="The file that you have.")],
) -> None:
    """Put a file into its place, and pin its digest if it has none.

    A file whose digest nlcl-bench pins must match it. Any other is trusted from now on as it is; get it from the source
    that `nlcl-bench weights list` names.

    \b
    Examples:
      nlcl-bench weights add niqe niqe_modelparameters.mat
      nlcl-bench weights add alexnet-owt-7be5be79.pth ~/downloads/alexnet-owt-7be5be79.pth
    """
    from nlcl_bench.core.stock import add as put
    from nlcl_bench.evaluation.needs import one_meant

    artifact = one_meant(name, _every()).artifact
    place = put(artifact, file)
    say(f"{place}: {_trusted(artifact) if artifact.sha256 is None else 'verified'}")


@app.command()
def verify() -> None:
    """Hash every file that is here again; end with exit code 1 if one is not what was pinned.

    \b
    Example:
      nlcl-bench weights verify
    """
    wrong = []
    for need in _every():
        state = _standing(need.artifact)
        if state != "missing":
            say(f"{need.name}: {state}")
        if state not in {"missing", "present"}:
            wrong.append(need.name)
    if wrong:
        raise ArtifactError(
            "not the pinned files",
            where=", ".join(wrong),
            fix="delete them and pull or add them again; one that is not pinned is pinned by nlcl-bench weights add",
        )


def _every() -> list[Need]:
    from nlcl_bench.cli.catalogue import loadable
    from nlcl_bench.evaluation.needs import needs
    from nlcl_bench.methods.catalogue import METHODS
    from nlcl_bench.metrics.catalogue import METRICS

    return needs(loadable(METRICS), loadable(METHODS))


def _standing(artifact: Artifact) -> str:
    from nlcl_bench.core.stock import standing

    return standing(artifact)


def _size(artifact: Artifact) -> str:
    """Say how long a file is: as published, else as it lies here."""
    if artifact.size is not None:
        return f"{artifact.size:,}"
    return f"{artifact.path.stat().st_size:,}" if artifact.path.is_file() else "not stated"


def _trusted(artifact: Artifact) -> str:
    return f"trusted on first use; pinned to sha256 {artifact.digest}"
