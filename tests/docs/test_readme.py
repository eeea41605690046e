"""What the README tells the reader to type works, in the order it is told."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from nlcl_bench.cli.app import COMMANDS
from nlcl_bench.data.examples import rain_on

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(mark: str) -> list[str]:
    return re.findall(rf"<!-- {mark} -->\n```bash\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture(scope="module")
def tour(tmp_path_factory) -> Path:
    """Type the whole tour in an empty folder that holds the demo's photographs."""
    folder = tmp_path_factory.mktemp("tour")
    rain_on(folder / "nlcl-bench-demo" / "photos")
    for line in "".join(blocks("tour")).splitlines():
        typed(line, folder)
    return folder


def typed(line: str, folder: Path, env: dict[str, str] | None = None) -> str:
    program, *words = shlex.split(line)
    assert program == "nlcl-bench"
    done = subprocess.run(
        [sys.executable, "-m", "nlcl_bench", *words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout


def test_the_tour_ends_with_a_board_of_its_three_methods(tour):
    (board,) = json.loads((tour / "board" / "leaderboard.json").read_text())["boards"]
    assert {row["label"] for row in board["rows"]} == {"identity", "jpeg75", "guided"}
    assert "guided" in (tour / "board" / "index.html").read_text()


def test_the_tour_leaves_a_derained_photograph_and_a_dataset(tour):
    assert (tour / "derained" / "rocket.png").stat().st_size > 10_000
    assert (tour / "release" / "README.md").read_text().startswith("---\n")


def test_the_tour_goes_on_to_the_hub_and_to_data_that_exists(tour, hub):
    env = hub.environment(tour / "hf", hub.account("ada"))
    shown = [typed(line, tour, env) for line in "".join(blocks("hub")).splitlines()]
    assert (tour / "my-rain-v1.0.0.toml").exists()
    assert "Rain100L" in "".join(shown)


def test_the_two_commands_are_there_for_the_build_server():
    assert "nlcl-bench demo" in blocks("command: demo")[0]
    assert "pytest" in blocks("command: tests")[0]
    assert all(len(block.splitlines()) == 1 for name in ("demo", "tests") for block in blocks(f"command: {name}"))


def test_every_command_is_spoken_of():
    text = README + (ROOT / "ARCHITECTURE.md").read_text()
    assert [name for name in COMMANDS.names() if name not in text] == []


def test_links_between_documents_lead_somewhere():
    for name in (
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "baselines/networks/README.md",
        "baselines/nlcl/README.md",
        "baselines/nlcl/trained/README.md",
        "baselines/unpaired/README.md",
    ):
        page = ROOT / name
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{name} links to {target}"
