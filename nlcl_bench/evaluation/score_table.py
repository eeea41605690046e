"""``scores.parquet`` of a stranger read column by column, and checked against ``run.json``.

Two hundred runs on a thousand images have millions of rows: no row becomes an object. Texts stay dictionary-encoded, so
each distinct one is checked once, and a file that is small because it repeats one text unfolds to nothing large.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from nlcl_bench.core.errors import RunError
from nlcl_bench.core.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from nlcl_bench.evaluation.run import MetricEntry

    Codes = npt.NDArray[np.intp]

__all__ = ["ScoreTable", "read_score_table"]

_SHAPES = {
    "image_id": r"^[0-9a-f]{16}$",
    "scene_id": r"^[0-9a-f]{16}$",
    "metric": r"^.",
    "input_sha256": r"^[0-9a-f]{64}$",
    "output_sha256": r"^[0-9a-f]{64}$",
}
_ROWS_AT_ONCE = 65_536
_LARGEST = 1e9  # no metric has scores beyond it; larger numbers would drown every mean
_FIX = "evaluate again with nlcl-bench, and do not edit the files"


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """The scores of a run.

    Attributes:
        images: Ids of the images with a row, in order.
        scenes: The scene of each.
        inputs: The digest of each image's rainy file.
        outputs: The digest of each image's output.
        scores: float64 ``(images, metrics)``, in the order of ``run.json``; NaN where there is no score.
    """

    images: tuple[str, ...]
    scenes: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    scores: npt.NDArray[np.float64]


def read_score_table(path: Path, metrics: Sequence[MetricEntry], most: int) -> ScoreTable:
    """Read and check a table of scores.

    Args:
        path: ``scores.parquet``.
        metrics: Those that ``run.json`` lists.
        most: Rows that there can be.

    Raises:
        RunError: It cannot be read, or something in it cannot be right.
    """
    try:
        _check_columns(pq.read_schema(path))
        with pq.ParquetFile(path, read_dictionary=list(_SHAPES)) as file:
            batches = list(_batches(file, most))
    except (pa.ArrowException, OSError, EOFError) as error:
        raise _refuse(
            f"scores.parquet cannot be read: {plain(str(error), 120)}", "copy it again, or evaluate again"
        ) from error
    if not batches:
        raise _refuse("scores.parquet holds no score")
    table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    return _arranged(table, metrics)


def _refuse(why: str, fix: str = _FIX) -> RunError:
    return RunError(why, fix=fix)


def _check_columns(schema: pa.Schema) -> None:
    for name in (*_SHAPES, "value"):
        if name not in schema.names:
            raise _refuse(f"scores.parquet has no column {name}")
        kind = schema.field(name).type
        if not (pa.types.is_floating(kind) if name == "value" else pa.types.is_string(kind)):
            raise _refuse(f"column {name} of scores.parquet is of type {plain(str(kind), 60)}")


def _batches(file: pq.ParquetFile, most: int) -> Iterator[pa.RecordBatch]:
    """Yield checked batches; stop at the first row too many, whatever the footer said."""
    rows = 0
    for batch in file.iter_batches(_ROWS_AT_ONCE, columns=[*_SHAPES, "value"]):
        rows += batch.num_rows
        if rows > most:
            raise _refuse(f"scores.parquet has more than the {most:,} rows that can be")
        for name, shape in _SHAPES.items():
            _check_texts(batch.column(name), name, shape)
        if batch.num_rows:
            yield batch


def _check_texts(column: pa.DictionaryArray, name: str, shape: str) -> None:
    if column.null_count or column.dictionary.null_count:
        raise _refuse(f"column {name} of scores.parquet has rows without a value")
    fits = pc.match_substring_regex(column.dictionary, shape)
    if not pc.all(fits).as_py():
        wrong = column.dictionary[pc.index(fits, value=False).as_py()].as_py()
        raise _refuse(f"column {name} of scores.parquet holds {plain(wrong, 40)!r}")


def _arranged(table: pa.Table, metrics: Sequence[MetricEntry]) -> ScoreTable:
    images, lines = _coded(table, "image_id")
    named, columns = _coded(table, "metric")
    ids = [metric.id for metric in metrics]
    unknown = next((name for name in named if name not in ids), None)
    if unknown is not None:
        raise _refuse(f"scores.parquet holds a metric that run.json lacks: {plain(unknown, 80)}")
    columns = np.array([ids.index(name) for name in named], dtype=np.intp)[columns]
    _check_once(images, ids, lines, columns)
    values = table.column("value").cast(pa.float64()).chunk(0)
    given = ~values.is_null().to_numpy(zero_copy_only=False)
    numbers = values.to_numpy(zero_copy_only=False)
    for place, metric in enumerate(metrics):
        mine = given & (columns == place)
        _check_bounds(numbers[mine], metric, images, lines[mine])
    scores = np.full((len(images), len(ids)), np.nan)
    scores[lines[given], columns[given]] = numbers[given]
    facts = [_fact(table, name, images, lines) for name in ("scene_id", "input_sha256", "output_sha256")]
    order = sorted(range(len(images)), key=images.__getitem__)
    scenes, inputs, outputs = (tuple(fact[index] for index in order) for fact in facts)
    return ScoreTable(tuple(images[index] for index in order), scenes, inputs, outputs, scores[order])


def _coded(table: pa.Table, name: str) -> tuple[list[str], Codes]:
    """Return the distinct texts of a column that rows have, and for each row which it is."""
    column = table.column(name).chunk(0)
    used, codes = np.unique(column.indices.to_numpy(), return_inverse=True)
    texts = column.dictionary.take(pa.array(used)).to_pylist()
    return texts, codes


def _check_once(images: Sequence[str], ids: Sequence[str], lines: Codes, columns: Codes) -> None:
    pairs, counts = np.unique(lines * len(ids) + columns, return_counts=True)
    if (counts > 1).any():
        line, column = divmod(int(pairs[np.argmax(counts > 1)]), len(ids))
        raise _refuse(f"image {images[line]} is scored twice by {ids[column]}")


def _check_bounds(values: npt.NDArray[np.float64], metric: MetricEntry, images: Sequence[str], lines: Codes) -> None:
    low, high = metric.bounds
    wrong = ~((low <= values) & (values <= high) & (np.abs(values) <= _LARGEST))  # true for NaN too
    if wrong.any():
        first = int(np.argmax(wrong))
        where = f"score {values[first]:g} of image {images[lines[first]]}"
        raise _refuse(f"{where} is outside the bounds of {metric.id}: {low:g} to {high:g}")


def _fact(table: pa.Table, name: str, images: Sequence[str], lines: Codes) -> list[str]:
    """Return what a column says of each image; every row of an image must say the same."""
    texts, codes = _coded(table, name)
    found = np.zeros(len(images), dtype=np.intp)
    found[lines] = codes
    differs = found[lines] != codes
    if differs.any():
        raise _refuse(f"image {images[lines[int(np.argmax(differs))]]} has two scenes, inputs or outputs")
    return [texts[code] for code in found]
