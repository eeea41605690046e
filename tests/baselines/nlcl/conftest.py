"""What the tests of NLCL share: a recipe that is quick, learners, and photographs for training."""

from __future__ import annotations

import io

import pytest
import torch

from baselines.nlcl.config import read_config
from baselines.nlcl.step import new_learners

CPU = torch.device("cpu")


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Let small tensors be computed by one thread: more are slower where other work runs beside the tests."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def recipe():
    """Return a maker of recipes with the smallest crop that has room for the preset's patches."""

    def make(**changes):
        return read_config(None, **{"crop": 48, "steps": 2, **changes})

    return make


@pytest.fixture
def learners(recipe):
    return new_learners(recipe(), CPU)


@pytest.fixture(scope="session")
def training_release(tmp_path_factory, write_release):
    return write_release(tmp_path_factory.mktemp("training"), images=2, split="train", side=64, paired=False)


@pytest.fixture
def save_photograph(photograph):
    """Return a writer of PNG photographs."""

    def save(path, seed, width=64, height=64):
        stream = io.BytesIO()
        photograph(seed, width, height).save(stream, format="PNG")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stream.getvalue())
        return path

    return save
