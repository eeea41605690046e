"""Parameters and multiplications are counted as one counts by hand; seconds and memory are measured."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from nlcl_bench.core.errors import ArtifactError, ContractError
from nlcl_bench.evaluation.cost import count, measure
from nlcl_bench.evaluation.inputs import method_weights
from nlcl_bench.methods.catalogue import METHODS
from nlcl_bench.methods.spec import SizeRule
from nlcl_bench.testing import check_method

CPU = torch.device("cpu")


class Network(torch.nn.Module):
    """Two convolutions, of which the first is used twice, and one that is not used at all."""

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Conv2d(3, 3, 3, padding=1)
        self.last = torch.nn.Conv2d(3, 3, 1, bias=False)
        self.idle = torch.nn.Conv2d(3, 3, 1)

    def forward(self, rainy: torch.Tensor) -> torch.Tensor:
        return self.last(self.first(self.first(rainy)))


def spec_of(network, **changes):
    changes = {"tiling": "exact", "size": SizeRule(), **changes}
    return dataclasses.replace(METHODS.get("identity"), load=lambda *_: network, **changes)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    return Network().eval()


PARAMETERS = 3 * 3 * 9 + 3 + 9
GMACS = 256 * 256 * (2 * 3 * 3 * 9 + 3 * 3) / 1e9


def test_what_is_used_is_counted_once_and_what_is_done_each_time(network):
    counted = count(network, spec_of(network), CPU)
    assert counted.parameters == PARAMETERS
    assert counted.gmacs == pytest.approx(GMACS)


def test_it_is_counted_in_inference_mode_too(network):
    counted = count(torch.inference_mode()(network), spec_of(network), CPU)
    assert (counted.parameters, counted.gmacs) == (PARAMETERS, pytest.approx(GMACS))


def test_a_filter_has_neither():
    spec = METHODS.get("median")
    counted = count(spec.load(CPU, None), spec, CPU)
    assert (counted.parameters, counted.gmacs) == (None, None)


def test_the_contract_holds_a_method_to_what_it_says(network):
    assert check_method(spec_of(network, parameters=PARAMETERS, gmacs=GMACS)).counted.parameters == PARAMETERS
    with pytest.raises(ContractError, match="says that it has 94 parameters, but uses 93"):
        check_method(spec_of(network, parameters=PARAMETERS + 1))
    with pytest.raises(ContractError, match="says 1 GMACs, but takes"):
        check_method(spec_of(network, gmacs=1.0))


def test_an_installed_method_is_measured_in_a_process_of_its_own():
    spec = METHODS.get("nlcl")
    cost = measure(spec, method_weights(spec, None), "cpu", megapixels=0.02)
    assert cost.counted.parameters > 100_000
    assert cost.counted.gmacs > 1
    assert cost.seconds > 0
    assert cost.megabytes > 100


def test_a_failure_in_that_process_comes_back():
    spec = METHODS.get("nlcl")
    with pytest.raises(ArtifactError, match="is no weight file"):
        measure(spec, spec.weights.path.with_name("photographs.tsv"), "cpu", megapixels=0.02)
