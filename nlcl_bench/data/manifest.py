"""Manifests: folders of Parquet parts whose rows are validated models.

A part is written whole or not at all, and its bytes depend on its rows only. What is read may come from a
stranger, so every row is validated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ValidationError

from nlcl_bench.core.digest import sha256_lines
from nlcl_bench.core.errors import ManifestError
from nlcl_bench.core.files import writing
from nlcl_bench.data.record import first_problem
from nlcl_bench.data.schema import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = ["digest", "parts", "read", "read_part", "write_part"]

M = TypeVar("M", bound=BaseModel)

_ROWS_AT_ONCE = 1024


def write_part(rows: Sequence[M], model: type[M], path: Path) -> None:
    """Write rows as one Parquet file, whole or not at all.

    Raises:
        StorageError: It cannot be written.
    """
    table = pa.Table.from_pylist([row.model_dump(mode="json") for row in rows], schema=arrow_schema(model))
    with writing(path) as part:
        pq.write_table(table, part)


def parts(folder: Path) -> list[Path]:
    """Return a manifest's parts in order."""
    return sorted(folder.glob("part-*.parquet"))


def read(folder: Path, model: type[M]) -> Iterator[M]:
    """Yield the rows of all parts, in order, holding a few at a time.

    Raises:
        ManifestError: A part is no Parquet file, or a row is not what it should be.
    """
    for path in parts(folder):
        yield from read_part(path, model)


def read_part(path: Path, model: type[M]) -> Iterator[M]:
    """Yield the rows of one Parquet file as validated models; columns the model lacks are not read.

    Raises:
        ManifestError: It is no Parquet file, or a row is not what it should be.
    """
    try:
        with pq.ParquetFile(path) as file:
            columns = [name for name in model.model_fields if name in file.schema_arrow.names]
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=columns):
                for row in batch.to_pylist():
                    yield model.model_validate(row)
    except ValidationError as error:
        raise ManifestError(
            f"row is not valid: {first_problem(error)}", where=path, fix="make it again with the command that wrote it"
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise ManifestError(
            f"cannot be read as Parquet: {str(error).splitlines()[0]}",
            where=path,
            fix="make it again with the command that wrote it",
        ) from error


def digest(rows: Iterable[BaseModel]) -> str:
    """Return the digest of rows in the order given, whatever the Parquet version that stored them.

    A field without a value does not count, so that a later version's new field leaves old digests as they are.
    """
    return sha256_lines(row.model_dump_json(exclude_none=True) for row in rows)
