"""Every prior takes any size and leaves what is flat, and takes away at least its own kind of rain."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from baselines.priors import spec as specs
from nlcl_bench.core.artifacts import obtain
from nlcl_bench.data.rendering import Rain
from nlcl_bench.evaluation.apply import apply, load_method

DENSE = Rain(angle=5, spread=4, length=0.05, density=15000, strength=0.3, veil=0.0)
"""So many faint short streaks that they are almost noise: what a smoother without direction is for."""

STREAKS = Rain(angle=10, spread=1.5, length=0.25, density=220, strength=0.6, veil=0.0)
"""Long streaks that run one way."""

OWN = {"bilateral": DENSE, "directional": STREAKS, "dsc": STREAKS, "gmm": STREAKS, "jcas": STREAKS, "ugsm": STREAKS}
PRIORS = sorted(OWN)


@pytest.mark.parametrize("name", PRIORS)
def test_a_prior_is_better_than_doing_nothing_on_its_own_kind_of_rain(name, gain):
    assert gain(name, "coffee", OWN[name]) > 0.3


@settings(max_examples=5, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40))
@pytest.mark.parametrize("name", PRIORS)
def test_every_size_is_taken_and_a_flat_image_stays_flat(name, height, width):
    spec = getattr(specs, name.upper())
    flat = torch.full((3, height, width), 0.5)
    derainer = load_method(spec, torch.device("cpu"), spec.weights and obtain(spec.weights))
    assert torch.allclose(apply(derainer, spec, flat), flat, atol=1e-5)


def test_every_prior_is_registered():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    registered = project["project"]["entry-points"]["nlcl_bench.methods"]
    assert {name: registered.get(name) for name in PRIORS} == {
        name: f"baselines.priors.spec:{name.upper()}" for name in PRIORS
    }
