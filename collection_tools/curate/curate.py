"""Curate: from everything in a store to what is published, by a recipe, with a reason for all that is not.

Before it comes :mod:`collection_tools.collect.collect`, after it :mod:`collection_tools.release.release`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from collection_tools.collect.store import Collected, read_store, read_withdrawn
from collection_tools.curate.curated import Curation, read_placements, relative_store, write_curated
from collection_tools.curate.duplicates import Candidate, near_pairs, same_pictures
from collection_tools.curate.examine import Dropped, Examined, drop, examine
from collection_tools.curate.scenes import Placement, place
from collection_tools.curate.splits import split_of
from collection_tools.reasons import kind
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.files import existing_folder, locked, make_folder
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from collection_tools.curate.recipe import Recipe

__all__ = ["curate"]

_SUFFIXES = {"JPEG": "jpg", "PNG": "png"}


def curate(store: Path, into: Path, *, recipe: Recipe, track: Track = silent) -> Curation:
    """Curate a store into a folder; an image that was published from it before keeps its scene and split.

    Args:
        store: A folder that :func:`collection_tools.collect.collect.collect` wrote.
        into: The curated folder; made if it is not there.
        recipe: What is asked of a photograph.
        track: Shows how far it is.

    Returns:
        What is in ``curation.json``.

    Raises:
        InputError: The store does not exist, or ``into`` is a store.
        ManifestError: The store or an earlier curation is damaged.
        StorageError: The folder cannot be written.
    """
    rows = read_store(existing_folder(store))
    if (into / "objects").exists():
        raise InputError("is a store", where=into, fix="curate into a folder of its own")
    with locked(make_folder(into)):
        earlier = read_placements(into)
        images, dropped = _examined(rows, store, recipe, track)
        stands_for = _drop_duplicates(images, dropped, earlier)
        placements = _place(images, dropped, stands_for, earlier, recipe)
        records = [_record(images[name], images, placements, stands_for) for name in sorted(images)]
        curation = _summary(records, dropped, relative_store(store, into), recipe)
        write_curated(into, {**earlier, **placements}, records, dropped, curation)
    return curation


def _examined(
    rows: Mapping[str, Collected], store: Path, recipe: Recipe, track: Track
) -> tuple[dict[str, Examined], list[Dropped]]:
    images: dict[str, Examined] = {}
    dropped = []
    withdrawn = {one.pixels: one for one in read_withdrawn(store).values()}
    for row in track(rows.values(), what="curate", total=len(rows)):
        if row.pixels in withdrawn:  # the same picture with other metadata included
            dropped.append(drop(row, f"was withdrawn: {withdrawn[row.pixels].reason}"))
            continue
        outcome = examine(row, store, recipe)
        if isinstance(outcome, Dropped):
            dropped.append(outcome)
        elif outcome.image_id in images:  # the names are 64 bits of a digest
            dropped.append(drop(row, "another photograph has the same image_id"))
        else:
            images[outcome.image_id] = outcome
    return images, dropped


def _drop_duplicates(
    images: dict[str, Examined], dropped: list[Dropped], earlier: Mapping[str, Placement]
) -> dict[str, str]:
    """Take equal pictures out of ``images``; return which picture stands for each."""
    twins = same_pictures(
        Candidate(name, one.pixels, one.row.domain, name in earlier, one.row.clean_sha256 is not None)
        for name, one in images.items()
    )
    _take_out(images, dropped, twins.reasons)
    return twins.stands_for


def _take_out(images: dict[str, Examined], dropped: list[Dropped], reasons: Mapping[str, str]) -> None:
    dropped.extend(drop(images.pop(name).row, reason) for name, reason in reasons.items())


def _place(
    images: dict[str, Examined],
    dropped: list[Dropped],
    stands_for: Mapping[str, str],
    earlier: Mapping[str, Placement],
    recipe: Recipe,
) -> dict[str, Placement]:
    links = [*_look_alikes(images, recipe), *_pairs(images, stands_for)]
    placements, refused = place(list(images), links, earlier, lambda scene: split_of(scene, recipe.splits))
    _take_out(images, dropped, refused)
    return placements


def _look_alikes(images: Mapping[str, Examined], recipe: Recipe) -> Iterator[tuple[str, str]]:
    if not images:
        return
    names = list(images)
    hashes = np.stack([one.hash for one in images.values()])
    thumbnails = np.stack([one.thumbnail for one in images.values()])
    wanted = recipe.scenes
    for first, second in near_pairs(
        hashes, thumbnails, radius=wanted.hamming_radius, correlation=wanted.correlation
    ).tolist():
        yield names[first], names[second]


def _pairs(images: Mapping[str, Examined], stands_for: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, one in images.items():
        clean = _clean_id(one, stands_for)
        if clean in images:
            yield name, clean


def _clean_id(one: Examined, stands_for: Mapping[str, str]) -> str:
    """Return the name of the rain-free twin, or of the equal picture kept in its stead; empty if there is none."""
    twin = (one.row.clean_sha256 or "")[:16]
    return stands_for.get(twin, twin)


def _record(
    one: Examined,
    images: Mapping[str, Examined],
    placements: Mapping[str, Placement],
    stands_for: Mapping[str, str],
) -> Record:
    name, row = one.image_id, one.row
    home, clean = placements[name], images.get(_clean_id(one, stands_for))
    if clean is not None and placements[clean.image_id].split != home.split:
        clean = None  # twins that were published apart before anyone knew that they are a pair stay apart
    return Record(
        image_id=name,
        sha256=one.published,
        file_name=f"{name}.{_SUFFIXES[row.format]}",
        width=row.width,
        height=row.height,
        domain=row.domain,
        split=home.split,
        scene_id=home.scene_id,
        clean_id=None if clean is None else clean.image_id,
        clean_sha256=None if clean is None else clean.published,
        rain_kinds=one.rain_kinds,
        capture=row.capture,
        rights=row.rights,
    )


def _summary(records: list[Record], dropped: list[Dropped], store: str, recipe: Recipe) -> Curation:
    splits = Counter(record.split for record in records)
    return Curation(
        store=store,
        recipe=recipe,
        kept=len(records),
        scenes=len({record.scene_id for record in records}),
        splits={split: splits[split] for split in ("train", "validation", "test")},
        rejected=dict(sorted(Counter(kind(row.reason) for row in dropped).items())),
    )
