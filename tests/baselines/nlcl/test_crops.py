import numpy as np
import pytest
import torch
from PIL import Image

from baselines.nlcl.crops import decode_all, draw, from_folder, from_release
from nlcl_bench.core.errors import InputError


def _decoded(source, tmp_path, crop=48):
    return decode_all(source, tmp_path / "decoded", crop=crop, domain="rainy")


def test_crops_of_a_release_are_pieces_of_its_photographs(training_release, tmp_path):
    photographs = _decoded(from_release(training_release, "rainy"), tmp_path)
    whole = [torch.from_numpy(np.load(path)).permute(2, 0, 1) for path in photographs.files]
    assert [tuple(image.shape) for image in whole] == [(3, 64, 80)] * 2
    for crop in draw(photographs, 6, 48, torch.Generator().manual_seed(1)):
        grey = ((crop + 1) * 127.5).round()
        windows = torch.stack([image.unfold(1, 48, 1).unfold(2, 48, 1) for image in whole]).movedim(1, 3)
        assert (windows == grey).flatten(-3).all(-1).sum() == 1


def test_the_same_chance_draws_the_same_crops_and_reaches_the_borders(training_release, tmp_path):
    photographs = _decoded(from_release(training_release, "clean"), tmp_path, crop=63)
    first, second = (draw(photographs, 60, 63, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, second)
    assert len({tuple(crop.flatten().tolist()) for crop in first}) > 30  # of 2 photographs x 2 x 18 places


def test_a_folder_is_read_in_order_with_what_is_bad_or_small_named(save_photograph, tmp_path):
    folder = tmp_path / "photos"
    save_photograph(folder / "b" / "one.png", 1)
    save_photograph(folder / "a.PNG", 2)
    save_photograph(folder / "small.png", 3, 47, 64)
    (folder / "broken.jpg").write_bytes(b"no photograph")
    (folder / "notes.txt").write_text("not asked")
    assert [name.removeprefix(f"{folder}/") for name, _ in from_folder(folder)] == [
        "a.PNG",
        "b/one.png",
        "broken.jpg",
        "small.png",
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


def test_crops_span_black_to_white(tmp_path):
    image = Image.new("RGB", (48, 48), "black")
    image.paste("white", (24, 0, 48, 48))
    (tmp_path / "photos").mkdir()
    image.save(tmp_path / "photos" / "half.png")
    crop = draw(_decoded(from_folder(tmp_path / "photos"), tmp_path), 1, 48, torch.Generator())
    assert crop.shape == (1, 3, 48, 48)
    assert crop[..., :24].unique().tolist() == [-1.0]
    assert crop[..., 24:].unique().tolist() == [1.0]
