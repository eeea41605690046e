"""The page about the protocol states the values that are kept."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from nlcl_bench.evaluation.protocol import P1

LINES = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8").splitlines()


def test_every_rule_has_its_row_with_its_value():
    for rule in dataclasses.fields(P1):
        value = getattr(P1, rule.name)
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        assert [line for line in LINES if line.startswith(f"| `{rule.name}` | {shown} | ")] != [], rule.name


def test_every_gate_is_explained_and_the_formula_has_the_values():
    text = "\n".join(LINES)
    assert all(f"\n| {gate} | " in text for gate in P1.gates)
    red, green, blue = P1.luma
    assert f"Y = {P1.luma_offset:g} + {red} R + {green} G + {blue} B" in text
    assert f"less than {P1.unchanged_below} grey levels" in text
