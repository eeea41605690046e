import dataclasses
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch

from baselines.networks import loading, spec
from baselines.networks.architectures import ARCHITECTURES

SPECS = {one.name: one for one in (getattr(spec, name) for name in spec.__all__)}


def test_every_network_is_a_method_and_every_method_is_registered():
    assert set(SPECS) > set(ARCHITECTURES)
    registered = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    doors = registered["project"]["entry-points"]["nlcl_bench.methods"]
    for name in spec.__all__:
        described = getattr(spec, name)
        assert doors[described.name] == f"baselines.networks.spec:{name}"


def test_published_weights_are_fetched_from_their_authors_at_a_commit():
    published = [one.weights for one in SPECS.values() if one.weights is not None and not one.weights.packaged]
    assert len(published) == 4
    for weights in published:
        assert weights.source.startswith("https://raw.githubusercontent.com/")
        assert len(weights.source.split("/")[5]) == 40


@pytest.mark.parametrize("name", ["ddn", "prn-r"])
def test_a_large_photograph_goes_in_tiles_that_do_not_show(name, weight_file, monkeypatch):
    derain = loading.load(ARCHITECTURES[name], torch.device("cpu"), weight_file(name))
    photo = torch.rand(1, 3, 400, 24, generator=torch.Generator().manual_seed(5))
    whole = derain(photo)
    monkeypatch.setattr(loading, "SIDE", 100)
    torch.testing.assert_close(derain(photo), whole, atol=1e-5, rtol=0)
    shortsighted = dataclasses.replace(ARCHITECTURES[name], reach=2)
    seams = loading.load(shortsighted, torch.device("cpu"), weight_file(name))(photo) - whole
    assert seams.abs().max() > 1e-3


def test_describing_the_networks_imports_nothing_heavy():
    code = (
        "import sys, baselines.networks.spec;"
        "print([name for name in ('torch', 'numpy', 'pyarrow', 'PIL', 'pydantic') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
