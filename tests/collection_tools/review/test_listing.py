"""The list against a twin that looks at every photograph for every question."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from collection_tools.curate.recipe import read_recipe
from collection_tools.decisions import Decision
from collection_tools.review.gallery import Gallery, Photo, Published
from collection_tools.review.listing import Query, listing

SHOWS = ("all", "kept", "rejected", "person", "undecided", "decided", "accept", "reject")
RECIPE = read_recipe()

PHOTO = st.tuples(
    st.sampled_from(["a/1.jpg", "b/Rain.png", "c"]),
    st.sampled_from(["rainy", "clean"]),
    st.sampled_from([None, "is blurred", "duplicate"]),
    st.sampled_from([(), ("streak",), ("streak", "veil")]),
    st.booleans(),
)
SAID = st.builds(
    Decision,
    verdict=st.sampled_from([None, "accept", "reject", "open"]),
    tags=st.sampled_from([None, (), ("veil",)]),
    boxes=st.sampled_from([None, ()]),
)
QUERY = st.fixed_dictionaries(
    {
        "show": st.sampled_from(SHOWS),
        "reason": st.sampled_from([None, "is blurred", "duplicate", "none such"]),
        "domain": st.sampled_from([None, "rainy", "clean"]),
        "kind": st.sampled_from([None, "streak", "veil"]),
        "text": st.sampled_from(["", "rain", "0000", "zz"]),
        "after": st.sampled_from([None, 0, 2, 99]),
        "count": st.integers(1, 4),
    }
)


def photo(number, traits):
    file, domain, reason, kinds, uncertain = traits
    published = None if reason else Published("train", kinds)
    return Photo(
        sha256=f"{number:064x}",
        file=file,
        width=640,
        height=480,
        domain=domain,
        published=published,
        reason=reason,
        reasons=() if reason is None else (reason,),
        measure=None,
        uncertain=uncertain and published is not None,
    )


def is_shown(one, said, query):
    decided = said.verdict in {"accept", "reject"} or said.tags is not None or said.boxes is not None
    shows = {
        "all": True,
        "kept": one.reason is None,
        "rejected": one.reason is not None,
        "person": one.uncertain and said.boxes is None and said.verdict != "reject",
        "decided": decided,
        "undecided": not decided,
        "accept": said.verdict == "accept",
        "reject": said.verdict == "reject",
    }
    measured = () if one.published is None else one.published.kinds
    return (
        shows[query["show"]]
        and query["reason"] in {None, one.reason}
        and query["domain"] in {None, one.domain}
        and (query["kind"] is None or query["kind"] in (measured if said.tags is None else said.tags))
        and (query["text"] in one.file.lower() or one.sha256.startswith(query["text"]))
    )


@given(st.lists(PHOTO, min_size=1, max_size=8), st.dictionaries(st.integers(0, 7), SAID), QUERY)
def test_the_list_is_that_of_a_slow_twin(traits, said, query):
    photos = tuple(photo(number, one) for number, one in enumerate(traits))
    holds = {photos[number].sha256: one for number, one in said.items() if number < len(photos)}
    gallery = Gallery(Path("store"), RECIPE, photos, {}, {}, {}, {})
    answer = listing(gallery, holds, Query.model_validate(query))

    def twin(**other):
        asked = {**query, **other}
        return [n for n, one in enumerate(photos) if is_shown(one, holds.get(one.sha256, Decision()), asked)]

    start = -1 if query["after"] is None else query["after"]
    behind = [place for place in twin() if place > start]
    assert answer["total"] == len(twin())
    assert answer["first"] == len(twin()) - len(behind)
    assert [one["place"] for one in answer["photos"]] == behind[: query["count"]]
    for show in SHOWS:
        assert answer["counts"]["show"].get(show, 0) == len(twin(show=show))
    for kind in ("streak", "veil"):
        assert answer["counts"]["kind"].get(kind, 0) == len(twin(kind=kind))
    for reason in ("is blurred", "duplicate"):
        assert answer["counts"]["reason"].get(reason, 0) == len(twin(reason=reason))
