"""Real rain, from photographs to the board, with the official NLCL weights and the metrics that need parameters."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.realdata


def run(*words, cwd) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nlcl_bench", *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def photographs(real_data, tmp_path):
    """Four real photographs in rain and two without, in folders of their own."""
    for folder, pattern, count in (("rain/sirr", "*.jpg", 4), ("clean/kodak24", "*.png", 2)):
        (tmp_path / folder.partition("/")[0]).mkdir()
        for path in sorted((real_data / folder).glob(pattern))[:count]:
            shutil.copy(path, tmp_path / folder.partition("/")[0])
    return tmp_path


def test_photographs_become_a_board(photographs, real_weights):
    here = photographs
    terms = ("--licence", "LicenseRef-research-only", "--author", "various")
    (here / "recipe.toml").write_text("[splits]\ntrain = 0.0\nvalidation = 0.0\ntest = 1.0\n")
    run("collect", "rain", "--into", "store", "--domain", "rainy", *terms, cwd=here)
    run("collect", "clean", "--into", "store", "--domain", "clean", *terms, cwd=here)
    run("curate", "store", "--into", "curated", "--recipe", "recipe.toml", cwd=here)
    run("release", "curated", "--into", "release", "--name", "real", cwd=here)
    for method in ("identity", "jpeg75", "nlcl"):
        asked = ("--metrics", "piqe,niqe,brisque", "--limit", 2, "--jobs", 1)
        run("evaluate", "--method", method, "--data", "release", "--into", "runs", *asked, cwd=here)
    run("leaderboard", "build", "runs", "--into", "board", cwd=here)
    (board,) = json.loads((here / "board" / "leaderboard.json").read_text())["boards"]
    means = {row["label"]: {name: cell["mean"] for name, cell in row["cells"].items()} for row in board["rows"]}
    assert means["nlcl"]["change/grey@1"] > 1
    assert all(value is not None for row in means.values() for value in row.values())
    assert (here / "board" / "index.html").exists()
