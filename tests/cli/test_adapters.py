"""Somebody else's methods on the command line: KIND:ARGUMENT, declarations, one-line errors, the catalogue."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from baselines.adapters.declared import safe_name
from nlcl_bench.evaluation.costs import read_costs
from nlcl_bench.evaluation.run import read_run
from nlcl_bench.methods.catalogue import ADAPTERS

PYTHON = safe_name("cmd", Path(sys.executable).stem)
COPY = f"{sys.executable} -c 'import sys, shutil; shutil.copy(*sys.argv[1:])' {{input}} {{output}}"


def typed(*words, check=0) -> tuple[str, str]:
    command = [sys.executable, "-m", "nlcl_bench", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == check, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


def test_every_kind_is_installed_and_listed():
    assert set(ADAPTERS.names()) >= {"cmd", "dir", "hub", "onnx", "spandrel", "torchscript"}
    listed, _ = typed("methods")
    assert all(f"{kind}:" in listed for kind in ADAPTERS.names())


def test_a_program_is_evaluated_and_its_row_has_a_name(release, tmp_path):
    words = ["--data", release, "--config", "paired", "--metrics", "psnr", "--into", tmp_path, "--device", "cpu"]
    typed("evaluate", "--method", f"cmd:{COPY}", "--declare", "licence=MIT", "--label", "copy", *words)
    result = read_run(tmp_path / "small" / "copy")
    assert result.complete
    assert (result.label, result.method.licence, result.method.name) == ("copy", "MIT", PYTHON)
    assert "/" not in result.command.replace("{", "")


@pytest.mark.parametrize(
    ("method", "declared", "says"),
    [
        ("onnx:none.onnx", (), "onnx:none.onnx: no such file"),
        ("dir:none", (), "none: no such folder"),
        ("cmd:cp {input} {output}", ("--declare", "speed=1"), "speed: Extra inputs are not permitted (cmd: knows"),
        ("foo:bar", (), "foo:: no such kind of method (there are: cmd:, dir:"),
        ("median", ("--declare", "year=1"), "median: says itself what it is"),
    ],
)
def test_what_cannot_be_is_one_line(release, method, declared, says):
    _, error = typed("evaluate", "--method", method, *declared, "--data", release, check=1)
    (line,) = [line for line in error.splitlines() if line.startswith("error: ")]
    assert says in line


def test_a_method_is_tried_by_one_command():
    shown, _ = typed("methods", "gaussian", f"cmd:{COPY}", "--check")
    assert any(line.split()[:4] == ["gaussian", "yes", "0.00", "exact"] for line in shown.splitlines())
    assert any("no tiles" in line for line in shown.splitlines())


def test_the_cost_of_a_method_is_one_command_and_one_file(tmp_path):
    words = ["--cost", "--megapixels", "0.02", "--into", tmp_path]
    failing = "cmd:false {input} {output}"
    shown, said = typed("methods", failing, f"cmd:{COPY}", *words, check=1)
    assert "seconds per megapixel" in shown
    assert PYTHON in shown
    assert "false: ended with code 1" in said
    assert "error: 1 of 2 methods could not be measured" in said
    costs = read_costs(tmp_path / "costs.json")
    assert [(one.method, one.source is None) for one in costs.methods] == [(PYTHON, False)]


def test_the_catalogue_says_where_weights_come_from():
    shown, _ = typed("methods", "nlcl", "nlcl-official", "guided")
    assert "358,596" in shown
    assert "none needed" in shown
    assert "here" in shown
