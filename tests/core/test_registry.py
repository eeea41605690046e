"""Plug-ins: found lazily, suggested when mistyped, refused when they clash."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from nlcl_bench.core.errors import PluginError, UnknownNameError
from nlcl_bench.core.registry import Registry


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, "tests")


def registry(*points: EntryPoint, type_: type | None = None) -> Registry:
    return Registry("tests", "method", type_, points)


def test_names_are_listed_without_importing_anything():
    assert registry(point("b", "no.such:thing"), point("a", "math:pi")).names() == ["a", "b"]


def test_a_member_is_imported_when_asked_for():
    assert registry(point("pi", "math:pi"), type_=float).get("pi") == pytest.approx(3.14159, abs=1e-5)


def test_a_mistyped_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean median"):
        registry(point("median", "math:pi"), point("nlcl", "math:e")).get("medain")


def test_a_name_like_no_other_is_answered_with_all():
    with pytest.raises(UnknownNameError, match="there are: median, nlcl"):
        registry(point("median", "math:pi"), point("nlcl", "math:e")).get("xyz")


def test_two_packages_with_one_name_are_refused():
    with pytest.raises(PluginError, match=r"math:pi and math:e"):
        registry(point("a", "math:pi"), point("a", "math:e")).names()


def test_a_broken_package_is_named():
    with pytest.raises(PluginError, match=r"a: method cannot be loaded from no\.such:thing: ModuleNotFoundError"):
        registry(point("a", "no.such:thing")).get("a")


def test_a_member_of_another_type_is_refused():
    with pytest.raises(PluginError, match="is a float, not a str"):
        registry(point("pi", "math:pi"), type_=str).get("pi")
