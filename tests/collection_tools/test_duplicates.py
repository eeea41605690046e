import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter

from collection_tools.curate.against import looks_of
from collection_tools.curate.duplicates import Candidate, Looks, alike, alike_to, copies, same_pictures
from collection_tools.curate.looks import appearance, averaged, detail
from collection_tools.curate.recipe import read_recipe

SCENES, COPIES = read_recipe().scenes, read_recipe().copies


def linked(*images):
    found = alike(looks(*images), radius=SCENES.hamming_radius, correlation=SCENES.correlation)
    return {tuple(pair) for pair in found.pairs.tolist()}


def looks(*images):
    seen = [appearance(averaged(image)) for image in images]
    return looks_of([one.hash for one in seen], [one.thumbnail for one in seen])


def rained_on(image, seed):
    """Bright slanted streaks over a picture."""
    rng = np.random.default_rng(seed)
    layer = np.zeros((image.height, image.width), np.float32)
    for y, x in rng.integers(0, (image.height, image.width), (400, 2)):
        steps = np.arange(18)
        layer[(y + steps) % image.height, (x + steps // 3) % image.width] += 70
    return Image.fromarray((np.asarray(image) + layer[..., None]).clip(0, 255).astype(np.uint8))


def test_one_scene_shrunk_dimmed_shifted_compressed_and_rained_on_is_one_scene(photograph):
    scene = photograph(1, size=(640, 480))
    variants = [
        scene.resize((320, 240)),
        ImageEnhance.Brightness(scene).enhance(0.6),
        scene.crop((6, 4, 640, 480)),
        scene.quantize(32).convert("RGB"),
        rained_on(scene, 5),
        rained_on(scene, 6),
    ]
    assert linked(scene, *variants) >= {(0, other) for other in range(1, 7)}


def test_different_scenes_are_not_linked(photograph):
    assert linked(*(photograph(seed) for seed in range(40))) == set()


def test_flat_and_dark_photographs_are_not_all_one_scene(photograph):
    flat = [Image.new("RGB", (320, 272), (grey, grey, grey)) for grey in (0, 1, 90, 255)]
    noise = [Image.fromarray(np.random.default_rng(seed).integers(0, 3, (272, 320, 3), np.uint8)) for seed in range(6)]
    assert linked(*flat, *noise) == set()


def test_a_night_scene_of_a_few_grey_levels_is_still_recognised(photograph):
    nights = [
        ImageEnhance.Brightness(Image.fromarray(np.asarray(photograph(seed, noise=noise)))).enhance(0.03)
        for seed in (1, 2)
        for noise in (6, 7)
    ]
    assert max(int(np.asarray(night).max()) for night in nights) < 9
    assert linked(*nights) == {(0, 1), (2, 3)}


def test_the_search_finds_what_comparing_all_pairs_finds():
    rng = np.random.default_rng(0)
    base = rng.integers(0, 256, (40, 8), np.uint8)
    hashes = np.concatenate([base, base ^ np.uint8(1), rng.integers(0, 256, (1500, 8), np.uint8)])
    thumbnails = rng.normal(size=(40, 256))
    thumbnails = np.concatenate([thumbnails, thumbnails, rng.normal(size=(1500, 256))])
    thumbnails = (thumbnails / np.linalg.norm(thumbnails, axis=1, keepdims=True)).astype(np.float16)
    slow = {
        (i, j)
        for i in range(len(hashes))
        for j in np.flatnonzero(np.bitwise_count(hashes ^ hashes[i]).sum(1) <= 8).tolist()
        if i < j and float(thumbnails[i].astype(np.float32) @ thumbnails[j].astype(np.float32)) >= 0.5
    }
    found = alike(Looks(hashes, thumbnails), radius=8, correlation=0.5)
    assert {tuple(pair) for pair in found.pairs.tolist()} == slow
    assert len(slow) >= 40
    bits = np.bitwise_count(hashes[found.pairs[:, 0]] ^ hashes[found.pairs[:, 1]]).sum(1)
    assert found.distance.tolist() == bits.tolist()
    both = alike_to(Looks(hashes, thumbnails), Looks(hashes, thumbnails), radius=8, correlation=0.5)
    assert {tuple(pair) for pair in both.pairs.tolist() if pair[0] < pair[1]} == slow
    assert len(both.pairs) == 2 * len(slow) + len(hashes)


def test_nothing_gives_no_pairs():
    nothing = Looks(np.empty((0, 8), np.uint8), np.empty((0, 256), np.float16))
    assert alike(nothing, radius=1, correlation=0.9).pairs.shape == (0, 2)


def kept_of(images, **facts):
    some = [
        Candidate(
            str(number), str(number), "rainy", detail=detail(np.asarray(image.convert("L"))), aspect=4 / 3, **facts
        )
        for number, image in enumerate(images)
    ]
    found = alike(looks(*images), radius=SCENES.hamming_radius, correlation=SCENES.correlation)
    return copies(some, found, radius=COPIES.hamming_radius, correlation=COPIES.correlation)


def test_of_shrunk_blurred_enlarged_and_compressed_copies_the_sharpest_is_kept(photograph):
    scene = rained_on(photograph(1, size=(640, 480)), 3)
    file = io.BytesIO()
    scene.save(file, "JPEG", quality=30)
    small = scene.resize((320, 240), Image.Resampling.LANCZOS)
    blurred, large = scene.filter(ImageFilter.GaussianBlur(1.5)), small.resize((640, 480), Image.Resampling.BICUBIC)
    images = [small, blurred, scene, large, Image.open(file).convert("RGB"), photograph(2, size=(640, 480))]
    assert kept_of(images) == {"0": "2", "1": "2", "3": "2", "4": "2"}


def test_pictures_of_pairs_and_stills_of_one_video_are_copies_of_nothing(photograph):
    scene = photograph(1, size=(640, 480))
    images = [scene, scene.resize((320, 240))]
    assert kept_of(images)
    assert kept_of(images, paired=True) == {}
    assert kept_of(images, video="0" * 64) == {}


def test_what_was_published_stays_even_when_a_sharper_copy_arrives(photograph):
    scene = photograph(1, size=(640, 480))
    found = alike(looks(scene, scene.resize((320, 240))), radius=12, correlation=0.7)
    sharp, old = Candidate("a", "a", "rainy", detail=9.0), Candidate("b", "b", "rainy", detail=1.0, published=True)
    assert copies([sharp, old], found, radius=4, correlation=0.99) == {"a": "b"}


candidates = st.lists(
    st.builds(
        Candidate,
        image_id=st.text("abcdef", min_size=3, max_size=3),
        pixels=st.sampled_from("pqr"),
        domain=st.sampled_from(["rainy", "clean"]),
        paired=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda one: one.image_id,
)


@given(candidates, st.randoms())
def test_which_copy_is_kept_does_not_depend_on_the_order(some, random):
    twins = same_pictures(some)
    mixed = list(some)
    random.shuffle(mixed)
    assert same_pictures(mixed) == twins
    for pixels in "pqr":
        group = [one for one in some if one.pixels == pixels]
        kept = [one for one in group if one.image_id not in twins.reasons]
        both = len({one.domain for one in group}) == 2
        assert len(kept) == (0 if both or not group else 1)
    assert all(kept not in twins.reasons for kept in twins.stands_for.values())


@given(candidates)
def test_what_was_kept_is_kept_again(some):
    twins = same_pictures(some)
    again = [
        Candidate(one.image_id, one.pixels, one.domain, one.image_id not in twins.reasons, one.paired) for one in some
    ]
    assert same_pictures(again).reasons == twins.reasons


@pytest.mark.parametrize("domain", ["rainy", "clean"])
def test_a_published_picture_stays_when_a_copy_or_a_contrary_claim_arrives(domain):
    twins = same_pictures([Candidate("b", "p", "rainy", published=True), Candidate("a", "p", domain, paired=True)])
    assert list(twins.reasons) == ["a"]
