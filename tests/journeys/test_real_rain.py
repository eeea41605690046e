"""Real rain, from photographs and a video by way of the Hub to a published board, with official weights."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
from typed import typed

pytestmark = pytest.mark.realdata


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


def test_photographs_and_a_video_become_a_published_board_by_way_of_the_hub(photographs, real_weights, hub):
    here = photographs
    env = hub.environment(here / "hf", hub.account("ada"))
    terms = ("--licence", "LicenseRef-research-only", "--author", "various")
    (here / "recipe.toml").write_text("[splits]\ntrain = 0.0\nvalidation = 0.0\ntest = 1.0\n")
    collects = (("rain", "rainy"), ("clean", "clean"), ("yard.mp4", "rainy", "--static"))
    curates = ("curate", "store", "--into", "curated", "--recipe", "recipe.toml")
    made = [("collect", what, "--into", "store", "--domain", *rest, *terms) for what, *rest in collects]
    typed([*made, curates], here, env)
    reviewed(here / "curated")
    released = ("release", "curated", "--into", "real", "--repo", "ada/real")
    typed([curates, released, ("publish", "real", "--repo", "ada/real")], here, env)
    fresh = hub.environment(here / "fresh")
    code = "import datasets; print(len(datasets.load_dataset('ada/real', 'paired', split='test', revision='v1.0.0')))"
    loaded = subprocess.run([sys.executable, "-c", code], env=fresh, capture_output=True, text=True, check=True)
    assert loaded.stdout.split()[-1] == "13"
    asked = ("--data", "real-v1.0.0.toml", "--into", "runs", "--limit", 2, "--jobs", 1)
    metrics = ("--metrics", "piqe,niqe,brisque")
    runs = [("evaluate", "--method", name, *asked, *metrics) for name in ("identity", "jpeg75", "nlcl-official")]
    seen = ("--data", "real-v1.0.0.toml")
    typed([*runs, ("leaderboard", "build", "runs", "--into", "board", *seen)], here, fresh)
    (board,) = json.loads((here / "board" / "leaderboard.json").read_text())["boards"]
    means = {row["label"]: {name: cell["mean"] for name, cell in row["cells"].items()} for row in board["rows"]}
    assert means["nlcl-official"]["change/grey@1"] > 1
    assert all(value is not None for row in means.values() for value in row.values())
    assert len(list((here / "board").glob("*/images/*.html"))) == 2 + 1
    (run,) = (here / "runs").glob("*/jpeg75")
    sent = ("leaderboard", "submit", run, "--into", "sent", "--why", "the control of the journey")
    again = ("leaderboard", "verify", run, *seen, "--images", 1, "--record", "sent")
    typed([sent, again], here, fresh)
    told = [json.loads(line)["event"] for line in (here / "sent" / "events.jsonl").read_text().splitlines()]
    assert told == ["added", "reproduced (same stack)"]
    typed([("leaderboard", "publish", "board", "--space", "ada/board")], here, env)
    answer, page = hub.ask("GET", "/spaces/ada/board/resolve/main/index.html")
    assert (answer.status, page) == (200, (here / "board" / "index.html").read_bytes())
