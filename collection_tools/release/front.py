"""The front matter of the card: what the Hub itself reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from collection_tools.release.licences import hub_licence
from nlcl_bench.data.record import Record
from nlcl_bench.data.schema import card_info, features
from nlcl_bench.data.shards import columns_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlcl_bench.data.layout import Part
    from nlcl_bench.data.shards import Shard

__all__ = ["as_yaml", "front", "quoted", "size_category"]

_TAGS = ["image", "image-restoration", "deraining", "image-deraining", "rain-removal", "real-world"]


class quoted(str):  # noqa: N801 (used as a word: a text that always stands in quotation marks)
    """A stranger's text: no reader of YAML may take it for a number, a date or a yes."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')
)


def as_yaml(values: Mapping[str, Any]) -> str:
    r"""Return values as YAML, in their order.

    >>> as_yaml({"a": ["b"], "c": quoted("yes")})
    'a:\n- b\nc: "yes"\n'
    """
    return yaml.dump(dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


def front(
    parts: Sequence[Part], written: Mapping[str, Shard], records: Sequence[Record], *, title: str
) -> dict[str, Any]:
    """Return the front matter.

    Args:
        parts: What the release holds.
        written: Its shards by file name.
        records: All records.
        title: The dataset's title.
    """
    licence, licence_name = hub_licence(records)
    values: dict[str, Any] = {"pretty_name": quoted(title), "license": licence}
    if licence_name is not None:
        values |= {"license_name": quoted(licence_name), "license_link": "LICENSE.md"}
    return {
        **values,
        "language": ["en"],
        "task_categories": ["image-to-image"],
        "tags": _TAGS,
        "size_categories": [size_category(len(records))],
        "source_datasets": ["original"],
        "annotations_creators": _annotators(records),
        "configs": _configs(parts),
        "dataset_info": _info(parts, written),
    }


def _configs(parts: Sequence[Part]) -> list[dict[str, Any]]:
    configs: dict[str, dict[str, Any]] = {}
    for part in parts:
        default = {} if configs else {"default": True}
        config = configs.setdefault(part.config, {"config_name": part.config, **default, "data_files": []})
        config["data_files"].append({"split": part.split, "path": f"{part.config}/{part.split}-*"})
    return list(configs.values())


def _info(parts: Sequence[Part], written: Mapping[str, Shard]) -> Any:
    splits: dict[str, dict[str, tuple[int, int]]] = {}
    download: dict[str, int] = {}
    for part in parts:
        shards = [written[name] for name in part.file_names]
        splits.setdefault(part.config, {})[part.split] = (sum(one.memory for one in shards), len(part.rows))
        download[part.config] = download.get(part.config, 0) + sum(one.bytes for one in shards)
    return card_info({part.config: features(Record, columns_of(part.config)) for part in parts}, splits, download)


def _annotators(records: Sequence[Record]) -> list[str]:
    by_machine = (
        ["machine-generated"] if any(record.rain is not None or record.rain_kinds for record in records) else []
    )
    by_people = ["expert-generated"] if any(record.reviewed for record in records) else []
    return by_machine + by_people or ["no-annotation"]


def size_category(images: int) -> str:
    """Return the Hub's word for a number of images.

    >>> size_category(999), size_category(1000), size_category(2_000_000)
    ('n<1K', '1K<n<10K', '1M<n<10M')
    """
    limits = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((word for limit, word in limits if images < limit), "1M<n<10M")
