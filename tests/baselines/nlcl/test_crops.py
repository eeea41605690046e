import numpy as np
import pytest
import torch
from PIL import Image

from baselines.nlcl.crops import Source, decode_all, draw_batch, from_folder, from_release
from nlcl_bench.core.errors import InputError


def _decoded(source, tmp_path, crop=48):
    return decode_all(source, tmp_path / "decoded", crop=crop, domain="rainy")


def _grey(crops):
    return ((crops + 1) * 127.5).round()


def test_crops_of_a_release_are_pieces_of_its_photographs(recipe, source):
    config = recipe(batch=6, flips=False)
    whole = [torch.from_numpy(np.load(path)).permute(2, 0, 1) for path in source.rainy.files]
    assert [tuple(image.shape) for image in whole] == [(3, 64, 80)] * 2
    for crop in _grey(draw_batch(source, config, 1, range(6)).rainy):
        windows = torch.stack([image.unfold(1, 48, 1).unfold(2, 48, 1) for image in whole]).movedim(1, 3)
        assert (windows == crop).flatten(-3).all(-1).sum() == 1


def test_a_sample_depends_on_seed_step_and_number_alone_and_reaches_the_borders(recipe, source):
    config = recipe()
    whole, half = draw_batch(source, config, 7, range(6)), draw_batch(source, config, 7, range(3, 6))
    for name in ("rainy", "clean", "rendered", "background_places", "rain_places"):
        assert torch.equal(getattr(whole, name)[3:], getattr(half, name))
    for other in (draw_batch(source, config, 8, range(6)), draw_batch(source, recipe(seed=1), 7, range(6))):
        assert not torch.equal(whole.rainy, other.rainy)
        assert not torch.equal(whole.places, other.places)
    assert len({tuple(crop.flatten().tolist()) for crop in draw_batch(source, config, 1, range(40)).rainy}) > 35


def test_places_have_room_for_a_patch_and_come_for_rainy_and_clean_crops(recipe, source):
    config = recipe(batch=3)
    batch = draw_batch(source, config, 1, range(3))
    assert batch.places.shape == (6, config.location_queries, 2)
    assert batch.background_places.shape == batch.rain_places.shape == (3, 1, 2)
    assert int(batch.places.min()) >= config.query_margin
    assert int(batch.places.max()) <= config.crop - config.query_margin


def test_half_of_the_crops_are_mirrored_if_the_recipe_says_so(recipe, tmp_path):
    ramp = np.broadcast_to(np.arange(0, 240, 5, dtype=np.uint8)[None, :, None], (48, 48, 3))
    (tmp_path / "photos").mkdir()
    Image.fromarray(np.ascontiguousarray(ramp)).save(tmp_path / "photos" / "ramp.png")
    photographs = _decoded(from_folder(tmp_path / "photos"), tmp_path)
    source = Source(photographs, photographs, None)
    for flips, shares in ((True, (0.3, 0.7)), (False, (0.0, 0.0))):
        crops = draw_batch(source, recipe(flips=flips, rendered=0.0), 1, range(60)).rainy
        mirrored = (crops[:, 0, 0, 0] > crops[:, 0, 0, -1]).float().mean()
        assert shares[0] <= mirrored <= shares[1]


def test_so_many_of_the_crops_with_rendered_rain_lie_on_their_side_as_the_recipe_says(recipe, source):
    upright, some, lying = (draw_batch(source, recipe(turned=share), 1, range(40)) for share in (0.0, 0.3, 1.0))
    for one, two in ((upright.rendered, lying.rendered), (upright.truth, lying.truth)):
        assert torch.equal(one.rot90(1, (2, 3)), two)
    turned = [torch.equal(one, two) for one, two in zip(some.rendered, lying.rendered, strict=True)]
    assert 5 <= sum(turned) <= 20
    assert torch.equal(some.rendered[~torch.tensor(turned)], upright.rendered[~torch.tensor(turned)])


def test_large_photographs_are_shrunk_to_means_if_the_recipe_says_so(recipe, tmp_path):
    board = (np.indices((192, 192)).sum(0) % 2 * 255).astype(np.uint8)
    (tmp_path / "photos").mkdir()
    Image.fromarray(board).convert("RGB").save(tmp_path / "photos" / "large.png")
    photographs = _decoded(from_folder(tmp_path / "photos"), tmp_path)
    source = Source(photographs, photographs, None)
    for shrink, shares in ((True, (5, 15)), (False, (0, 0))):
        crops = _grey(draw_batch(source, recipe(shrink=shrink, rendered=0.0), 1, range(20)).rainy)
        levels = [crop.unique().tolist() for crop in crops]
        assert all(level in ([0, 255], [128]) for level in levels)
        assert shares[0] <= levels.count([128]) <= shares[1]


def test_a_folder_is_read_in_order_with_what_is_bad_or_small_named(save_photograph, tmp_path):
    folder = tmp_path / "photos"
    save_photograph(folder / "b" / "one.png", 1)
    save_photograph(folder / "a.PNG", 2)
    save_photograph(folder / "small.png", 3, 47, 64)
    (folder / "broken.jpg").write_bytes(b"no photograph")
    (folder / "notes.txt").write_text("not asked")
    assert [name for name, _ in from_folder(folder)] == [
        "photos/a.PNG",
        "photos/b/one.png",
        "photos/broken.jpg",
        "photos/small.png",
    ]
    photographs = _decoded(from_folder(folder), tmp_path)
    assert len(photographs.files) == 2
    assert ["broken.jpg" in photographs.skipped[0], "47x64 is smaller" in photographs.skipped[1]] == [True, True]


def test_a_photograph_is_decoded_once(save_photograph, tmp_path, monkeypatch):
    save_photograph(tmp_path / "photos" / "one.png", 1)
    before = _decoded(from_folder(tmp_path / "photos"), tmp_path)
    monkeypatch.setattr("baselines.nlcl.crops.decode", lambda *_, **__: pytest.fail("decoded again"))
    assert _decoded(from_folder(tmp_path / "photos"), tmp_path) == before


def test_empty_and_unusable_sources_give_one_clear_line(save_photograph, training_release, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"rainy: no rainy photograph can be used to train .give photographs of at"):
        _decoded(from_folder(tmp_path / "empty"), tmp_path)
    save_photograph(tmp_path / "small" / "a.png", 0, 30, 30)
    with pytest.raises(InputError, match="30x30 is smaller than a crop of 48"):
        _decoded(from_folder(tmp_path / "small"), tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        _decoded(from_folder(tmp_path / "none"), tmp_path)
    with pytest.raises(InputError, match="has no split foggy/train"):
        _decoded(from_release(training_release, "foggy"), tmp_path)


def test_one_in_so_many_samples_brings_real_crops_and_the_processes_shares_join_to_the_batch(source, recipe):
    config = recipe(batch=8, rainy_every=4)
    whole, parts = (
        draw_batch(source, config, 3, range(8)),
        [draw_batch(source, config, 3, range(a, a + 4)) for a in (0, 4)],
    )
    assert (len(whole.rainy), len(whole.clean), len(whole.rendered), len(whole.truth)) == (2, 2, 8, 8)
    for name in ("rainy", "clean", "rendered", "truth", "background_places", "rain_places"):
        assert torch.equal(getattr(whole, name), torch.cat([getattr(part, name) for part in parts]))


def test_crops_span_black_to_white(recipe, tmp_path):
    image = Image.new("RGB", (48, 48), "black")
    image.paste("white", (24, 0, 48, 48))
    (tmp_path / "photos").mkdir()
    image.save(tmp_path / "photos" / "half.png")
    photographs = _decoded(from_folder(tmp_path / "photos"), tmp_path)
    batch = draw_batch(Source(photographs, photographs, None), recipe(flips=False, rendered=0.0), 1, range(1))
    assert batch.rendered is None
    for crop in (batch.rainy, batch.clean):
        assert crop.shape == (1, 3, 48, 48)
        assert crop[..., :24].unique().tolist() == [-1.0]
        assert crop[..., 24:].unique().tolist() == [1.0]
