"""TorchScript is run only after the user has said which file to trust."""

from __future__ import annotations

import hashlib
import warnings

import pytest
import torch

from baselines.adapters.torchscript_file import torchscript
from nlcl_bench.core.errors import ArtifactError, InputError
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.testing import check_method


class Darker(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(0.5))

    def forward(self, rainy: torch.Tensor) -> torch.Tensor:
        return rainy * self.scale


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("torchscript") / "darker.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(Darker()), str(path))
    return path


def digest(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_without_its_digest_a_file_is_not_opened(file):
    with pytest.raises(InputError, match=f"TorchScript is code.*--declare sha256={digest(file)}"):
        torchscript(str(file), {})


def test_with_another_digest_neither(file):
    with pytest.raises(ArtifactError, match="not the declared"):
        torchscript(str(file), {"sha256": "0" * 64})


def test_a_trusted_file_is_run(file):
    spec = torchscript(str(file), {"sha256": digest(file), "tiling": "exact"})
    rainy = torch.rand(3, 20, 31, generator=torch.Generator().manual_seed(0))
    derained = apply(load_method(spec, torch.device("cpu"), spec.weights.path), spec, rainy)
    assert torch.allclose(derained, rainy / 2)
    check_method(spec, spec.weights.path)


def test_a_file_that_is_no_torchscript_is_one_line(tmp_path, dangerous):
    path = tmp_path / "no.pt"
    path.write_bytes(dangerous)
    spec = torchscript(str(path), {"sha256": digest(path)})
    with pytest.raises(ArtifactError, match="is no TorchScript file"):
        load_method(spec, torch.device("cpu"), path)
    assert not (tmp_path / "pickle-was-run").exists()
