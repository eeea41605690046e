"""All photographs that a curation judged: in little memory what a list shows, the rest where it can be looked up.

Before it comes :mod:`collection_tools.curate.curate`; :mod:`collection_tools.review.listing` chooses what a page
shows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from sys import intern
from typing import TYPE_CHECKING, NamedTuple

from collection_tools.collect.store import open_store
from collection_tools.curate.curated import read_curation, read_dropped, read_uncertain
from collection_tools.curate.findings import key_of, open_findings
from collection_tools.reasons import kind
from nlcl_bench.core.errors import ManifestError
from nlcl_bench.core.files import existing_folder
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data import manifest
from nlcl_bench.data.indexed import Indexed
from nlcl_bench.data.record import Domain, Record, Split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from collection_tools.collect.store import Collected
    from collection_tools.curate.finding import Dropped, Finding
    from collection_tools.curate.recipe import Recipe

__all__ = ["Gallery", "Photo", "Published", "read_gallery"]


class Published(NamedTuple):
    """What a list shows of a kept photograph."""

    split: Split
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Photo:
    """One judged photograph: what a list shows of it.

    Attributes:
        sha256: Digest of the collected bytes; the name of the photograph on the page.
        file: The name it was collected under.
        width: Columns of the upright picture, in pixels.
        height: Rows of the upright picture, in pixels.
        domain: Whether it rains in it.
        published: None where it was rejected.
        reason: Why it was rejected.
        reasons: The same without its details, for a filter; empty where it was kept.
        measure: The number that was compared with the recipe, if there is one.
        uncertain: Whether a person has to say what is private in it.
    """

    sha256: str
    file: str
    width: int
    height: int
    domain: Domain
    published: Published | None
    reason: str | None
    reasons: tuple[str, ...]
    measure: float | None
    uncertain: bool

    @property
    def image_id(self) -> str:
        """The name under which it is published."""
        return self.sha256[:16]


@dataclass(frozen=True, eq=False)
class Gallery:
    """The photographs of a curation.

    Attributes:
        store: The store.
        recipe: The recipe it was curated by.
        photos: The photographs, in the order of their file names.
        places: Where each stands in ``photos``, by digest.
        rows: Their rows in the store, by digest.
        records: What is published, by image_id.
        findings: What was found out about them, by digest.
    """

    store: Path
    recipe: Recipe
    photos: tuple[Photo, ...] = field(repr=False)
    places: Mapping[str, int] = field(repr=False)
    rows: Mapping[str, Collected] = field(repr=False)
    records: Mapping[str, Record] = field(repr=False)
    findings: Mapping[str, Finding] = field(repr=False)


def read_gallery(curated: Path, *, track: Track = silent) -> Gallery:
    """Read what there is to review.

    Raises:
        InputError: The store is not where the curation says.
        ManifestError: The folder is not curated, or a manifest is damaged.
    """
    curation = read_curation(curated)
    store = existing_folder(curation.store_folder(curated).resolve())
    rows = open_store(store)
    found = track(_photos(curated, rows), what="open", total=curation.kept + sum(curation.rejected.values()))
    photos = tuple(sorted(found, key=lambda photo: (_natural(photo.file), photo.sha256)))
    if not photos:
        raise ManifestError("holds no photographs to review", where=curated, fix="collect some, then curate again")
    return Gallery(
        store=store,
        recipe=curation.recipe,
        photos=photos,
        places={photo.sha256: place for place, photo in enumerate(photos)},
        rows=rows,
        records=Indexed([curated / "manifest"], Record, key="image_id"),
        findings=open_findings(curated, key_of(curation.recipe, faces=curation.faces), leave_out=("hash", "thumbnail")),
    )


def _photos(curated: Path, rows: Indexed[Collected]) -> Iterator[Photo]:
    records = manifest.read(curated / "manifest", Record)
    published = {row.image_id: Published(row.split, row.rain_kinds) for row in records}
    dropped = {row.sha256: row for row in read_dropped(curated)}
    uncertain = read_uncertain(curated)
    for row in rows.rows():
        name, reason = row.sha256[:16], dropped.get(row.sha256)
        if reason is not None or name in published:  # else it was collected after it was curated
            yield _photo(row, reason, None if reason else published[name], uncertain=name in uncertain)


def _photo(row: Collected, dropped: Dropped | None, published: Published | None, *, uncertain: bool) -> Photo:
    return Photo(
        sha256=row.sha256,
        file=row.file,
        width=row.width,
        height=row.height,
        domain=row.domain,
        published=published,
        reason=None if dropped is None else dropped.reason,
        reasons=() if dropped is None else (intern(kind(dropped.reason)),),
        measure=None if dropped is None else dropped.measure,
        uncertain=uncertain and published is not None,
    )


def _natural(file: str) -> str:
    """Return a key by which 2.jpg comes before 10.jpg.

    >>> sorted(["10.jpg", "2.jpg", "a/1.jpg"], key=_natural)
    ['2.jpg', '10.jpg', 'a/1.jpg']
    """
    return re.sub(r"\d+", lambda number: number[0].zfill(20), file)
