"""Release: a curated folder becomes a folder that is exactly a dataset repository of the Hub.

::

    DIR/
        rainy/test-00000-of-00001.parquet  … one folder per config, images embedded
        benchmark.toml                     digests of every split, for evaluation
        LICENSE.md  README.md              attribution and card
        SHA256SUMS                         written last: a release without it is not finished

Before it comes :mod:`collection_tools.curate.curate`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from collection_tools.curate.curated import read_curation, read_records
from collection_tools.release.card import attribution, card, plain
from collection_tools.release.folder import refuse_foreign, remove_stale, write_checksums, write_text
from collection_tools.release.licences import refuse_unknown
from collection_tools.release.originals import original, read_published
from nlcl_bench.core.errors import ManifestError
from nlcl_bench.core.files import existing_folder, locked, make_folder
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.benchmark import FILE_NAME, benchmark_of, write_benchmark
from nlcl_bench.data.layout import Part, plan, refuse_leaks
from nlcl_bench.data.shards import write_shard

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Released", "release"]


@dataclass(frozen=True, slots=True)
class Released:
    """What was released.

    Attributes:
        parts: The splits of the configs.
        images: How many images there are.
        bytes: Length of all shards together.
    """

    parts: tuple[Part, ...]
    images: int
    bytes: int


def release(
    curated: Path,
    into: Path,
    *,
    name: str | None = None,
    title: str | None = None,
    contact: str | None = None,
    track: Track = silent,
) -> Released:
    """Write a release; an earlier one in the same folder is replaced file by file.

    Args:
        curated: A folder that :func:`collection_tools.curate.curate.curate` wrote.
        into: The release folder: new, empty, or holding an earlier release.
        name: The benchmark's name; else the folder's.
        title: The dataset's title; else its name.
        contact: Where to ask for a photograph to be taken down.
        track: Shows how far it is.

    Raises:
        InputError: The folder holds other files, or the name is not valid.
        ManifestError: A licence is not known, a scene lies in two splits, or an image is not the curated one.
        StorageError: The folder cannot be written.
    """
    curation = read_curation(existing_folder(curated))
    store = curation.store_folder(curated)
    records = read_records(curated)
    if not records:
        raise ManifestError("holds no images", where=curated, fix="collect more photographs, or loosen the recipe")
    refuse_leaks(records, str(curated))
    refuse_unknown(records, store)
    parts = plan(records, lambda record: original(store, record.image_id).stat().st_size)
    benchmark = benchmark_of(parts, name=name or _slug(into), title=plain(title or name or _slug(into)))
    with locked(make_folder(into)):
        refuse_foreign(into)
        shards = [
            (part.config, file_name, rows)
            for part in parts
            for file_name, rows in zip(part.file_names, part.shards, strict=True)
        ]
        for config, file_name, rows in track(shards, what="release", total=len(shards)):
            write_shard(rows, config, partial(read_published, store=store), into / file_name)
        write_benchmark(benchmark, into / FILE_NAME)
        write_text(into / "LICENSE.md", attribution(records, title=benchmark.title))
        write_text(
            into / "README.md",
            card(
                parts,
                records,
                name=benchmark.name,
                title=benchmark.title,
                contact=contact,
                faces=curation.faces,
            ),
        )
        names = [file_name for _, file_name, _ in shards] + [FILE_NAME, "LICENSE.md", "README.md"]
        remove_stale(into, names)
        write_checksums(into, names)
        (into / ".lock").unlink(missing_ok=True)  # the folder is uploaded as it is
    return Released(tuple(parts), len(records), sum((into / file_name).stat().st_size for _, file_name, _ in shards))


def _slug(folder: Path) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-._")[:64] or "release"
