"""What methods cost is written with the machine it was measured on, read back with suspicion, and found by its run."""

from __future__ import annotations

import json

import pytest

from nlcl_bench.core.errors import InputError
from nlcl_bench.evaluation.costs import CostEntry, Costs, cost_of, read_costs, write_costs
from nlcl_bench.evaluation.provenance import environment
from nlcl_bench.methods.catalogue import METHODS

GUIDED = CostEntry(
    method="guided", weights_sha256=None, source=None, parameters=None, gmacs=None, seconds=0.25, megabytes=300.0
)
COSTS = Costs(environment=environment("cpu"), threads=1, megapixels=1.0, methods=(GUIDED,))


def test_what_was_written_is_read_again(tmp_path):
    path = write_costs(COSTS, tmp_path / "new" / "folder")
    assert path.name == "costs.json"
    assert read_costs(path) == COSTS


def test_methods_measured_one_by_one_come_into_one_file_if_on_one_machine(tmp_path):
    write_costs(COSTS, tmp_path)
    again, other = GUIDED.model_copy(update={"seconds": 0.5}), GUIDED.model_copy(update={"method": "median"})
    path = write_costs(COSTS.model_copy(update={"methods": (again, other)}), tmp_path)
    assert read_costs(path).methods == (again, other)
    with pytest.raises(InputError, match="was measured on another machine"):
        write_costs(COSTS.model_copy(update={"megapixels": 2.0}), tmp_path)
    assert read_costs(path).methods == (again, other)


def test_an_installed_method_is_measured_with_its_own_weights():
    spec = METHODS.get("nlcl")
    found = cost_of(spec, spec.weights.path, "cpu", 0.02)
    assert found.weights_sha256 == METHODS.get("nlcl").weights.sha256
    assert found.parameters == METHODS.get("nlcl").parameters
    assert found.gmacs == pytest.approx(METHODS.get("nlcl").gmacs, rel=0.01)
    assert found.seconds > 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"megapixels": 0}, "megapixels"),
        ({"methods": [{**GUIDED.model_dump(), "seconds": -1}]}, "methods.0.seconds"),
        ({"methods": [{**GUIDED.model_dump(), "method": "../up"}]}, "methods.0.method"),
        ({"host": "here"}, "host"),
    ],
)
def test_a_file_that_is_not_valid_is_refused(tmp_path, change, says):
    path = tmp_path / "costs.json"
    path.write_text(json.dumps(COSTS.model_dump(mode="json") | change))
    with pytest.raises(InputError, match=f"is no file of costs: .*{says}") as caught:
        read_costs(path)
    assert "\n" not in str(caught.value)


def test_no_file_and_no_json_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_costs(tmp_path / "costs.json")
    (tmp_path / "costs.json").write_text("{")
    with pytest.raises(InputError, match="is no file of costs"):
        read_costs(tmp_path / "costs.json")
