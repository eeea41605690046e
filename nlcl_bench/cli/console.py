"""The only place that prints: progress, tables and the one red line of an error.

Results go to standard output; progress, warnings and errors go to standard error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console

__all__ = ["fail", "note", "say", "table", "track", "warn"]

T = TypeVar("T")


def say(text: str) -> None:
    """Print a line of result; file names and other data are never taken as markup."""
    from rich.console import Console

    Console(soft_wrap=True, emoji=False).print(text, markup=False, highlight=False)


def note(text: str) -> None:
    """Print a line about the work, such as a stage that begins."""
    _error_console().print(text, style="cyan", markup=False, highlight=False)


def warn(text: str) -> None:
    """Print something the user should know but need not mend."""
    _error_console().print(f"warning: {text}", style="yellow", markup=False, highlight=False)


def fail(text: str) -> None:
    """Print the one red line of an error."""
    _error_console().print(f"error: {text}", style="bold red", markup=False, highlight=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; the first column is left-aligned, and nothing is cut off when the output is a file."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=240)
    console.print(grid)


def track(
    items: Iterable[T], *, what: str, total: int | None = None, now: Callable[[], str] | None = None
) -> Iterator[T]:
    """Yield the items and show a progress bar with the time that is left; see :class:`core.progress.Track`."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    said = () if now is None else (TextColumn("{task.fields[now]}", markup=False, style="dim"),)
    bar = BarColumn(40 if now is None else 12)
    columns = (TextColumn("{task.description}"), bar, MofNCompleteColumn(), TimeRemainingColumn(), *said)
    with Progress(*columns, console=_error_console()) as progress:
        task = progress.add_task(what, total=total, now="")
        for item in items:
            yield item
            progress.update(task, advance=1, now="" if now is None else now())


def _error_console() -> Console:
    from rich.console import Console

    return Console(stderr=True, soft_wrap=True, emoji=False)
