"""What the tests of the unpaired methods share: recipes that are quick, and their untrained learners."""

from __future__ import annotations

import pytest
import torch

from baselines.unpaired.lessons import lesson_of


@pytest.fixture(scope="session")
def begun(recipe):
    """Return a maker of a method's recipe and its untrained learners, on single samples and with a small pool."""

    def make(method, **changes):
        few = {"batch": 1, "patch_places": 16}
        pool = {"pool": 2} if recipe(method).pool else {}
        config = recipe(method, **{**few, **pool, **changes})
        return config, lesson_of(config).begin(config, torch.device("cpu"))

    return make
