"""Faces nobody has looked at: such photographs are not published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.curate.curated import read_uncertain
from nlcl_bench.core.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from nlcl_bench.data.record import Record

__all__ = ["refuse_unchecked", "refuse_unreviewed", "unreviewed", "without"]


def unreviewed(records: Sequence[Record], curated: Path) -> list[str]:
    """Return the names of the images of which a person has yet to say what is private in them.

    Raises:
        ManifestError: The list is damaged.
    """
    waiting = read_uncertain(curated)
    return [record.image_id for record in records if record.image_id in waiting]


def refuse_unreviewed(waiting: Sequence[str], curated: Path) -> None:
    """Make sure that no image waits for a person.

    Raises:
        ManifestError: One does; the message counts them and names the first.
    """
    if waiting:
        raise ManifestError(
            f"{len(waiting)} images show what may be a face and no person has looked, the first is {waiting[0]}",
            where=curated,
            fix=f"decide with `nlcl-bench review {curated}` and curate again, or add --leave-out-unreviewed",
        )


def refuse_unchecked(records: Sequence[Record], curated: Path, *, faces: bool) -> None:
    """Make sure that somebody looked for faces: a detector, or a person at every image.

    Raises:
        ManifestError: Nobody did.
    """
    if not faces and not all(record.reviewed for record in records):
        raise ManifestError(
            "faces were not looked for",
            where=curated,
            fix="pip install 'nlcl-bench[privacy]' and curate again, or add --without-face-check, which the card tells",
        )


def without(records: Sequence[Record], left_out: Collection[str]) -> list[Record]:
    """Return the other records; one whose rain-free twin is left out has none any more."""
    return [
        record.model_copy(update={"clean_id": None, "clean_sha256": None}) if record.clean_id in left_out else record
        for record in records
        if record.image_id not in left_out
    ]
