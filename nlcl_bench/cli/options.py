"""The options of an executor, which more than one command takes."""

from typing import Annotated

import typer

__all__ = ["ExecutorName", "Partition", "Tasks", "Time"]

ExecutorName = Annotated[
    str | None,
    typer.Option("--executor", metavar="local|slurm|ray", help="Who does all parts; needs nlcl-bench[distributed]."),
]
Tasks = Annotated[int, typer.Option(metavar="N", min=1, max=9999, help="With --executor: how many parts.")]
Partition = Annotated[str | None, typer.Option(metavar="NAME", help="With --executor slurm: where; sinfo lists them.")]
Time = Annotated[str, typer.Option(metavar="D-HH:MM:SS", help="With --executor slurm: the longest a part may take.")]
