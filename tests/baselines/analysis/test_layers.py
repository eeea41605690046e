import numpy as np
import pytest
import torch

from baselines.analysis.layers import Scope, rendered, separated, survey
from baselines.nlcl.weights import load_generator
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.images import decode_file, to_tensor


def _all(source, **scope):
    return survey(source, lambda layers, chance: (layers, chance.random()), Scope(**scope), least=64)


def test_rendered_layers_add_up_and_rain_only_brightens_the_dark(photographs):
    folder = photographs("clean")
    found = _all(rendered(folder))
    for seen, (layers, _) in zip(found.photographs, found.found, strict=True):
        clean = to_tensor(decode_file(folder / seen.name))[None] * 2 - 1
        assert torch.equal(layers.background, clean)
        assert torch.equal(layers.background + layers.rain, layers.rainy)
        assert ((layers.rain == 0) | (layers.rain.abs() > 1e-5)).all()
        assert layers.rain.abs().max() > 0.1


def test_separated_layers_are_those_of_the_network(photographs, weights):
    folder = photographs("rainy")
    network = load_generator(weights)
    (layers, _), *_ = _all(separated(folder, weights)).found
    with torch.inference_mode():
        assert torch.equal(layers.background, network(layers.rainy))
        assert torch.equal(layers.rain, layers.rainy - layers.background)
    (layers, _), *_ = _all(separated(folder, weights, weights)).found
    assert torch.equal(layers.rain, layers.background)


def test_photographs_are_cropped_around_the_middle_to_multiples_of_eight(photographs):
    folder = photographs("clean", [(107, 101), (300, 90)])
    first, second = (layers.background for layers, _ in _all(rendered(folder), side=96).found)
    assert first.shape == (1, 3, 96, 96)
    assert second.shape == (1, 3, 88, 96)
    whole = to_tensor(decode_file(folder / "0.png"))
    assert torch.equal(first[0], whole[:, 2:98, 5:101] * 2 - 1)


def test_what_is_random_in_a_photograph_does_not_depend_on_its_neighbours(photographs):
    folder = photographs("clean")
    before = dict(
        zip([one.name for one in _all(rendered(folder)).photographs], _all(rendered(folder)).found, strict=True)
    )
    (folder / "0.png").unlink()
    after = _all(rendered(folder))
    for seen, (layers, number) in zip(after.photographs, after.found, strict=True):
        assert torch.equal(layers.rainy, before[seen.name][0].rainy)
        assert number == before[seen.name][1]
    other = _all(rendered(folder), seed=1).found[0]
    assert other[1] != after.found[0][1]


def test_a_limit_spreads_over_the_folder(photographs):
    folder = photographs("clean", [(96, 96)] * 6)
    assert [one.name for one in _all(rendered(folder), limit=2).photographs] == ["0.png", "more/3.png"]


def test_what_cannot_be_used_is_skipped_and_named(photographs):
    folder = photographs("clean", [(96, 96), (96, 40), (96, 96)])
    (folder / "copy.png").write_bytes((folder / "0.png").read_bytes())
    (folder / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    found = _all(rendered(folder))
    assert [one.name for one in found.photographs] == ["0.png", "more/2.png"]
    assert [line.partition(":")[0] for line in found.skipped] == ["copy.png", "damaged.png", "more/1.png"]
    assert "is the same file as 0.png" in found.skipped[0]
    assert "96x40 leaves less than 64 pixels a side" in found.skipped[2]


def test_a_folder_without_photographs_is_one_clear_line(tmp_path, photographs):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: holds no photograph that can be used .give a folder"):
        _all(rendered(tmp_path / "empty"))
    with pytest.raises(InputError, match=r"the first: 0.png: 40x40 leaves less than 64 pixels a side"):
        _all(rendered(photographs("small", [(40, 40)])))
    with pytest.raises(InputError, match=r"none: no such folder"):
        _all(rendered(tmp_path / "none"))


def test_rendering_needs_no_gradient_and_gives_finite_numbers(photographs):
    for layers, _ in _all(rendered(photographs("clean"))).found:
        assert not layers.rainy.requires_grad
        assert np.isfinite(layers.rain.numpy()).all()
