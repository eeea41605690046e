from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collection_tools.curate.recipe import Splits, read_recipe
from collection_tools.curate.scenes import Placement, place
from collection_tools.curate.splits import split_of

SHARES = read_recipe().splits
NAMES = [f"{number:016x}" for number in range(24)]

links_between = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=40)


def deal(scene):
    return split_of(scene, SHARES)


def flooded(images, links):
    """The slow twin: groups by repeated merging."""
    groups = [{image} for image in images]
    for left, right in links:
        touched = [group for group in groups if left in group or right in group]
        if left in images and right in images:
            groups = [group for group in groups if group not in touched] + [set().union(*touched)]
    return {frozenset(group) for group in groups}


@given(links=links_between, shuffled=st.permutations(NAMES), seed=st.randoms())
def test_scenes_are_the_connected_groups_whatever_the_order(links, shuffled, seed):
    placed, refused = place(NAMES, links, {}, deal)
    again = list(links)
    seed.shuffle(again)
    assert (placed, refused) == place(shuffled, [(b, a) for a, b in again], {}, deal)
    assert not refused
    scenes = Counter(home.scene_id for home in placed.values())
    groups = flooded(NAMES, links)
    assert {frozenset(n for n in NAMES if placed[n].scene_id == scene) for scene in scenes} == groups
    assert all(placed[min(group)].scene_id == min(group) for group in groups)
    assert all(home.split == deal(home.scene_id) for home in placed.values())


@given(first=links_between, later=links_between, known=st.integers(0, len(NAMES)))
def test_adding_images_never_moves_an_old_one_and_leaks_none(first, later, known):
    old, _ = place(NAMES[:known], [pair for pair in first if set(pair) <= set(NAMES[:known])], {}, deal)
    links = first + later
    placed, refused = place(NAMES, links, old, deal)
    assert old.items() <= placed.items()
    assert placed.keys() | refused.keys() == set(NAMES)
    assert not placed.keys() & refused.keys()
    splits = {}
    for home in placed.values():
        assert splits.setdefault(home.scene_id, home.split) == home.split
    for left, right in links:
        if left in placed and right in placed and not {left, right} <= old.keys():
            assert placed[left].split == placed[right].split


@settings(max_examples=60)
@given(first=links_between, later=links_between, known=st.integers(0, len(NAMES)))
def test_placing_again_after_a_kill_decides_the_same(first, later, known):
    old, _ = place(NAMES[:known], [pair for pair in first if set(pair) <= set(NAMES[:known])], {}, deal)
    decided = place(NAMES, first + later, old, deal)
    assert place(NAMES, first + later, old | decided[0], deal) == decided


def test_a_bridge_between_splits_is_refused_and_its_other_neighbours_are_not():
    a, b, bridge, other = NAMES[:4]
    old = {
        a: Placement(image_id=a, scene_id=a, split="train"),
        b: Placement(image_id=b, scene_id=b, split="test"),
    }
    placed, refused = place([a, b, bridge, other], [(a, bridge), (bridge, b), (bridge, other)], old, deal)
    assert list(refused) == [bridge]
    assert refused[bridge].startswith(f"would tie together scenes of different splits: {a} (train), {b} (test)")
    assert placed[other].scene_id == other


def test_over_many_scenes_each_split_gets_its_share():
    dealt = Counter(deal(f"{number:016x}") for number in range(20_000))
    for split in ("train", "validation", "test"):
        assert dealt[split] / 20_000 == pytest.approx(getattr(SHARES, split), abs=0.01)


def test_another_salt_deals_anew():
    other = Splits(**(SHARES.model_dump() | {"salt": "other"}))
    assert any(split_of(name, SHARES) != split_of(name, other) for name in NAMES)
