"""The findings of a curated folder: what was found out about each photograph of the store, kept and never made twice.

::

    CURATED/findings/<key>/0001-of-0001/part-000001.parquet

``<key>`` names everything that findings depend on beside the photographs: change the recipe's checks, and they are
made anew. Each shard has a folder of its own, so that several machines can work on one curation.
"""

from __future__ import annotations

import shutil
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from collection_tools.collect.store import object_path
from collection_tools.curate.examine import examine
from collection_tools.curate.finding import Finding
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.files import locked, make_folder
from nlcl_bench.core.workers import in_order
from nlcl_bench.data import manifest
from nlcl_bench.data.indexed import Indexed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from collection_tools.collect.store import Collected
    from collection_tools.curate.recipe import Recipe
    from nlcl_bench.core.progress import Track
    from nlcl_bench.core.shards import Shard

__all__ = ["absence", "examine_all", "forget_others", "key_of", "open_findings"]

_VERSION = 2
"""To be raised when a change of the code changes what is found."""

_DECIDING = {"copies", "bursts", "scenes", "splits"}
"""Tables of the recipe that only decide about findings."""

_ROWS_PER_PART = 256


def key_of(recipe: Recipe, *, faces: bool) -> str:
    """Return the name of all that findings depend on beside the photographs."""
    depends = recipe.model_dump_json(exclude=_DECIDING)
    return sha256_bytes(f"{_VERSION}:{faces}:{depends}".encode())[:16]


def open_findings(curated: Path, key: str, *, leave_out: Sequence[str] = ()) -> Indexed[Finding]:
    """Return the findings of all shards by the digest of the photograph, without the fields that are left out.

    Raises:
        ManifestError: They are damaged.
    """
    return Indexed(sorted((curated / "findings" / key).glob("*-of-*")), Finding, key="sha256", leave_out=leave_out)


def examine_all(
    rows: Indexed[Collected],
    store: Path,
    curated: Path,
    recipe: Recipe,
    *,
    faces: bool,
    shard: Shard,
    jobs: int,
    track: Track,
) -> int:
    """Examine a shard's photographs, those that are not known yet, and keep what was found, part by part.

    Returns:
        How many photographs this shard holds.

    Raises:
        ManifestError: Earlier findings are damaged.
        StorageError: The folder cannot be written.
        RunError: A worker was killed.
    """
    key = key_of(recipe, faces=faces)
    known = open_findings(curated, key, leave_out=[name for name in Finding.model_fields if name != "sha256"])
    mine = [sha256 for sha256 in rows if shard.holds(int(sha256[:8], 16))]
    missing = [sha256 for sha256 in mine if sha256 not in known]
    left = (
        row for row in track(rows.among(missing), what="examine", total=len(missing)) if absence(row, store) is None
    )
    look = partial(examine, store=store, recipe=recipe, faces=faces)
    folder = make_folder(curated / "findings" / key / shard.name)
    with locked(folder):
        _append(in_order(look, left, jobs=jobs), folder)
    return len(mine)


def absence(row: Collected, store: Path) -> str | None:
    """Return what is wrong with a photograph's bytes in the store, as far as their number tells."""
    try:
        size = object_path(store, row.sha256, row.format).stat().st_size
    except OSError:
        return "its bytes are missing from the store"
    return None if size == row.bytes else "its bytes in the store are damaged"


def _append(found: Iterator[Finding], folder: Path) -> None:
    last = max((int(part.stem.removeprefix("part-")) for part in manifest.parts(folder)), default=0)
    while rows := list(islice(found, _ROWS_PER_PART)):
        last += 1
        manifest.write_part(rows, Finding, folder / f"part-{last:06d}.parquet")


def forget_others(curated: Path, key: str) -> None:
    """Delete findings that were made by other recipes."""
    for folder in (curated / "findings").glob("*"):
        if folder.name != key:
            shutil.rmtree(folder, ignore_errors=True)
