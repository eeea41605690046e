"""Curate: from everything in a store to what is published, by a recipe, with a reason for all that is not.

First every photograph is examined, once (:mod:`collection_tools.curate.examine`): the long part, which several
processes and machines can share. Then all that was found is decided about (:mod:`collection_tools.curate.decide`).

Before it comes :mod:`collection_tools.collect.collect`, after it :mod:`collection_tools.release.release`.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from collection_tools.collect.store import Collected, open_store, read_withdrawn
from collection_tools.curate.against import read_fingerprints
from collection_tools.curate.curated import Curation, read_placements, relative_store, write_curated
from collection_tools.curate.decide import Choice, Known, choose
from collection_tools.curate.findings import examine_all, forget_others, key_of, open_findings
from collection_tools.curate.records import records, uncertain
from collection_tools.decisions import read_decisions
from collection_tools.privacy.model import is_installed
from collection_tools.reasons import kind
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.files import existing_folder, locked, make_folder
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.core.shards import WHOLE, Shard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from collection_tools.curate.recipe import Recipe
    from nlcl_bench.data.indexed import Indexed

__all__ = ["curate", "curate_shard"]


def curate(
    store: Path,
    into: Path,
    *,
    recipe: Recipe,
    against: Sequence[Path] = (),
    faces: bool | None = None,
    jobs: int = 1,
    track: Track = silent,
) -> Curation:
    """Curate a store into a folder; an image that was published from it before keeps its scene and split.

    Args:
        store: A folder that :func:`collection_tools.collect.collect.collect` wrote.
        into: The curated folder; made if it is not there.
        recipe: What is asked of a photograph.
        against: Lists of known test sets; what is in one is left out.
        faces: Whether to look for faces; None for where the extra ``privacy`` is installed.
        jobs: Processes that examine; the result does not depend on it.
        track: Shows how far it is.

    Returns:
        What is in ``curation.json``.

    Raises:
        InputError: The store or a list does not exist, or ``into`` is a store.
        ManifestError: The store, a list or an earlier curation is damaged.
        StorageError: The folder cannot be written.
        RunError: A worker was killed.
    """
    rows, faces = _opened(store, into, faces=faces)
    elsewhere = read_fingerprints(against)
    with locked(make_folder(into)):
        examine_all(rows, store, into, recipe, faces=faces, shard=WHOLE, jobs=jobs, track=track)
        known = Known(
            store=store,
            rows=rows,
            findings=open_findings(into, key_of(recipe, faces=faces)),
            withdrawn=read_withdrawn(store),
            decisions=read_decisions(store),
            earlier=read_placements(into),
            elsewhere=elsewhere,
        )
        choice = choose(known, recipe)
        curation = _summary(choice, recipe, relative_store(store, into), faces=faces)
        placements = {**known.earlier, **choice.placements}
        unsure = uncertain(choice, known, recipe)
        write_curated(into, placements, records(choice, known, recipe), choice.dropped, unsure, curation)
        forget_others(into, key_of(recipe, faces=faces))
    return curation


def curate_shard(
    store: Path,
    into: Path,
    *,
    shard: Shard,
    recipe: Recipe,
    faces: bool | None = None,
    jobs: int = 1,
    track: Track = silent,
) -> int:
    """Examine a shard of a store's photographs; :func:`curate` then decides about what all shards found.

    Args:
        store: As for :func:`curate`, and the same for every shard.
        into: The same.
        shard: Which photographs.
        recipe: As for :func:`curate`.
        faces: The same.
        jobs: The same.
        track: The same.

    Returns:
        How many photographs this shard holds.

    Raises:
        InputError: The store does not exist, or ``into`` is a store.
        ManifestError: The store or earlier findings are damaged.
        StorageError: The folder cannot be written.
        RunError: A worker was killed.
    """
    rows, faces = _opened(store, into, faces=faces)
    return examine_all(rows, store, make_folder(into), recipe, faces=faces, shard=shard, jobs=jobs, track=track)


def _opened(store: Path, into: Path, *, faces: bool | None) -> tuple[Indexed[Collected], bool]:
    if (into / "objects").exists():
        raise InputError("is a store", where=into, fix="curate into a folder of its own")
    return open_store(existing_folder(store)), is_installed() if faces is None else faces


def _summary(choice: Choice, recipe: Recipe, store: str, *, faces: bool) -> Curation:
    splits = Counter(one.split for one in choice.placements.values())
    return Curation(
        store=store,
        recipe=recipe,
        faces=faces,
        kept=len(choice.kept),
        scenes=len({one.scene_id for one in choice.placements.values()}),
        splits={split: splits[split] for split in ("train", "validation", "test")},
        rejected=dict(sorted(Counter(kind(row.reason) for row in choice.dropped).items())),
    )
