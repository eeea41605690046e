"""The Arrow schema of a row, derived once from its model, and the Hub's features, derived from that."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    import datasets

__all__ = ["arrow_schema", "card_info", "features"]

_SCALARS = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), bytes: pa.binary()}


def arrow_schema(model: type[BaseModel]) -> pa.Schema:
    """Derive the Arrow schema of a row.

    >>> from nlcl_bench.data.record import Rights
    >>> arrow_schema(Rights).names
    ['licence', 'author', 'source', 'consent']

    Raises:
        TypeError: A field has a type that has no column type.
    """
    return pa.schema(_fields(model))


def _fields(model: type[BaseModel]) -> list[pa.Field]:
    return [pa.field(name, _column(field.annotation)) for name, field in model.model_fields.items()]


def _column(annotation: Any) -> pa.DataType:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _column(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        (inner,) = (part for part in get_args(annotation) if part is not type(None))
        return _column(inner)
    if origin is Literal:
        return pa.string()
    if origin is tuple:
        return pa.list_(_column(get_args(annotation)[0]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pa.struct(_fields(annotation))
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    raise TypeError(f"no column type for {annotation}")


def features(model: type[BaseModel], images: tuple[str, ...]) -> datasets.Features:
    """Return the Hub's features of a published row: one decoded image per name, then the record's fields.

    Args:
        model: The row's model.
        images: Names of the image columns, e.g. ``("image",)`` or ``("image", "clean")``.
    """
    import datasets

    columns = {name: datasets.Image() for name in images}
    return datasets.Features({**columns, **datasets.Features.from_arrow_schema(arrow_schema(model))})


def card_info(
    features: Mapping[str, datasets.Features],
    splits: Mapping[str, Mapping[str, tuple[int, int]]],
    download: Mapping[str, int],
) -> Any:
    """Return what the Hub's cards hold under ``dataset_info``, as ``push_to_hub`` writes it.

    Args:
        features: Of every config.
        splits: Of every config the splits: their bytes in memory, and their rows.
        download: Bytes of the files of every config.
    """
    from datasets.info import DatasetInfo, DatasetInfosDict
    from datasets.splits import SplitDict, SplitInfo

    infos = DatasetInfosDict()
    for config, columns in features.items():
        rows = {name: SplitInfo(name, memory, count) for name, (memory, count) in splits[config].items()}
        infos[config] = DatasetInfo(
            features=columns,
            splits=SplitDict(rows),
            download_size=download[config],
            dataset_size=sum(memory for memory, _ in splits[config].values()),
        )
    card: dict[str, Any] = {}
    infos.to_dataset_card_data(card)
    return card["dataset_info"]
