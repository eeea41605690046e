"""What the README tells the reader to type works, in the order it is told."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
from typed import typed

from nlcl_bench.cli.app import COMMANDS
from nlcl_bench.data.examples import rain_on

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(mark: str) -> list[str]:
    return re.findall(rf"<!-- {mark} -->\n```bash\n(.*?)```", README, flags=re.DOTALL)


def lines(mark: str) -> list[list[str]]:
    """Return the words of every line under a mark, without the program's name."""
    found = [shlex.split(line) for line in "".join(blocks(mark)).splitlines()]
    assert {program for program, *_ in found} == {"nlcl-bench"}
    return [words for _, *words in found]


class Tour(NamedTuple):
    """The folder in which the tour was typed, and what it printed."""

    folder: Path
    said: str


@pytest.fixture(scope="module")
def tour(tmp_path_factory) -> Tour:
    """Type the whole tour in an empty folder that holds the demo's photographs, with one core to work on."""
    folder = tmp_path_factory.mktemp("tour")
    rain_on(folder / "nlcl-bench-demo" / "photos")
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # inherited: no evaluation starts workers, for which the tests have no core
    try:
        return Tour(folder, typed(lines("tour"), folder))
    finally:
        os.sched_setaffinity(0, cores)


def test_the_tour_ends_with_a_board_of_its_three_methods(tour):
    (board,) = json.loads((tour.folder / "board" / "leaderboard.json").read_text())["boards"]
    assert {row["label"] for row in board["rows"]} == {"identity", "jpeg75", "guided"}
    assert "guided" in (tour.folder / "board" / "index.html").read_text()
    assert list((tour.folder / "board").glob("*/methods/guided.html"))


def test_the_tour_leaves_a_derained_photograph_and_a_dataset(tour):
    assert (tour.folder / "derained" / "rocket.png").stat().st_size > 10_000
    assert (tour.folder / "release" / "README.md").read_text().startswith("---\n")


def test_the_doctor_names_versions_missing_files_and_where_they_go(tour):
    said = tour.said.partition("This machine")[2]
    assert "torch" in said
    assert "niqe_modelparameters.mat" in said
    assert "matches" in said
    assert [line.split()[:4] for line in said.splitlines() if line.startswith("PNG")] == [
        ["PNG", "round", "trip", "equal"]
    ]
    steady = {line.split()[0] for line in said.splitlines() if line.split()[-1:] == ["steady"]}
    assert steady >= {"piqe", "psnr_y", "ssim"}
    assert "WRONG" not in said


def test_the_tour_goes_on_to_the_hub_and_to_data_that_exists(tour, hub):
    env = hub.environment(tour.folder / "hf", hub.account("ada"))
    assert "Rain100L" in typed(lines("hub"), tour.folder, env)
    assert (tour.folder / "my-rain-v1.0.0.toml").exists()


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
        "baselines/networks/trained/README.md",
        "baselines/nlcl/README.md",
        "baselines/nlcl/trained/README.md",
        "baselines/unpaired/README.md",
    ):
        page = ROOT / name
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{name} links to {target}"
