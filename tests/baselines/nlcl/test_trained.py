"""The weights that come with the package: what they are, where they are from, and that they derain."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from safetensors import safe_open

from baselines.nlcl.config import read_config
from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.digest import sha256_file, sha256_lines
from nlcl_bench.core.images import decode_file
from nlcl_bench.data.rendering import Rain, render
from nlcl_bench.methods.catalogue import METHODS

TRAINED = ("nlcl", "rendered")
STREAKS = Rain(angle=8, spread=2, length=0.12, density=250, strength=0.8, veil=0.0)


@pytest.mark.parametrize("name", TRAINED)
def test_a_file_says_the_recipe_and_the_photographs_it_is_from_and_the_list_holds_them(name):
    spec = METHODS.get(name)
    path = obtain(spec.weights)
    assert path.stat().st_size == spec.weights.size < 800_000
    with safe_open(path, "pt") as file:
        said = json.loads(file.metadata()["checkpoint"])
    recipe = read_config(name).model_dump(mode="json")  # which may have got further fields since
    assert said["config"] == {key: recipe[key] for key in said["config"]}
    assert said["step"] == said["config"]["steps"]
    with (path.parent / "photographs.tsv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    for domain, digest in said["photographs"].items():
        assert sha256_lines(row["sha256"] for row in rows if row["domain"] == domain) == digest


@pytest.mark.parametrize("name", TRAINED)
def test_streaks_go(name, derain, photographs, psnr):
    clean = photographs["coffee"]
    rainy = (render(clean / 255, STREAKS, np.random.default_rng(1)) * 255).round().astype(np.uint8)
    assert psnr(derain(name, rainy), clean) > psnr(rainy, clean) + 1.5


@pytest.mark.parametrize("name", TRAINED)
def test_photographs_without_rain_come_out_almost_as_they_went_in(name, derain, photographs, psnr):
    kept = [psnr(derain(name, one), one) for one in photographs.values()]
    assert np.mean(kept) > 42
    assert min(kept) > 34  # glints that stand upright look like rain


@pytest.mark.realdata
@pytest.mark.parametrize("name", TRAINED)
def test_photographs_of_another_set_come_out_almost_as_they_went_in(name, derain, real_data, psnr):
    seen = [np.asarray(decode_file(path)) for path in sorted((real_data / "clean" / "kodak24").iterdir())[:4]]
    assert np.mean([psnr(derain(name, one), one) for one in seen]) > 42


@pytest.mark.realdata
def test_nothing_that_was_trained_on_is_in_a_test_set(real_data):
    listed = obtain(METHODS.get("nlcl").weights).parent / "photographs.tsv"
    with listed.open(encoding="utf-8", newline="") as lines:
        trained = {row["sha256"] for row in csv.DictReader(lines, delimiter="\t")}
    tests = [path for name in ("paired", "clean/kodak24") for path in (real_data / name).rglob("*.*")]
    assert len(tests) > 100
    assert not trained & {sha256_file(path) for path in tests}
