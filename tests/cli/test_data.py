"""The command line's part that looks into data, verifies and imports it."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from PIL import Image


@pytest.fixture
def data():
    """Return a runner of ``nlcl-bench data``."""

    def run(*arguments):
        command = [sys.executable, "-m", "nlcl_bench", "data", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    return run


@pytest.fixture
def pairs(tmp_path):
    """Return a folder of two pairs."""
    for name, colour in (("rainy/1", "grey"), ("rainy/2", "white"), ("clean/1", "red"), ("clean/2", "blue")):
        path = tmp_path / "pairs" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (200, 208), colour).save(path)
    return tmp_path / "pairs"


def test_show_counts_what_is_in_a_release(data, release):
    done = data("show", release)
    assert done.returncode == 0, done.stderr
    for words in ("paired  test   3", "224x208", "CC0-1.0", "tests", "as pinned", "load_split", "load_dataset"):
        assert words in done.stdout


def test_verify_names_what_is_wrong_one_line_each_and_fails(data, release, tmp_path):
    copy = shutil.copytree(release, tmp_path / "copy")
    done = data("verify", copy)
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["SHA256SUMS: is missing: the release is not finished, or not whole"]
    assert "is not the release that was made: 1 findings" in done.stderr
    assert data("verify", copy, "--partial").returncode == 0


def test_an_imported_set_shows_verifies_and_evaluates_at_once(data, pairs, tmp_path):
    done = data("import", pairs, "--template", "folders", "--into", tmp_path / "mine")
    assert done.returncode == 0, done.stderr
    assert "paired  test   2" in done.stdout
    assert data("verify", tmp_path / "mine").returncode == 0
    assert "not to be published" in data("show", tmp_path / "mine").stderr
    command = [sys.executable, "-m", "nlcl_bench", "evaluate", "--method", "identity", "--data", tmp_path / "mine"]
    command += ["--into", tmp_path / "runs", "--metrics", "psnr", "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "PSNR" in done.stdout, done.stderr


def test_an_import_that_cannot_be_whole_lists_why_and_writes_nothing(data, pairs, tmp_path):
    (pairs / "clean" / "2.png").unlink()
    done = data("import", pairs, "--template", "folders", "--into", tmp_path / "mine")
    assert done.returncode == 1
    assert "rainy/2.png: has no clean image" in done.stderr
    assert "--leave-out" in done.stderr
    assert not (tmp_path / "mine").exists()
    assert data("import", pairs, "--template", "folders", "--into", tmp_path / "mine", "--leave-out").returncode == 0


def test_templates_are_listed_with_licence_and_source(data):
    done = data("templates")
    assert "gt-rain" in done.stdout
    assert "LicenseRef-research-only" in done.stdout
    assert "https://visual.ee.ucla.edu/gt_rain.htm/" in done.stdout


@pytest.mark.parametrize("command", ["show", "verify", "import", "templates"])
def test_every_command_has_an_example_that_begins_as_it_is_typed(data, command):
    assert f"nlcl-bench data {command}" in data(command, "--help").stdout.partition("Examples:")[2]
