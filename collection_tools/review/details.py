"""Everything that is known of one photograph, for the page that shows it in full size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from collection_tools.privacy.choose import choose
from collection_tools.review.listing import summary

if TYPE_CHECKING:
    from pydantic import BaseModel

    from collection_tools.decisions import Decision
    from collection_tools.review.gallery import Gallery, Photo

__all__ = ["details"]

_FOUND = {"damage", "checks", "rain", "kinds", "night"}


def details(gallery: Gallery, photo: Photo, decision: Decision | None) -> dict[str, Any]:
    """Return what is known of a photograph, as JSON has it.

    ``sure`` and ``unsure`` are the boxes as they were detected, without the margins that are added when they are
    blurred: so what a person saves of them can be detected, saved and blurred again without growing.

    Raises:
        ManifestError: A manifest is damaged.
    """
    record = gallery.records.get(photo.image_id) if photo.published is not None else None
    finding = gallery.findings.get(photo.sha256)
    private = None if finding is None else finding.private
    detected = choose(private or (), None, gallery.recipe.privacy)
    return {
        "photo": summary(photo, decision),
        "collected": _plain(gallery.rows.get(photo.sha256)),
        "record": _plain(record),
        "finding": _plain(finding, include=_FOUND),
        "looked_for_faces": private is not None,
        "sure": [_plain(box) for box in detected.blur],
        "unsure": [_plain(box) for box in detected.ask],
    }


def _plain(model: BaseModel | None, include: set[str] | None = None) -> dict[str, Any] | None:
    return None if model is None else model.model_dump(mode="json", exclude_none=True, include=include)
