"""The training of the judge: pairs that differ in the rain alone, the same bytes again, and one clear line if not."""

from __future__ import annotations

import io
import json
import math

import numpy as np
import pytest
import torch
import typer
from PIL import Image
from safetensors import safe_open
from typer.testing import CliRunner

from baselines.cli.training import train as command
from baselines.nlcl.rain import draw_layers
from baselines.rain_probability import train as training
from baselines.rain_probability.examples import CROP, Examples, Photograph, _drawn, _spoiled, draw_pair, read
from baselines.rain_probability.train import FILE, loss, platt, train
from nlcl_bench.core.errors import InputError, NLCLBenchError, RunError
from nlcl_bench.data.rendering import Rain, render
from nlcl_bench.metrics.rain_probability.network import load

HEAVY = Rain(angle=5.0, spread=2.0, length=0.2, density=1500.0, strength=0.9, veil=0.0)


def encoded(image):
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def photographs(photograph):
    """Ten photograph-like pictures with heavy rain and ten without, of two sources each."""
    clean = [photograph(seed, 160, 144) for seed in range(20)]
    rng = np.random.default_rng(0)
    rainy = [
        Image.fromarray((render(np.asarray(one) / 255, HEAVY, rng) * 255).round().astype(np.uint8))
        for one in clean[:10]
    ]
    named = {"rainy": rainy, "clean": clean[10:]}
    return {
        domain: [(f"{domain}/{'ab'[index % 2]}/{index}.png", encoded(one)) for index, one in enumerate(images)]
        for domain, images in named.items()
    }


@pytest.fixture(scope="module")
def examples(photographs):
    rainy, clean = (read(photographs[domain], domain=domain)[0] for domain in ("rainy", "clean"))
    return Examples(rainy, clean, draw_layers(6, 0))


@pytest.fixture(scope="module")
def short():
    """Make a step cheap: few pairs, few layers of rain."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "_PAIRS", 4)
        patch.setattr(training, "_LAYERS", 6)
        yield


@pytest.fixture(scope="module")
def done(photographs, short, tmp_path_factory):
    return train(photographs, tmp_path_factory.mktemp("done"), steps=40)


def test_the_same_command_gives_the_same_bytes_and_learns(photographs, short, done, tmp_path):
    again = train(photographs, tmp_path, steps=40)
    assert again.weights.read_bytes() == done.weights.read_bytes()
    assert again.history == done.history
    assert np.mean(done.history[-10:]) < np.mean(done.history[:10])


def test_what_was_trained_says_from_what_and_scores(done):
    with safe_open(done.weights, "pt") as file:
        said = json.loads(file.metadata()["training"])
    assert (said["steps"], said["seed"], len(said["rainy"]), len(said["clean"])) == (40, 0, 64, 64)
    assert 0.5 < done.told_apart <= 1
    assert 0 < float(load(done.weights)(torch.rand(1, 3, 64, 72), None)[0]) < 1


def test_swapped_folders_are_noticed(photographs, short, tmp_path):
    swapped = {"rainy": photographs["clean"], "clean": photographs["rainy"]}
    with pytest.raises(RunError, match="look whether rainy and clean are swapped"):
        train(swapped, tmp_path, steps=40)
    assert not (tmp_path / FILE).exists()


def test_too_few_photographs_are_no_training(photographs, tmp_path):
    with pytest.raises(InputError, match="9 rainy photographs can be used; not rainy/a/broken"):
        train({**photographs, "rainy": [*photographs["rainy"][1:], ("rainy/a/broken.png", b"?")]}, tmp_path)


def test_a_pair_is_two_crops_in_grey_levels_and_the_same_again(examples):
    for seed in range(30):
        rainy, dry = draw_pair(examples, np.random.default_rng(seed))
        assert rainy.shape == dry.shape == (CROP, CROP)
        assert rainy.dtype == dry.dtype == np.float32
        assert np.abs(rainy * 255 - (rainy * 255).round()).max() < 1e-3
        assert 0 <= min(rainy.min(), dry.min()) <= max(rainy.max(), dry.max()) <= 1
        assert np.array_equal(rainy, draw_pair(examples, np.random.default_rng(seed))[0])


def test_rain_brightens_and_never_darkens_a_pair(examples):
    brighter = [np.subtract(*draw_pair(examples, np.random.default_rng(seed))).mean() for seed in range(60)]
    assert min(brighter) > -0.01  # sharpening, clipping and compression are not quite the same on both
    assert np.mean(np.array(brighter) > 0.002) > 0.5


def test_what_has_no_rain_to_tell_apart_is_spoiled_alike():
    plane = np.random.default_rng(0).random((CROP, CROP)) * 0.1 + np.linspace(0.2, 0.8, CROP)
    for seed in range(20):
        one, other = _spoiled(plane, plane, np.random.default_rng(seed))
        assert one.std() == pytest.approx(other.std(), rel=0.02)
        assert one.mean() == pytest.approx(other.mean(), abs=0.005)


def test_sources_are_drawn_by_the_square_root_of_their_size():
    flat = np.zeros((CROP, CROP, 3), np.uint8)
    photographs = [Photograph(flat, "a" if index < 9 else "b", str(index)) for index in range(10)]
    rng = np.random.default_rng(0)
    drawn = [_drawn(photographs, rng).source for _ in range(2000)]
    assert drawn.count("a") / len(drawn) == pytest.approx(0.75, abs=0.03)


def test_loss_equals_a_slow_twin():
    rainy, dry = torch.tensor([0.3, -1.0, 4.0]), torch.tensor([0.1, 2.0, -3.0])

    def chance(logit):
        return 1 / (1 + math.exp(-logit))

    expected = sum(
        -math.log(chance(one)) - math.log(1 - chance(other)) - math.log(chance(one - other))
        for one, other in zip(rainy.tolist(), dry.tolist(), strict=True)
    )
    assert float(loss(rainy, dry)) == pytest.approx(expected / 3, rel=1e-5)


def test_the_logit_of_two_normal_distributions_is_found():
    """Of N(1, 1) against N(-1, 1) it is 2 x, and of values shifted by 3 it is 2 x - 6."""
    rng = np.random.default_rng(0)
    rainy, clean = rng.normal(4, 1, 20_000), rng.normal(2, 1, 5_000)
    assert platt(rainy, clean) == pytest.approx((2, -6), rel=0.05)


def _run(*arguments):
    app = typer.Typer(rich_markup_mode=None)
    app.command()(command)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_trains_and_says_how_well(photographs, short, tmp_path):
    for each in photographs.values():
        for name, data in each:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    result = _run(
        *("rain-probability", "--rainy", tmp_path / "rainy", "--clean", tmp_path / "clean"),
        *("--into", tmp_path / "into", "--steps", 40),
    )
    assert result.exit_code == 0, result.output
    assert "are told apart" in result.output
    assert (tmp_path / "into" / FILE).is_file()


@pytest.mark.parametrize("option", [("--crop", 64), ("--config", "released"), ("--tensorboard",)])
def test_options_of_another_training_are_refused(option, tmp_path):
    result = _run("rain-probability", "--data", tmp_path, "--into", tmp_path / "into", *option)
    assert isinstance(result.exception, NLCLBenchError)
    assert "the options --steps and --seed alone" in str(result.exception)
