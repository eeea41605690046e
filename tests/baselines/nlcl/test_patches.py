import itertools
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from baselines.nlcl.patches import Search, capacity, pick, random_queries, search
from nlcl_bench.core.errors import InputError


def _axis_slowly(query, length, how):
    """Step by step: the block of grid points through the query, centred on it, then moved into the image or cut."""
    inside = range(how.patch // 2, length - how.patch + how.patch // 2 + 1)
    if how.clipped:
        block = min(how.window, len(inside)) // how.stride
        whole = [query + how.stride * (number - block // 2) for number in range(block)]
        return [at for at in whole if at in inside]
    grid = [at for at in inside if (at - query) % how.stride == 0]
    count = min(how.window, len(inside)) // how.stride
    first = grid.index(query) - count // 2
    first = max(0, min(first, len(grid) - count))
    return grid[first : first + count]


def _search_slowly(image, query, how):
    """Loop twin for one query: sort all candidates, then take the first that keep their distance."""
    half = how.patch // 2

    def patch(row, column):
        return image[:, row - half : row - half + how.patch, column - half : column - half + how.patch]

    asked = patch(*query)
    found = []
    for row in _axis_slowly(query[0], image.shape[1], how):
        for column in _axis_slowly(query[1], image.shape[2], how):
            difference = float(((patch(row, column) - asked) ** 2).sum())
            found.append((-difference if how.farthest else difference, row, column))
    chosen = []
    for _, row, column in sorted(found, key=lambda entry: entry[0]):
        if all(max(abs(row - r), abs(column - c)) >= how.separation for r, c in chosen):
            chosen.append([row, column])
    return chosen[: how.count]


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    shape=st.tuples(st.just(2), st.sampled_from([1, 3]), st.integers(14, 30), st.integers(14, 30)),
    options=st.builds(
        Search,
        patch=st.integers(1, 7),
        window=st.integers(4, 40),
        stride=st.integers(1, 3),
        count=st.just(5),
        separation=st.integers(1, 8),
        farthest=st.booleans(),
        clipped=st.booleans(),
    ),
    levels=st.sampled_from([2, 16]),
)
def test_the_search_equals_its_loop_twin_on_every_option(seed, shape, options, levels):
    chance = torch.Generator().manual_seed(seed)
    # whole numbers, so that sums are exact in any order; two levels only, so that there are many ties
    images = torch.randint(0, levels, shape, generator=chance).float()
    how = replace(options, count=min(options.count, capacity(*shape[2:], options)))
    queries = torch.stack([random_queries(shape[2:], 2, how.patch // 2 + 1, chance) for _ in range(2)])
    found = search(images, queries, how)
    assert found.shape == (2, 2, how.count, 2)
    for image, query in itertools.product(range(2), range(2)):
        slow = _search_slowly(images[image], queries[image, query].tolist(), how)
        assert found[image, query].tolist() == slow


def test_similar_patches_are_truly_elsewhere():
    image = torch.rand(1, 3, 64, 64)
    how = Search(patch=8, window=48, count=8, separation=8)
    places = search(image, random_queries((64, 64), 1, 4, torch.Generator())[None], how)[0, 0]
    apart = (places[:, None] - places).abs().amax(-1)
    assert apart[~torch.eye(8, dtype=torch.bool)].min() >= 8


def test_a_repeated_patch_is_found_where_it_was_put_and_its_negative_is_the_farthest():
    image = torch.rand(1, 3, 40, 40) * 0.1 + 0.45
    corner = torch.rand(3, 8, 8)
    image[0, :, 2:10, 2:10] = corner
    image[0, :, 25:33, 20:28] = corner
    image[0, :, 20:28, 5:13] = (corner < 0.5).float()
    query = torch.tensor([[[6, 6]]])
    near = search(image, query, Search(patch=8, window=40, count=2, separation=8))
    far = search(image, query, Search(patch=8, window=40, count=1, farthest=True))
    assert near.tolist() == [[[[6, 6], [29, 24]]]]
    assert far.tolist() == [[[[24, 9]]]]


def test_queries_cover_every_place_where_a_patch_fits():
    queries = random_queries((6, 5), 2000, 2, torch.Generator().manual_seed(0))
    assert {tuple(query) for query in queries.tolist()} == set(itertools.product((2, 3, 4), (2, 3)))


def test_too_many_separate_patches_are_refused_before_the_search():
    how = Search(patch=8, window=48, count=12, separation=8)
    with pytest.raises(InputError, match="64x64: has room for 11 separate patches, not 12"):
        search(torch.zeros(1, 3, 64, 64), torch.tensor([[[9, 9]]]), how)
    with pytest.raises(InputError, match="smaller than a patch of 8"):
        random_queries((7, 64), 1, 4, torch.Generator())


@pytest.mark.parametrize("size", [(9, 7), (4, 3), (18, 14)])
def test_picked_vectors_equal_their_loop_twin_on_maps_of_any_size(size):
    features = torch.rand(2, 3, *size)
    positions = torch.stack(torch.meshgrid(torch.arange(9), torch.arange(7), indexing="ij"), -1).reshape(1, -1, 2)
    picked = pick(features, positions.expand(2, -1, -1), (9, 7))
    for image, (index, (row, column)) in itertools.product(range(2), enumerate(positions[0].tolist())):
        slow = features[image, :, int(row * size[0] / 9), int(column * size[1] / 7)]
        assert torch.equal(picked[image, index], slow)
