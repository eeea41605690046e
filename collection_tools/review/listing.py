"""Which photographs a page of the grid shows, and what it says of each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import Field

from nlcl_bench.data.record import Domain, Row, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collection_tools.decisions import Decision
    from collection_tools.review.gallery import Gallery, Photo

__all__ = ["Query", "listing", "summary"]

Show = Literal["all", "kept", "rejected", "person", "undecided", "decided", "accept", "reject"]
Place = Annotated[int, Field(ge=0)]


class Query(Row):
    """What somebody wants to see; a page begins after, or ends before, a place that never moves.

    Attributes:
        show: ``kept`` and ``rejected`` by the curation, ``accept`` and ``reject`` by hand; ``person``: waits for one.
        reason: Rejected for this kind of reason.
        domain: Whether it rains.
        kind: With this kind of rain.
        text: Part of the file name, or the beginning of the digest; capitals do not matter.
        after: Only photographs behind this place.
        before: Only photographs in front of this place, the last ones of them.
        count: How many.
    """

    show: Show = "all"
    reason: Text | None = None
    domain: Domain | None = None
    kind: Text | None = None
    text: Text = ""
    after: Place | None = None
    before: Place | None = None
    count: Annotated[int, Field(ge=1, le=200)] = 60


class _Traits(NamedTuple):
    """The words under which a photograph is found, by filter; few photographs differ in them."""

    show: tuple[str, ...]
    reason: tuple[str, ...]
    domain: tuple[str, ...]
    kind: tuple[str, ...]


def listing(gallery: Gallery, holds: Mapping[str, Decision], query: Query) -> dict[str, Any]:
    """Return a page of photographs, how many match in all and in front of the page, and what every filter would show.

    What a word of a filter is said to show is what it would with the other filters as they are.
    """
    text = query.text.strip().casefold()
    untouched = _untouched(gallery)
    traits = {
        place: _traits(photo, holds[photo.sha256]) if photo.sha256 in holds else untouched[place]
        for place, photo in enumerate(gallery.photos)
        if not text or text in photo.file.casefold() or photo.sha256.startswith(text)
    }
    wanted, counts = _sorted_out(Counter(traits.values()), query)
    matching = [place for place, one in traits.items() if one in wanted]
    first, last = _page(matching, query)
    photos = [(place, gallery.photos[place]) for place in matching[first:last]]
    return {
        "total": len(matching),
        "first": first,
        "photos": [summary(photo, holds.get(photo.sha256)) | {"place": place} for place, photo in photos],
        "counts": {name: dict(sorted(counter.items())) for name, counter in counts.items()},
    }


def _sorted_out(numbers: Mapping[_Traits, int], query: Query) -> tuple[set[_Traits], dict[str, Counter[str]]]:
    """Return which traits are wanted, and how many photographs each word of each filter would show."""
    wanted = set()
    counts: dict[str, Counter[str]] = {name: Counter() for name in _Traits._fields}
    for traits, number in numbers.items():
        misses = [name for name, words in traits._asdict().items() if getattr(query, name) not in (None, *words)]
        if not misses:
            wanted.add(traits)
        for name in misses or counts:
            if len(misses) < 2:  # noqa: PLR2004 (what another filter hides, this one cannot show)
                counts[name].update(dict.fromkeys(getattr(traits, name), number))
    return wanted, counts


def _page(matching: list[int], query: Query) -> tuple[int, int]:
    """Return where in ``matching`` the page begins and ends."""
    if query.before is not None:
        end = bisect_left(matching, query.before)
        return max(0, end - query.count), end
    first = 0 if query.after is None else bisect_right(matching, query.after)
    return first, first + query.count


@lru_cache(maxsize=1)
def _untouched(gallery: Gallery) -> tuple[_Traits, ...]:
    """Return the traits of all photographs as if nobody had decided anything, each kind of them once in memory."""
    known: dict[_Traits, _Traits] = {}
    return tuple(known.setdefault(one, one) for one in (_traits(photo, None) for photo in gallery.photos))


def _traits(photo: Photo, decision: Decision | None) -> _Traits:
    shows = _shows(
        photo.published is not None,
        _is_decided(decision),
        None if decision is None else decision.verdict,
        _needs_person(photo, decision),
    )
    return _Traits(shows, photo.reasons, (photo.domain,), _kinds(photo, decision))


@cache
def _shows(kept: bool, decided: bool, verdict: str | None, needs_person: bool) -> tuple[str, ...]:
    shows = ["all", "kept" if kept else "rejected", "decided" if decided else "undecided"]
    if verdict in {"accept", "reject"}:
        shows.append(verdict)
    return (*shows, "person") if needs_person else tuple(shows)


def _is_decided(decision: Decision | None) -> bool:
    if decision is None:
        return False
    return decision.verdict in {"accept", "reject"} or decision.tags is not None or decision.boxes is not None


def _needs_person(photo: Photo, decision: Decision | None) -> bool:
    if decision is None:
        return photo.uncertain
    return photo.uncertain and decision.boxes is None and decision.verdict != "reject"


def _kinds(photo: Photo, decision: Decision | None) -> tuple[str, ...]:
    if decision is not None and decision.tags is not None:
        return decision.tags
    return () if photo.published is None else photo.published.kinds


def summary(photo: Photo, decision: Decision | None) -> dict[str, Any]:
    """Return what the grid says of a photograph."""
    return {
        "sha256": photo.sha256,
        "image_id": photo.image_id,
        "file": photo.file,
        "width": photo.width,
        "height": photo.height,
        "domain": photo.domain,
        "kept": photo.published is not None,
        "split": None if photo.published is None else photo.published.split,
        "reason": photo.reason,
        "measure": photo.measure,
        "measured_kinds": () if photo.published is None else photo.published.kinds,
        "kinds": _kinds(photo, decision),
        "needs_person": _needs_person(photo, decision),
        "decision": None if decision is None else decision.model_dump(mode="json", exclude={"sha256", "undoes"}),
    }
