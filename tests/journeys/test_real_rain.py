"""Real rain, from photographs and a video by way of the Hub to a board, with official weights."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.realdata


def run(*words, cwd, env) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nlcl_bench", *map(str, words)],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture
def photographs(real_data, tmp_path):
    """Four real photographs in rain and two without, in folders of their own, and a video of a yard in rain."""
    for folder, pattern, count in (("rain/sirr", "*.jpg", 4), ("clean/kodak24", "*.png", 2)):
        (tmp_path / folder.partition("/")[0]).mkdir()
        for path in sorted((real_data / folder).glob(pattern))[:count]:
            shutil.copy(path, tmp_path / folder.partition("/")[0])
    shutil.copy(next(real_data.rglob("yard.mp4")), tmp_path)
    return tmp_path


def reviewed(curated) -> None:
    """Say of everything that waits for a person what the page says when one presses the key: nothing is private."""
    from collection_tools.collect.store import open_store
    from collection_tools.curate.curated import read_curation, read_uncertain
    from collection_tools.decisions import Decision, append_decision

    store = read_curation(curated).store_folder(curated)
    waiting = read_uncertain(curated)
    for sha256 in open_store(store):
        if sha256[:16] in waiting:
            append_decision(store, Decision(sha256=sha256, verdict="accept", boxes=()))


def test_photographs_and_a_video_become_a_board_by_way_of_the_hub(photographs, real_weights, hub):
    here = photographs
    env = hub.environment(here / "hf", hub.account("ada"))
    terms = ("--licence", "LicenseRef-research-only", "--author", "various")
    (here / "recipe.toml").write_text("[splits]\ntrain = 0.0\nvalidation = 0.0\ntest = 1.0\n")
    run("collect", "rain", "--into", "store", "--domain", "rainy", *terms, cwd=here, env=env)
    run("collect", "clean", "--into", "store", "--domain", "clean", *terms, cwd=here, env=env)
    run("collect", "yard.mp4", "--static", "--into", "store", "--domain", "rainy", *terms, cwd=here, env=env)
    run("curate", "store", "--into", "curated", "--recipe", "recipe.toml", cwd=here, env=env)
    reviewed(here / "curated")
    run("curate", "store", "--into", "curated", "--recipe", "recipe.toml", cwd=here, env=env)
    run("release", "curated", "--into", "real", "--repo", "ada/real", cwd=here, env=env)
    run("publish", "real", "--repo", "ada/real", cwd=here, env=env)
    fresh = hub.environment(here / "fresh")
    code = "import datasets; print(len(datasets.load_dataset('ada/real', 'paired', split='test', revision='v1.0.0')))"
    loaded = subprocess.run([sys.executable, "-c", code], env=fresh, capture_output=True, text=True, check=True)
    assert loaded.stdout.split()[-1] == "13"
    for method in ("identity", "jpeg75", "nlcl-official"):
        asked = ("--metrics", "piqe,niqe,brisque", "--limit", 2, "--jobs", 1)
        run("evaluate", "--method", method, "--data", "real-v1.0.0.toml", "--into", "runs", *asked, cwd=here, env=fresh)
    run("leaderboard", "build", "runs", "--into", "board", cwd=here, env=fresh)
    (board,) = json.loads((here / "board" / "leaderboard.json").read_text())["boards"]
    means = {row["label"]: {name: cell["mean"] for name, cell in row["cells"].items()} for row in board["rows"]}
    assert means["nlcl-official"]["change/grey@1"] > 1
    assert all(value is not None for row in means.values() for value in row.values())
    assert (here / "board" / "index.html").exists()
