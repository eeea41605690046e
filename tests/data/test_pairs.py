"""Patterns find the pairs of a foreign set, whatever its files are called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlcl_bench.core.errors import InputError
from nlcl_bench.data.importing.pairs import Layout, Pattern, pair_up

IDS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=6)


def paired(names, rainy, clean):
    return pair_up(names, [Layout(Pattern(rainy), Pattern(clean) if clean else None)])


def twins(names, rainy, clean):
    return {pair.rainy: pair.clean for pair in paired(names, rainy, clean)[0]}


@given(st.dictionaries(IDS, st.integers(1, 4), max_size=12), st.randoms())
def test_every_rainy_image_finds_its_clean_one_in_any_order(scenes, random):
    wanted = {f"a/rain/{id_}_{n}.png": f"a/norain/{id_}.jpg" for id_, many in scenes.items() for n in range(many)}
    names = [*wanted, *set(wanted.values())]
    random.shuffle(names)
    pairs, findings = paired(names, "**/rain/{id}_{kind:number}.png", "**/norain/{id}.jpg")
    assert {pair.rainy: pair.clean for pair in pairs} == wanted
    assert [pair.rainy for pair in pairs] == sorted(wanted)
    assert findings == []


@given(st.sets(IDS, min_size=1, max_size=12), st.data())
def test_what_is_missing_is_named_and_nothing_else(ids, data):
    lost = data.draw(st.sampled_from(sorted(ids)))
    names = [f"{kind}/{id_}.png" for id_ in ids for kind in ("rain", "clean")]
    for kind, what in (("rain", "has no rainy image"), ("clean", "has no clean image")):
        pairs, findings = paired(
            [name for name in names if name != f"{kind}/{lost}.png"], "rain/{id}.png", "clean/{id}.png"
        )
        if len(ids) > 1:
            assert [(one.file, one.what) for one in findings] == [
                (f"{'clean' if kind == 'rain' else 'rain'}/{lost}.png", what)
            ]
        assert len(pairs) == len(ids) - 1


@given(st.text(max_size=30))
def test_no_text_breaks_a_pattern_and_plain_text_matches_only_itself(text):
    try:
        pattern = Pattern(text)
    except InputError:
        return
    if not set("*{}") & set(text):
        assert pattern.match(text) == {}
        assert pattern.match(f"{text}x") is None


@given(st.lists(st.one_of(st.just("*"), st.just("{a}"), st.just("/"), IDS), min_size=1, max_size=6), IDS)
def test_a_pattern_matches_as_a_hand_written_expression_does(parts, name):
    try:
        pattern = Pattern("".join(parts))
    except InputError:
        return
    expression = "".join({"*": "[^/]*", "{a}": "[^/]+", "/": "/"}.get(part) or re.escape(part) for part in parts)
    text = "".join(parts).replace("*", name).replace("{a}", name)
    if parts.count("{a}") < 2 and "**" not in "".join(parts):
        assert (pattern.match(text) is None) == (re.fullmatch(expression, text) is None)


def test_leading_zeros_of_numbers_do_not_count():
    assert twins(["r/rain-001.png", "c/1.png"], "r/rain-{id:number}.png", "c/{id:number}.png") == {
        "r/rain-001.png": "c/1.png"
    }


def test_two_clean_images_of_one_rainy_are_told():
    _, findings = paired(["r/1.png", "c/1.png", "c/01.png"], "r/{id:number}.png", "c/{id:number}.png")
    assert [str(one) for one in findings] == [
        "c/1.png: is the clean image of the same rainy ones as c/01.png",
    ]


def test_a_set_may_have_rainy_images_only():
    assert twins(["r/1.png", "notes.txt"], "r/{id}.png", None) == {"r/1.png": None}


def test_a_layout_without_clean_images_is_passed_over_for_the_next():
    layouts = [Layout(Pattern("input/{id}"), Pattern(f"{clean}/{{id}}")) for clean in ("target", "gt")]
    pairs, findings = pair_up(["input/1", "gt/1"], layouts)
    assert [(pair.clean, pair.layout) for pair in pairs] == [("gt/1", 1)]
    assert findings == []


def test_the_first_layout_that_fits_takes_the_file():
    layouts = [
        Layout(Pattern("{place}/odd-R-{n}"), Pattern("{place}/odd-C-{n}")),
        Layout(Pattern("{place}/{view}-R-{n}"), Pattern("{place}/{view}-C-000")),
    ]
    names = ["a/odd-R-000", "a/odd-R-001", "a/odd-C-000", "a/odd-C-001", "b/cam-R-000", "b/cam-R-001", "b/cam-C-000"]
    pairs, findings = pair_up(names, layouts)
    assert {pair.rainy: pair.clean for pair in pairs} == {
        "a/odd-R-000": "a/odd-C-000",
        "a/odd-R-001": "a/odd-C-001",
        "b/cam-R-000": "b/cam-C-000",
        "b/cam-R-001": "b/cam-C-000",
    }
    assert findings == []


@pytest.mark.parametrize(
    "text", ["", "{", "{id", "}", "{Id}", "{id:text}", "****", "{id.__class__}", "a/**b{", "**/**/**/a", "a/"]
)
def test_what_is_no_pattern_is_refused(text):
    with pytest.raises(InputError, match="is no pattern"):
        Pattern(text)


def test_names_made_to_be_slow_are_not():
    slow = "/".join(["a" * 250] * 12) + "/b"
    assert Pattern("**/" + "/".join(["*a*a*"] * 10) + "/c").match(slow) is None
    assert Pattern("**/x/**/c").match("/".join(["x"] * 1000)) is None
