"""What the tests of the analyses share: folders of photographs, weights, and a training."""

from __future__ import annotations

import io

import pytest
import torch
from safetensors.torch import save_file

from baselines.nlcl.networks import Discriminator, Generator


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Let small tensors be computed by one thread: more are slower where other work runs beside the tests."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def photographs(tmp_path, photograph):
    """Return a writer of folders of different photographs."""

    def write(name, sides=((104, 96), (96, 104), (96, 96))):
        folder = tmp_path / name
        (folder / "more").mkdir(parents=True)
        for index, (width, height) in enumerate(sides):
            stream = io.BytesIO()
            photograph(index, width, height).save(stream, format="PNG")
            (folder / ("more" if index else "") / f"{index}.png").write_bytes(stream.getvalue())
        return folder

    return write


@pytest.fixture
def weights(tmp_path):
    """Return a file of a generator that takes some of the picture away."""
    torch.manual_seed(0)
    path = tmp_path / "background.safetensors"
    save_file(Generator().state_dict(), path)
    return path


@pytest.fixture
def checkpoint(tmp_path, weights):
    """Return a folder with what the analyses read of a checkpoint."""
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / weights.name).write_bytes(weights.read_bytes())
    torch.manual_seed(1)
    tensors = {f"discriminator.{name}": value for name, value in Discriminator().state_dict().items()}
    save_file({**tensors, "history": torch.zeros(1, 7)}, folder / "training.safetensors")
    return folder
