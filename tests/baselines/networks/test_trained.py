"""The networks' weights that come with the package: what they are, where they are from, and that they derain."""

from __future__ import annotations

import csv
import json
from importlib.resources import files

import numpy as np
import pytest
from safetensors import safe_open

from baselines.networks import spec
from baselines.networks.architectures import ARCHITECTURES
from baselines.networks.loading import load_network
from baselines.nlcl.checkpoint import Checkpoint
from baselines.nlcl.config import read_config
from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.digest import sha256_lines
from nlcl_bench.data.rendering import Rain, render

SPECS = {one.name: one for one in (getattr(spec, name) for name in spec.__all__)}
TRAINED = sorted(name for name, one in SPECS.items() if one.weights is not None and one.weights.packaged)
FOLDER = files("baselines.networks").joinpath("trained")
CARD = FOLDER.joinpath("README.md").read_text(encoding="utf-8")
LISTED = files("baselines.nlcl").joinpath("trained", "photographs.tsv")
MIDDLE = 160
STREAKS = Rain(angle=8, spread=2, length=0.12, density=250, strength=0.8, veil=0.0)


@pytest.fixture
def middles(photographs):
    """Return the middles of the packaged photographs, which the slowest network does in seconds."""
    starts = {name: [(side - MIDDLE) // 2 for side in one.shape[:2]] for name, one in photographs.items()}
    return {name: photographs[name][y : y + MIDDLE, x : x + MIDDLE] for name, (y, x) in starts.items()}


def test_every_file_has_its_method_and_every_method_its_file():
    found = {one.name for one in FOLDER.iterdir() if one.name.endswith(".safetensors")}
    assert found == {f"{name}.safetensors" for name in TRAINED}


@pytest.mark.parametrize("name", TRAINED)
def test_a_file_is_the_pinned_one_and_holds_its_network_after_all_of_its_steps(name):
    path = obtain(SPECS[name].weights)
    assert path.stat().st_size == SPECS[name].weights.size < 700_000
    load_network(ARCHITECTURES[name], path)
    said = trained(path)
    assert (said.method, said.step) == (name, said.config.steps)


@pytest.mark.parametrize("name", TRAINED)
def test_the_card_gives_the_command_that_a_file_is_from_and_the_list_holds_its_photographs(name):
    said = trained(obtain(SPECS[name].weights))
    budget = {key: getattr(said.config, key) for key in ("steps", "crop", "batch")}
    assert said.config == read_config(name, **budget)
    options = " ".join(f"--{key} {value}" for key, value in budget.items())
    assert f"\nnlcl-bench train {name} --clean CLEAN --into DIR {options}\n" in CARD
    rows = csv.DictReader(LISTED.read_text(encoding="utf-8").splitlines(), delimiter="\t")
    clean = [row["sha256"] for row in rows if row["domain"] == "clean"]
    assert said.photographs == {"clean": sha256_lines(clean)}


@pytest.mark.parametrize("name", TRAINED)
def test_streaks_go_and_photographs_without_rain_hardly_change(name, derain, middles, psnr):
    clean = middles["coffee"]
    rainy = (render(clean / 255, STREAKS, np.random.default_rng(1)) * 255).round().astype(np.uint8)
    assert psnr(derain(name, rainy), clean) > psnr(rainy, clean) + 1
    assert np.mean([psnr(derain(name, one), one) for one in middles.values()]) > 36


def trained(path) -> Checkpoint:
    with safe_open(path, "pt") as file:
        return Checkpoint.model_validate(json.loads(file.metadata()["checkpoint"]))
