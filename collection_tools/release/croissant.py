"""``croissant.json``: the release in the words of Croissant 1.0, with the fields on responsible use (RAI 1.0).

Croissant (Akhtar et al., "Croissant: a metadata format for ML-ready datasets", DEEM 2024) is what search engines for
datasets and loaders such as TensorFlow Datasets read. Names and ids in it are ours; strangers' words stand in
descriptions only.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from collection_tools.release.facts import biases
from collection_tools.release.words import counted, listed
from nlcl_bench.data.record import Record
from nlcl_bench.data.schema import arrow_schema
from nlcl_bench.data.shards import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from collection_tools.release.about import Named
    from collection_tools.release.facts import Facts
    from nlcl_bench.data.layout import Config, Part
    from nlcl_bench.data.shards import Shard

__all__ = ["FILE_NAME", "croissant"]

FILE_NAME = "croissant.json"

_OUR_TERMS = """
    citeAs column conformsTo:dct equivalentProperty extract field fileProperty fileObject fileSet format includes
    isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator
    source subField transform
""".split()  # noqa: SIM905 (one a line would be a page)

_TYPES = {pa.string(): "sc:Text", pa.int64(): "sc:Integer", pa.float64(): "sc:Float", pa.bool_(): "sc:Boolean"}


class _Column(NamedTuple):
    """A column, or a value inside of it: the names on the way to it, and its type."""

    path: tuple[str, ...]
    kind: pa.DataType


def croissant(parts: Sequence[Part], written: Mapping[str, Shard], known: Facts, said: Named) -> str:
    """Return the file's text.

    Args:
        parts: What the release holds.
        written: Its shards by file name.
        known: What the records say together.
        said: How it is called and where it will lie.
    """
    address = f"https://huggingface.co/datasets/{said.repo}"
    configs = list(dict.fromkeys(part.config for part in parts))
    value = {
        "@context": _context(),
        "@type": "sc:Dataset",
        "name": said.name,
        "description": f"{said.title}: {counted(known.images, 'photograph')} of {counted(known.scenes, 'scene')} for "
        "work on removing rain from single images.",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "url": address,
        "version": said.version.removeprefix("v"),
        "license": f"{address}/blob/{said.version}/LICENSE.md",
        "keywords": ["deraining", "rain removal", "image restoration"],
        "creator": {"@type": "sc:Organization", "name": said.repo.split("/")[0]},
        "citeAs": f"@misc{{{said.name}, title = {{{said.title}}}, version = {{{said.version}}}, url = {{{address}}}}}",
        "isLiveDataset": False,
        **{f"rai:{key}": words for key, words in _responsible(known, said).items()},
        "distribution": [*_files(parts, written), *map(_file_set, configs)],
        "recordSet": [_record_set(config) for config in configs],
    }
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _context() -> dict[str, Any]:
    names = [term.split(":") for term in _OUR_TERMS]
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "dct": "http://purl.org/dc/terms/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "sc": "https://schema.org/",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        **{name: f"{prefix[0] if prefix else 'cr'}:{name}" for name, *prefix in names},
        "examples": {"@id": "cr:examples", "@type": "@json"},
    }


def _files(parts: Sequence[Part], written: Mapping[str, Shard]) -> Iterator[dict[str, Any]]:
    for part in parts:
        for name in part.file_names:
            yield {
                "@type": "cr:FileObject",
                "@id": name,
                "name": name.replace("/", "-"),
                "contentUrl": name,
                "contentSize": f"{written[name].bytes} B",
                "encodingFormat": "application/x-parquet",
                "sha256": written[name].sha256,
            }


def _file_set(config: Config) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{config}-shards",
        "name": f"{config}-shards",
        "description": f"All shards of the config {config}.",
        "encodingFormat": "application/x-parquet",
        "includes": f"{config}/*.parquet",
    }


def _record_set(config: Config) -> dict[str, Any]:
    images = [_field(config, name, "sc:ImageObject", (name, "bytes")) for name in columns_of(config)]
    columns = [column for field in arrow_schema(Record) for column in _leaves((field.name,), field.type)]
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "description": f"The rows of the config {config}, one for each {'pair' if config == 'paired' else 'image'}.",
        "key": {"@id": f"{config}/image_id"},
        "field": images + [_column(config, column) for column in columns],
    }


def _leaves(path: tuple[str, ...], kind: pa.DataType) -> Iterator[_Column]:
    """Yield a column, or in its place what a structure holds; lists of structures are left to the card."""
    if pa.types.is_struct(kind):
        for inner in kind:
            yield from _leaves((*path, inner.name), inner.type)
    elif not (pa.types.is_list(kind) and pa.types.is_struct(kind.value_type)):
        yield _Column(path, kind)


def _column(config: Config, column: _Column) -> dict[str, Any]:
    several = pa.types.is_list(column.kind)
    data_type = _TYPES[column.kind.value_type if several else column.kind]
    repeated = {"repeated": True} if several else {}
    return _field(config, "/".join(column.path), data_type, column.path) | repeated


def _field(config: Config, name: str, data_type: str, path: tuple[str, ...]) -> dict[str, Any]:
    column, *inside = path
    source = {"fileSet": {"@id": f"{config}-shards"}, "extract": {"column": column}}
    if inside:
        source["transform"] = {"jsonPath": ".".join(inside)}
    return {
        "@type": "cr:Field",
        "@id": f"{config}/{name}",
        "name": f"{config}/{name}",
        "dataType": data_type,
        "source": source,
    }


def _responsible(known: Facts, said: Named) -> dict[str, Any]:
    """Return the fields on responsible use; numbers as in the card."""
    times = "" if known.years is None else f" The cameras' clocks say {known.years[0]} to {known.years[1]}."
    looked = (
        f"Faces were searched for with a detector, which misses some; {counted(known.hidden, 'image')} have parts that "
        "were made unrecognisable."
        if known.faces
        else "Faces were not searched for by a program."
    )
    return {
        "dataCollection": "Photographs and videos that their authors, or those who had the right to, handed over with "
        "licence and author; the files as they came are kept. Damaged, small, blurred, enlarged and copied pictures "
        f"were left out, each with a reason.{times}",
        "dataCollectionType": ["Others"],
        "dataCollectionRawData": "The collected files, before their metadata were removed; they are not published.",
        "dataPreprocessingProtocol": [
            "Metadata were removed but for orientation and colour profile.",
            f"{counted(known.converted, 'image')} were converted to PNG without loss.",
            "Nothing was resized.",
        ],
        "dataAnnotationProtocol": "Rain, light and kinds of rain were measured by a program, each with a confidence; "
        f"people have looked at {known.reviewed} of {counted(known.images, 'image')}. Whether it rains was stated by "
        "who handed the photograph over.",
        "dataBiases": biases(known),
        "dataLimitations": [
            "Places, cameras and kinds of rain are not balanced.",
            "Two views of one place from very different angles may count as two scenes.",
        ],
        "dataUseCases": [
            "Training and testing of methods that remove rain from single photographs.",
            "Not for recognising people, number plates or places.",
        ],
        "personalSensitiveInformation": [
            looked,
            "Number plates are found by people only.",
            "Places, serial numbers, owners and exact times were removed from the files.",
            *([f"Stated about consent: {listed(known.consents[:30])}."] if known.consents else []),
        ],
        "dataSocialImpact": "Pictures of streets show people who happened to be there; anybody may ask for a picture "
        "to be taken down.",
        "dataReleaseMaintenancePlan": "Versions are tagged and stay as they are; a picture that is taken down is "
        f"missing from the next. Requests: {said.contact or 'a discussion beside the dataset on the Hub'}.",
    }
