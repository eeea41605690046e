"""Lists: a CSV or Parquet file with one photograph a row, and what is known of it.

Columns: ``path`` and, as far as known, ``licence``, ``author``, ``source``, ``consent`` and ``clean``, the path of the
rain-free twin. Paths start at the list's folder and stay inside it. What a row says wins over all else.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field, ValidationError

from collection_tools.collect.found import Found, harmless, leads_out
from collection_tools.collect.sources import SAID_NOTHING, Stated
from nlcl_bench.core.errors import InputError
from nlcl_bench.data.record import first_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["is_list", "listed"]

_ROWS_AT_ONCE = 1024

_FilePath = Annotated[str, Field(min_length=1, max_length=4096)]


class _Line(Stated):
    path: _FilePath
    clean: _FilePath | None = None


def is_list(name: str) -> bool:
    """Tell by its name whether a file is a list.

    >>> is_list("photos.csv"), is_list("photos.parquet"), is_list("photos.txt")
    (True, True, False)
    """
    return name.lower().endswith((".csv", ".parquet"))


def listed(file: Path) -> Iterator[Found]:
    """Yield what a list names, row by row.

    Args:
        file: The list, resolved.

    Raises:
        InputError: It cannot be read, a column is not known, or a row is not valid.
    """
    rows = _parquet(file) if file.name.lower().endswith(".parquet") else _csv(file)
    for number, cells in enumerate(rows, start=1):
        try:
            line = _Line.model_validate({name: cell for name, cell in cells.items() if cell is not None})
        except ValidationError as error:
            raise InputError(
                f"row {number} is not valid: {first_problem(error)}",
                where=file,
                fix="every row needs a path; a licence is an SPDX id such as CC-BY-4.0",
            ) from error
        twin = None if line.clean is None else _found(line.clean, file.parent)
        yield _found(line.path, file.parent, Stated.model_validate(line.model_dump(exclude={"path", "clean"})), twin)


def _found(name: str, folder: Path, stated: Stated = SAID_NOTHING, twin: Found | None = None) -> Found:
    return Found(folder / (harmless(name) or "?"), folder, _refusal(name, folder), stated=stated, twin=twin)


def _refusal(name: str, folder: Path) -> str | None:
    if leads_out(name):
        return "has a name that leads out of its folder"
    try:
        target = (folder / name).resolve(strict=True)
        if not target.is_relative_to(folder):
            return "is a link that leads out of the folder"
        return None if target.is_file() else "is no file"
    except (OSError, RuntimeError, ValueError):  # a circle of links; a name that no file can have
        return "is in the list, but not there"


def _csv(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = csv.reader(text, strict=True)
            names = next(rows, [])
            _check_columns(names, file)
            for cells in filter(None, rows):  # blank lines give no cells
                if len(cells) != len(names):
                    raise InputError(
                        f"line {rows.line_num} has {len(cells)} cells for {len(names)} columns",
                        where=file,
                        fix="put quotes around texts that hold commas",
                    )
                yield {name: cell or None for name, cell in zip(names, cells, strict=True)}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read as CSV: {error}", where=file, fix="save it as CSV in UTF-8") from error


def _parquet(file: Path) -> Iterator[dict[str, Any]]:
    try:
        with pq.ParquetFile(file) as table:
            _check_columns(table.schema_arrow.names, file)
            for batch in table.iter_batches(_ROWS_AT_ONCE):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        what = str(error).splitlines()[0]
        raise InputError(f"cannot be read as Parquet: {what}", where=file, fix="write it again") from error


def _check_columns(names: Iterable[str], file: Path) -> None:
    names = list(names)
    unknown = sorted(set(names) - set(_Line.model_fields))
    columns = f"the columns are {', '.join(_Line.model_fields)}; only path must be there"
    if unknown:
        raise InputError(f"has columns that are not known: {', '.join(unknown)}", where=file, fix=columns)
    if "path" not in names:
        raise InputError("has no column path", where=file, fix=columns)
    if len(set(names)) < len(names):
        raise InputError("has a column twice", where=file, fix=columns)
