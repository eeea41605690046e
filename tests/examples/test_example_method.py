"""The example of a third party's package can be installed, is found, keeps its contract and is evaluated."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nlcl_bench.evaluation.run import read_run

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> dict[str, str]:
    """Install the package from a wheel, without a network, in a folder; return an environment that sees it."""
    place = tmp_path_factory.mktemp("example")
    shutil.copytree(ROOT / "examples" / "nlcl-bench-example-method", place / "source")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--target", str(place / "site"), str(place / "source")], check=True, timeout=120)
    paths = [str(place / "site"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def typed(environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "nlcl_bench", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_is_listed(installed):
    assert "row-median" in typed(installed, "methods")


def test_it_is_evaluated_by_workers_too(installed, release, tmp_path):
    words = ["--data", str(release), "--config", "paired", "--metrics", "psnr", "--into", str(tmp_path), "--jobs", "2"]
    typed(installed, "evaluate", "--method", "row-median", *words, "--device", "cpu")
    result = read_run(tmp_path / "small" / "row-median")
    assert result.complete
    assert result.method.title == "Nothing brighter than the median of its row"


def test_it_keeps_its_contract(installed):
    script = (
        "from nlcl_bench.methods.catalogue import METHODS\nfrom nlcl_bench.testing import check_method\n"
        "assert check_method(METHODS.get('row-median')).tiling_difference < 1e-6"
    )
    subprocess.run([sys.executable, "-c", script], env=installed, check=True, timeout=300)
