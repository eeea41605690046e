"""``--method`` takes a name or KIND:ARGUMENT, and every adapter that is installed can be asked for."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from nlcl_bench.core.errors import InputError, PluginError, UnknownNameError
from nlcl_bench.core.registry import Registry
from nlcl_bench.methods import catalogue
from nlcl_bench.methods.catalogue import METHODS, find_method

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
GROUP = "nlcl_bench.adapters"


@pytest.fixture
def adapters(monkeypatch):
    """Use the project's own entry points, and one that is broken."""
    named = {**PROJECT["entry-points"][GROUP], "broken": "pathlib:PurePath", "empty": "operator:is_"}
    entries = [EntryPoint(name, value, GROUP) for name, value in named.items()]
    monkeypatch.setattr(catalogue, "ADAPTERS", Registry(GROUP, "adapter", entries=entries))


def test_a_name_is_looked_up():
    assert find_method("median") is METHODS.get("median")


def test_a_kind_gets_the_argument_and_the_declarations(adapters):
    spec = find_method("cmd:cp {input} {output}", ["title=A copy", "licence=GPL-3.0 = free"])
    assert (spec.name, spec.title, spec.licence) == ("cmd-cp", "A copy", "GPL-3.0 = free")


@pytest.mark.parametrize(
    ("word", "declared", "says"),
    [
        ("onnyx:a", (), "no such kind of method .*onnx:"),
        ("cmd:cp {input} {output}", ("title",), "is not KEY=VALUE"),
        ("cmd:cp {input} {output}", ("year=1990", "year=1991"), "is declared twice"),
        ("median", ("year=1990",), "leave out --declare"),
        ("broken:a", (), "its adapter raised TypeError"),
        ("empty:a", (), "gives no method"),
        ("medium", (), "did you mean median"),
    ],
)
def test_what_cannot_be_is_one_line(adapters, word, declared, says):
    with pytest.raises((UnknownNameError, InputError, PluginError), match=says):
        find_method(word, declared)
