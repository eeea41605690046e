"""Every registered method and metric keeps its contract; a broken one is caught."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from baselines.networks.architectures import ARCHITECTURES, SPANET_AS_PUBLISHED
from baselines.nlcl.networks import Generator, Separator
from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.errors import ContractError
from nlcl_bench.methods.catalogue import METHODS
from nlcl_bench.metrics.catalogue import METRICS
from nlcl_bench.testing import check_method, check_metric

FETCHED = [name for name in METHODS.names() if (file := METHODS.get(name).weights) and not file.packaged]
GIVEN = [name for name in METHODS.names() if METHODS.get(name).takes_weights and METHODS.get(name).weights is None]
INSTALLED = [name for name in METHODS.names() if name not in {*FETCHED, *GIVEN}]
MADE_UP = {
    "nlcl-official": Generator,
    **{name: one.new for name, one in ARCHITECTURES.items() if name in GIVEN},
    **dict.fromkeys(("prenet-r-100l", "prenet-r-100h", "prenet-r-1400"), ARCHITECTURES["prenet-r"].new),
    "spanet-official": SPANET_AS_PUBLISHED.new,
    **dict.fromkeys(("cyclegan", "cut", "fastcut", "dcd", "deraincyclegan"), Separator),
}
"""The network of every method whose weights are not installed with it, to be given weights that mean nothing."""
LONG = {"prenet", "prn", "prn-r", "rescan", "spanet", "spanet-official", "prenet-r-100h", "prenet-r-1400"}
TRIED = [pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in MADE_UP]
PLAIN = [name for name in METRICS.names() if METRICS.get(name).weights is None]
PARAMETERS = ["brisque", "niqe"]  # whose files are at hand; tests/metrics/test_networks.py has the others


@pytest.mark.parametrize("name", INSTALLED)
def test_a_method_keeps_its_contract(name):
    _tiles_as_it_says(name, _keeps_its_contract(name))


@pytest.mark.realdata
@pytest.mark.parametrize("name", FETCHED)
def test_a_method_with_weights_from_elsewhere_keeps_its_contract(name, real_weights):
    _tiles_as_it_says(name, _keeps_its_contract(name))


@pytest.mark.parametrize("name", TRIED)
def test_a_method_keeps_its_contract_with_weights_that_mean_nothing(name, tmp_path):
    torch.manual_seed(0)
    weights, state = tmp_path / "made-up.pth", MADE_UP[name]().state_dict()
    torch.save({"net": state} if name == "spanet-official" else state, weights)
    _keeps_its_contract(name, weights)


def test_no_method_goes_untried_for_want_of_its_weights():
    assert set(MADE_UP) == {*FETCHED, *GIVEN}


def _keeps_its_contract(name, weights=None):
    spec = METHODS.get(name)
    report = check_method(spec, weights or (spec.weights and obtain(spec.weights)))
    if spec.supervision != "prior" and (spec.weights or spec.takes_weights):  # a network says how large it is
        assert None not in {spec.parameters, spec.gmacs}
        assert report.counted.parameters == spec.parameters
    return report


def _tiles_as_it_says(name, report):
    """Tiles show, be it faintly, where a method says so. Weights that mean nothing may show none."""
    if METHODS.get(name).tiling in {"exact", "own"}:
        assert report.tiling_difference < 0.5 / 255
    else:
        assert report.tiling_difference > 0.1 / 255


@pytest.mark.parametrize("name", PLAIN)
def test_a_metric_keeps_its_contract(name):
    check_metric(METRICS.get(name))


@pytest.mark.realdata
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_metric_with_parameters_keeps_its_contract(name, real_weights):
    spec = METRICS.get(name)
    check_metric(spec, spec.weights.path)


@pytest.mark.parametrize("name", METHODS.names())
def test_a_method_is_filed_under_its_own_name(name):
    assert METHODS.get(name).name == name


@pytest.mark.parametrize("name", METRICS.names())
def test_a_metric_is_filed_under_its_own_name_with_a_version(name):
    spec = METRICS.get(name)
    assert spec.id.startswith(f"{name}/")
    assert spec.id.endswith("@1")
    assert spec.bounds[0] < spec.bounds[1]


def altered(derainer, **changes):
    return dataclasses.replace(METHODS.get("identity"), load=lambda *_: derainer, **changes)


@pytest.mark.parametrize(
    ("derainer", "says"),
    [
        (lambda batch: batch - batch.mean() + 0.5, "mixes the images of a batch"),
        (lambda batch: batch - batch.mean(dim=(1, 2, 3), keepdim=True) + 0.5, "says that tiling is exact"),
        (lambda batch: batch.roll(40, dims=-1), "or a larger reach"),
        (lambda batch: batch + 0.01 * torch.rand(batch.shape), "two results"),
        (lambda batch: batch[:, :1].expand_as(batch)[..., :2], "returned shape"),
    ],
)
def test_a_method_that_breaks_its_contract_is_caught(derainer, says):
    with pytest.raises(ContractError, match=says):
        check_method(altered(derainer))


def test_tiles_are_as_large_as_a_methods_reach_wants_them():
    assert (
        check_method(altered(lambda batch: batch.roll(1, dims=-2).roll(-1, dims=-2), reach=60)).tiling_difference < 1e-6
    )


@pytest.mark.parametrize(
    ("metric", "says"),
    [
        (lambda batch, _: batch.mean().double(), "another shape"),
        (lambda batch, _: batch.mean(dim=(1, 2, 3)), "another type"),
        (lambda batch, _: batch.mean(dim=(1, 2, 3)).double() * float("nan"), "not finite"),
        (lambda batch, _: batch.mean().double().expand(len(batch)) * len(batch), "differently in a batch"),
    ],
)
def test_a_metric_that_breaks_its_contract_is_caught(metric, says):
    spec = dataclasses.replace(METRICS.get("entropy"), load=lambda _: metric)
    with pytest.raises(ContractError, match=says):
        check_metric(spec)
