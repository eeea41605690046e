"""Withdraw: take a photograph back for good, and remember that it was.

The bytes are deleted from the store, for a still those of its video, too; a tombstone stays, with the reason, in
``STORE/withdrawn.parquet``. Collect does not take the photograph in again, not even from a copy with other metadata,
and curate leaves it and its copies out, so that the next release is without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.collect.store import (
    Tombstone,
    object_path,
    open_store,
    read_withdrawn,
    remove_video,
    write_withdrawn,
)
from collection_tools.curate.looks import appearance, averaged
from collection_tools.published import stored
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.files import existing_folder, locked
from nlcl_bench.core.images import decode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from collection_tools.collect.store import Collected
    from nlcl_bench.data.indexed import Indexed

__all__ = ["withdraw"]

_SHORTEST = 8
"""Digits of a name that must be given; fewer could mean several photographs by accident."""


def withdraw(store: Path, names: Sequence[str], reason: str) -> list[Tombstone]:
    """Take photographs out of a store for good.

    The tombstones are written before the bytes are deleted; after a kill the same command finishes the rest.

    Args:
        store: The store.
        names: Their image_id or sha256, or the first digits of it.
        reason: Why; it is kept beside the tombstone and shown by later runs.

    Returns:
        The tombstones, in the order of the names.

    Raises:
        InputError: A name means no photograph of the store, or several, or there is no reason.
        ManifestError: The store is damaged.
        StorageError: The store cannot be written, or another run is writing to it.
    """
    if not reason.strip():
        raise InputError("is empty", where="--reason", fix="say who asked, or why")
    with locked(existing_folder(store)):
        rows = open_store(store)
        found = [_find(name, rows) for name in names]
        tombstones = read_withdrawn(store)
        new = [_tombstone(row, store, reason) for row in found]
        for one in new:
            tombstones.setdefault(one.sha256, one)
        write_withdrawn(store, tombstones)
        for row in found:
            object_path(store, row.sha256, row.format).unlink(missing_ok=True)
            if row.frame is not None:  # it shows the same
                remove_video(store, row.frame.video)
    return [tombstones[row.sha256] for row in found]


def _tombstone(row: Collected, store: Path, reason: str) -> Tombstone:
    plain = Tombstone(sha256=row.sha256, pixels=row.pixels, file=row.file, reason=reason)
    known = {"video": None if row.frame is None else row.frame.video}
    try:
        image = decode(stored(store, row), where=row.file)
    except ImageError:  # gone or damaged: its digests still recognise it
        return plain.model_copy(update=known)
    return plain.model_copy(update={**known, **appearance(averaged(image))._asdict()})


def _find(name: str, rows: Indexed[Collected]) -> Collected:
    wanted = name.lower()
    found = [sha256 for sha256 in rows if len(wanted) >= _SHORTEST and sha256.startswith(wanted)]
    if len(found) != 1:
        raise InputError(
            f"means {len(found)} photographs of the store" if found else "is no photograph of the store",
            where=name,
            fix="give the image_id that the release shows, or at least its first 8 digits",
        )
    return rows[found[0]]
