"""A manifest to look rows up in: only the names are in memory, a row is read and validated when it is asked for.

The columns lie in a temporary file that the system maps into memory, and drops from there when room is needed. So a
million rows take a hundred megabytes, where a million models would take several gigabytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ValidationError

from nlcl_bench.core.errors import ManifestError, StorageError
from nlcl_bench.data.manifest import parts
from nlcl_bench.data.record import first_problem
from nlcl_bench.data.schema import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["Indexed"]

M = TypeVar("M", bound=BaseModel)

_ROWS_AT_ONCE = 1024

_MAKE_AGAIN = "make it again with the command that wrote it"


class Indexed(Mapping[str, M], Generic[M]):
    """The rows of some manifests by one of their columns, sorted; of several rows with one key the last counts.

    Args:
        folders: The manifests.
        model: The model of their rows.
        key: The column that names a row; text.
        leave_out: Columns that are not needed.

    Raises:
        ManifestError: A part is no Parquet file, or lacks the key. Asking for a row that is not valid raises it, too.
        StorageError: The system's folder for temporary files is full.
    """

    def __init__(self, folders: Sequence[Path], model: type[M], *, key: str, leave_out: Sequence[str] = ()) -> None:
        self._folders = ", ".join(str(folder) for folder in folders)
        self._model = model
        self._required = {name for name, field in model.model_fields.items() if field.is_required()}
        wanted = [name for name in model.model_fields if name not in leave_out]
        tables = (_read(path, wanted, key) for folder in folders for path in parts(folder))
        self._table = self._mapped(tables, arrow_schema(model).empty_table().select(wanted))
        keys = _spelt(self._table[key].to_pylist())
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        last = np.ones(len(keys), bool)
        last[:-1] = ordered[1:] != ordered[:-1]
        self._rows, self._keys = order[last], ordered[last]

    def _mapped(self, tables: Iterator[pa.Table], empty: pa.Table) -> pa.Table:
        """Return the tables as one whose columns lie in a file; it is deleted, and stays as long as it is mapped."""
        with NamedTemporaryFile(suffix=".arrow") as file:
            try:
                with pa.ipc.new_file(file.name, empty.schema) as writer:
                    for table in tables:
                        writer.write_table(pa.concat_tables([empty, table], promote_options="default"))
                return pa.ipc.open_file(pa.memory_map(file.name)).read_all()
            except pa.ArrowException as error:
                raise ManifestError("has columns of another kind", where=self._folders, fix=_MAKE_AGAIN) from error
            except OSError as error:
                raise StorageError(
                    f"cannot be written: {error.strerror or error}", where=file.name, fix="make room there"
                ) from error

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self._keys), _ROWS_AT_ONCE):
            yield from (name.decode() for name in self._keys[start : start + _ROWS_AT_ONCE].tolist())

    def __getitem__(self, name: str) -> M:
        place = int(np.searchsorted(self._keys, name.encode()))
        if place == len(self._keys) or self._keys[place] != name.encode():
            raise KeyError(name)
        return self._validated(self._table.slice(int(self._rows[place]), 1).to_pylist()[0])

    def among(self, names: Sequence[str]) -> Iterator[M]:
        """Yield the rows of some names that are there, in the order of the names."""
        wanted = _spelt(names)
        for start in range(0, len(wanted), _ROWS_AT_ONCE):
            some = wanted[start : start + _ROWS_AT_ONCE]
            places = np.searchsorted(self._keys, some)
            there = places < len(self._keys)
            there[there] = self._keys[places[there]] == some[there]
            for row in self._table.take(self._rows[places[there]]).to_pylist():
                yield self._validated(row)

    def rows(self) -> Iterator[M]:
        """Yield all rows in the order of their names, holding a few at a time."""
        for start in range(0, len(self._rows), _ROWS_AT_ONCE):
            for row in self._table.take(self._rows[start : start + _ROWS_AT_ONCE]).to_pylist():
                yield self._validated(row)

    def _validated(self, row: dict[str, Any]) -> M:
        filled = {name: value for name, value in row.items() if value is not None or name in self._required}
        try:  # what an older part lacks has its default
            return self._model.model_validate(filled)
        except ValidationError as error:
            raise ManifestError(
                f"row is not valid: {first_problem(error)}", where=self._folders, fix=_MAKE_AGAIN
            ) from error


def _spelt(names: Sequence[str]) -> npt.NDArray[np.bytes_]:
    return np.array([name.encode() for name in names], dtype=np.bytes_)


def _read(path: Path, wanted: Sequence[str], key: str) -> pa.Table:
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(columns=[name for name in wanted if name in file.schema_arrow.names])
    except (pa.ArrowException, OSError) as error:
        raise ManifestError(
            f"cannot be read as Parquet: {str(error).splitlines()[0]}", where=path, fix=_MAKE_AGAIN
        ) from error
    if key not in table.column_names or table[key].null_count or not pa.types.is_string(table[key].type):
        raise ManifestError(f"has no column {key}", where=path, fix=_MAKE_AGAIN)
    return table
