"""What the tests of the supervised networks share: networks whose every weight matters, and files of them."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import save_file

from baselines.networks.architectures import ARCHITECTURES


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Let small tensors be computed by one thread: more are slower where other work runs beside the tests."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def stirred():
    """Return a maker of networks of which no weight is zero, as some are before they learn."""

    def make(network):
        chance = torch.Generator().manual_seed(3)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn(parameter.shape, generator=chance) * 0.02)
        return network

    return make


@pytest.fixture(scope="session")
def untrained(stirred):
    """Return a maker of seeded networks by name."""

    def make(name):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return stirred(ARCHITECTURES[name].new())

    return make


@pytest.fixture(scope="session")
def weight_file(untrained, tmp_path_factory):
    """Return a writer of weight files by name."""
    folder = tmp_path_factory.mktemp("weights")

    def write(name):
        path = folder / f"{name}.safetensors"
        if not path.exists():
            save_file(untrained(name).state_dict(), path)
        return path

    return write
