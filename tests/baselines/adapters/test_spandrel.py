"""Checkpoints are read without running what is in them; spandrel tells what they are."""

from __future__ import annotations

import pickle
import warnings

import pytest
import torch
from safetensors.torch import save_file

from baselines.adapters.spandrel_file import read_checkpoint, spandrel
from nlcl_bench.core.errors import ArtifactError, InputError
from nlcl_bench.testing import check_method


class Dangerous:
    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path):
    trace = tmp_path / "was-run"
    for name, write in {"torch.pth": torch.save, "plain.pth": _dump}.items():
        write({"weight": Dangerous(trace)}, tmp_path / name)
        with pytest.raises(ArtifactError, match="or holds code"):
            read_checkpoint(tmp_path / name)
    assert not trace.exists()


def _dump(value, path) -> None:
    path.write_bytes(pickle.dumps(value))


def test_a_checkpoint_may_hold_its_table_under_a_name(tmp_path):
    torch.save({"params": {"weight": torch.ones(2)}, "step": 3}, tmp_path / "net.pth")
    assert torch.equal(read_checkpoint(tmp_path / "net.pth")["params"]["weight"], torch.ones(2))
    save_file({"weight": torch.ones(2)}, tmp_path / "net.safetensors")
    assert list(read_checkpoint(tmp_path / "net.safetensors")) == ["weight"]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x02]q\x00."])
@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
def test_what_holds_no_tensors_is_refused(tmp_path, content, name):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ArtifactError, match=r"is no checkpoint|holds no table"):
        read_checkpoint(tmp_path / name)


def test_without_the_library_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "spandrel", None)
    save_file({"weight": torch.ones(2)}, tmp_path / "net.safetensors")
    with pytest.raises(InputError, match=r"install nlcl-bench\[spandrel\]"):
        spandrel(str(tmp_path / "net.safetensors"), {})


@pytest.fixture
def architectures():
    """Import spandrel and its further architectures, which warn of torch when they are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("spandrel", reason="spandrel, an extra, is not installed")
        pytest.importorskip("spandrel_extra_arches", reason="spandrel_extra_arches, an extra, is not installed")


@pytest.mark.usefixtures("architectures")
def test_another_architecture_is_one_line(tmp_path):
    save_file({"weight": torch.ones(2)}, tmp_path / "net.safetensors")
    with pytest.raises(ArtifactError, match="is of no architecture that spandrel knows"):
        spandrel(str(tmp_path / "net.safetensors"), {})


@pytest.mark.usefixtures("architectures")
def test_a_narrow_nafnet_is_told_by_its_tensors(tmp_path):
    from spandrel.architectures.NAFNet import NAFNet

    torch.manual_seed(0)
    network = NAFNet(width=8, middle_blk_num=1, enc_blk_nums=[1, 1], dec_blk_nums=[1, 1])
    torch.save({"params": network.state_dict()}, tmp_path / "naf.pth")
    spec = spandrel(str(tmp_path / "naf.pth"), {"licence": "MIT"})
    assert spec.interface.source == "spandrel: naf.pth, NAFNet"
    assert spec.parameters == sum(tensor.numel() for tensor in network.parameters())
    check_method(spec, spec.weights.path)


@pytest.mark.usefixtures("architectures")
def test_a_small_restormer_is_told_too(tmp_path):
    from spandrel_extra_arches.architectures.Restormer import Restormer

    torch.manual_seed(0)
    network = Restormer(dim=8, num_blocks=[1, 1, 1, 1], num_refinement_blocks=1, heads=[1, 1, 1, 1])
    torch.save({"params": network.state_dict()}, tmp_path / "restormer.pth")
    spec = spandrel(str(tmp_path / "restormer.pth"), {"licence": "none"})
    assert spec.interface.source == "spandrel: restormer.pth, Restormer"
    check_method(spec, spec.weights.path)
