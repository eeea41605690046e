"""What a release holds: configs, splits and shards, decided from the records before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from nlcl_bench.core.errors import ManifestError
from nlcl_bench.data.record import Record, Split

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["SPLITS", "Config", "Part", "Row", "plan", "refuse_leaks"]

Config = Literal["rainy", "clean", "paired"]

SPLITS: tuple[Split, ...] = get_args(Split)

SHARD_BYTES = 400_000_000
"""Bytes of images in a shard, at most, if they spread evenly; the Hub's libraries make shards of 500 MB."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the record, and in the ``paired`` config the record of its rain-free twin."""

    record: Record
    clean: Record | None = None

    @property
    def images(self) -> tuple[Record, ...]:
        """The records whose files are embedded."""
        return (self.record,) if self.clean is None else (self.record, self.clean)


@dataclass(frozen=True, slots=True)
class Part:
    """One split of one config.

    Attributes:
        config: The config.
        split: The split.
        shards: The rows of each shard, in order.
    """

    config: Config
    split: Split
    shards: tuple[tuple[Row, ...], ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, in the order of the files."""
        return tuple(row for shard in self.shards for row in shard)

    @property
    def file_names(self) -> tuple[str, ...]:
        """The shards' names as the Hub's libraries expect them."""
        total = len(self.shards)
        return tuple(f"{self.config}/{self.split}-{number:05d}-of-{total:05d}.parquet" for number in range(total))


def plan(records: Sequence[Record], size: Callable[[Record], int]) -> list[Part]:
    """Divide records into configs, splits and shards.

    Args:
        records: All records, sorted; rows keep this order, so that a later release changes few bytes.
        size: Bytes that the file of a record takes, about.
    """
    by_id = {record.image_id: record for record in records}
    rows: dict[Config, list[Row]] = {
        "rainy": [Row(record) for record in records if record.domain == "rainy"],
        "clean": [Row(record) for record in records if record.domain == "clean"],
        "paired": [Row(record, by_id[record.clean_id]) for record in records if record.clean_id in by_id],
    }
    return [
        Part(config, split, shards)
        for config in get_args(Config)
        for split in SPLITS
        if (shards := _shards([row for row in rows[config] if row.record.split == split], size))
    ]


def _shards(rows: Sequence[Row], size: Callable[[Record], int]) -> tuple[tuple[Row, ...], ...]:
    """Divide rows by the first digits of their names into 1, 2, 4, … shards that are large enough.

    A name is a digest, so they come out about equal; and where a row lies does not depend on the other rows, so that a
    new one changes its own shard only, until there are twice as many shards.
    """
    need = sum(size(record) for row in rows for record in row.images)
    count = 1
    while need > SHARD_BYTES * count:
        count *= 2
    while not all(shards := _dealt(rows, count)) and count > 1:  # of few rows all may begin alike
        count //= 2
    return tuple(shard for shard in shards if shard)


def _dealt(rows: Sequence[Row], count: int) -> tuple[tuple[Row, ...], ...]:
    shards: list[list[Row]] = [[] for _ in range(count)]
    for row in rows:
        shards[int(row.record.image_id, 16) * count >> 64].append(row)
    return tuple(tuple(shard) for shard in shards)


def refuse_leaks(records: Sequence[Record], where: str) -> None:
    """Make sure that no scene lies in two splits.

    Raises:
        ManifestError: One does.
    """
    split_of: dict[str, Split] = {}
    for record in records:
        split = split_of.setdefault(record.scene_id, record.split)
        if split != record.split:
            raise ManifestError(
                f"scene {record.scene_id} lies in two splits, {split} and {record.split}",
                where=where,
                fix="curate again into a new folder",
            )
