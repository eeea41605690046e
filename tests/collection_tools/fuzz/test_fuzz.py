"""Thousands of damaged and hostile files go through collect and curate: each is taken or refused with a reason."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CAMPAIGN = Path(__file__).with_name("campaign.py")
SECONDS = 300
GIGABYTE = 1 << 30


def campaign(folder, *options):
    """Run a campaign in a process of its own; a crash or a hang of more than ten seconds is an error there."""
    command = [sys.executable, str(CAMPAIGN), str(folder), *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def check(found, mutants):
    assert found["files"] == mutants
    assert found["usable"] + found["refused"] == found["met"]
    assert found["kept"] + found["dropped"] == found["stored"]
    # a name that is only in one of the two was passed over, or made up
    assert (found["passed over"], found["without reason"], found["dropped without reason"]) == ([], [], [])
    assert found["unclean"] == []
    assert not found["changed"]
    assert found["elsewhere"] == []
    assert found["beside"] == ["curated", "elsewhere", "mutants", "recipe.toml", "store"]
    assert found["slowest"] < 10
    assert found["peak"] < GIGABYTE
    # a campaign of which nothing gets through, or everything, would test nothing
    assert found["kept"] > 0
    assert found["refused"] > mutants // 5


@pytest.mark.parametrize(
    "mutants", [250, pytest.param(2000, marks=pytest.mark.slow)], ids=lambda count: f"{count} mutants"
)
@pytest.mark.parametrize("kinds", ["jpeg,bmp,tiff", "png,webp", "heif,raw", "zip,tar"])
def test_every_mutant_is_taken_or_refused_with_a_reason_and_harms_nothing(tmp_path, kinds, mutants):
    check(campaign(tmp_path / "campaign", "--kinds", kinds, "--mutants", mutants, "--seed", 1), mutants)


@pytest.mark.realdata
def test_mutants_of_real_camera_files_fare_no_better(tmp_path, real_photographs):
    found = campaign(tmp_path / "campaign", "--real", real_photographs / "exif", "--mutants", 60, "--seed", 1)
    check(found, 60)
