"""The options that more than one command of this wing takes."""

from typing import Annotated

import typer

__all__ = ["Jobs", "ShardName"]

Jobs = Annotated[int, typer.Option(metavar="N", min=1, help="Processes; the result does not depend on it.")]
ShardName = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Do only the I-th of N parts of the work; see the examples."),
]
