"""A curated folder: what is published, what is not, and how that was decided.

::

    CURATED/
        manifest/part-000001.parquet  one record per published image, sorted by image_id
        rejected.parquet              every other collected photograph, and why
        scenes.parquet                where every image was put when it was first published: the memory of splits
        uncertain.parquet             published images of which a person has to say what is private in them
        findings/                     what was found out about each photograph; see :mod:`.findings`
        curation.json                 from which store, by which recipe, how many

``scenes.parquet`` is written first and whole: from then on a kill loses nothing, and the same command again
decides the same.
"""

from __future__ import annotations

import json
import os
from itertools import islice
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from collection_tools.curate.finding import Dropped, Uncertain
from collection_tools.curate.recipe import Recipe
from collection_tools.curate.scenes import Placement
from nlcl_bench.core.errors import ManifestError
from nlcl_bench.core.files import make_folder, writing
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Record, Row, Text, first_problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "Curation",
    "read_curation",
    "read_dropped",
    "read_placements",
    "read_records",
    "read_uncertain",
    "write_curated",
]

_ROWS_PER_PART = 1024


class Curation(Row):
    """The content of ``curation.json``.

    Attributes:
        schema_version: Version of this format.
        store: The store, as a path from the curated folder.
        recipe: The recipe as it was applied.
        faces: Whether faces were looked for.
        kept: Published images.
        scenes: Their scenes.
        splits: Images per split.
        rejected: Photographs not published, by reason.
    """

    schema_version: Literal[2] = 2
    store: Text
    recipe: Recipe
    faces: bool
    kept: int
    scenes: int
    splits: dict[str, int]
    rejected: dict[str, int]

    def store_folder(self, curated: Path) -> Path:
        """Return where the store lies."""
        return curated / self.store


def read_placements(curated: Path) -> dict[str, Placement]:
    """Return where images were put before; empty for a folder that is not curated yet.

    Raises:
        ManifestError: The list is damaged.
    """
    path = curated / "scenes.parquet"
    return {row.image_id: row for row in manifest.read_part(path, Placement)} if path.exists() else {}


def read_records(curated: Path) -> list[Record]:
    """Return all records, sorted by image_id.

    Raises:
        ManifestError: The manifest is damaged.
    """
    return list(manifest.read(curated / "manifest", Record))


def read_curation(curated: Path) -> Curation:
    """Return how a folder was curated.

    Raises:
        ManifestError: It was not, or the file is not valid.
    """
    path = curated / "curation.json"
    try:
        return Curation.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ManifestError(
            "is no curated folder: it has no curation.json", where=curated, fix="curate a store into it first"
        ) from error
    except ValidationError as error:
        raise ManifestError(first_problem(error), where=path, fix="curate again") from error


def read_dropped(curated: Path) -> Iterator[Dropped]:
    """Yield what is not published, and why.

    Raises:
        ManifestError: The list is damaged.
    """
    return manifest.read_part(curated / "rejected.parquet", Dropped)


def read_uncertain(curated: Path) -> dict[str, Uncertain]:
    """Return the published images of which a person has to say what is private in them, by image_id.

    Raises:
        ManifestError: The list is damaged.
    """
    path = curated / "uncertain.parquet"
    return {row.image_id: row for row in manifest.read_part(path, Uncertain)} if path.exists() else {}


def write_curated(
    curated: Path,
    placements: Mapping[str, Placement],
    records: Iterable[Record],
    dropped: Sequence[Dropped],
    unsure: Iterable[Uncertain],
    curation: Curation,
) -> None:
    """Write a curated folder; see the module for the order.

    Raises:
        StorageError: It cannot be written.
    """
    manifest.write_part([row for _, row in sorted(placements.items())], Placement, curated / "scenes.parquet")
    _write_records(records, make_folder(curated / "manifest"))
    manifest.write_part(sorted(dropped, key=lambda row: row.sha256), Dropped, curated / "rejected.parquet")
    manifest.write_part(list(unsure), Uncertain, curated / "uncertain.parquet")
    text = json.dumps(curation.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
    with writing(curated / "curation.json") as part:
        part.write_text(text, encoding="utf-8")


def _write_records(records: Iterable[Record], folder: Path) -> None:
    left = iter(records)
    written: set[Path] = set()
    while rows := list(islice(left, _ROWS_PER_PART)):
        path = folder / f"part-{len(written) + 1:06d}.parquet"
        manifest.write_part(rows, Record, path)
        written.add(path)
    for stale in set(manifest.parts(folder)) - written:
        stale.unlink()


def relative_store(store: Path, curated: Path) -> str:
    """Return the path of a store from a curated folder, so that both can move together."""
    return os.path.relpath(store.resolve(), curated.resolve())
