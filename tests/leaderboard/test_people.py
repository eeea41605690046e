"""What people prefer stands on the board, with how often each metric makes their choices."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from leaderboard.build import build
from leaderboard.cli import app
from leaderboard.people import people
from leaderboard.rank import rank
from leaderboard.votes import append_vote
from nlcl_bench.core.errors import InputError
from nlcl_bench.evaluation.intake import read_all
from tests.leaderboard.conftest import CHANGE, NIQE, PIQE, sha
from tests.leaderboard.test_preferences import vote
from tests.leaderboard.test_site import Reader


@pytest.fixture
def shown(folders):
    """Three runs with outputs of their own; NIQE sees what people see, PIQE the opposite."""
    for label, niqe in (("identity", 6.0), ("good", 3.0), ("bad", 9.0)):
        folders.write(
            label,
            {NIQE: niqe + 0.1 * np.arange(12), PIQE: 50 - niqe, CHANGE: 0.0 if label == "identity" else 5.0},
            rows=lambda rows, label=label: [
                row.model_copy(update={"output_sha256": sha(f"{label} {row.image_id}")}) for row in rows
            ],
        )
    return {run.result.label: run for run in read_all([folders.root])[0]}


def cast(shown, left, right, said, image, rater="ann"):
    run = shown["identity"]
    facts = {"image_id": run.images[image], "scene_id": run.scenes[image]}
    outputs = {"left_output": shown[left].outputs[image], "right_output": shown[right].outputs[image]}
    return vote(left, right, said, rater=rater).model_copy(update=facts | outputs)


@pytest.fixture
def votes(shown):
    """Two people who mostly prefer what is good, and one who does not look."""
    found = []
    for image in range(12):
        for rater in ("ann", "ben"):
            found.append(cast(shown, "good", "identity", "left" if image else "equal", image, rater))
            found.append(cast(shown, "identity", "bad", "left" if image > 1 else "right", image, rater))
        found.append(cast(shown, "bad", "good", "left", image, "eve"))
    return found + [vote("good", "bad", "right", rater="eve", expected="left")] * 3


def test_what_people_prefer_and_which_metric_does_too(shown, votes):
    ranking = rank(list(shown.values()), draws=100)
    found = people(votes, ranking, shown)
    assert (found.against, found.votes, found.raters, list(found.left_out)) == ("identity", 48, 2, ["eve"])
    assert found.rows["good"].low > 0.5
    assert found.rows["bad"].chance < 0.3
    niqe, piqe = found.accuracies[NIQE.id], found.accuracies[PIQE.id]
    assert niqe.value == pytest.approx((22 + 20) / 46)
    assert piqe.value == pytest.approx(4 / 46)
    assert CHANGE.id not in found.accuracies


def test_votes_on_other_outputs_are_counted_and_do_not_count(shown, votes):
    ranking = rank(list(shown.values()), draws=100)
    other = [one.model_copy(update={"left_output": sha("other")}) for one in votes if one.rater == "ann"][:5]
    assert people([*votes, *other], ranking, shown).elsewhere == 5
    assert people(other, ranking, shown) is None


def test_the_board_has_a_column_of_people_and_a_table_of_agreement(folders, shown, votes, tmp_path):
    path = tmp_path / "votes.jsonl"
    for one in votes:
        append_vote(one, path)
    with path.open("a") as file:
        file.write("<script>alert(1)</script>\n")
    words = ["build", str(folders.root), "--into", str(tmp_path / "site"), "--draws", "100", "--votes", str(path)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "refused votes.jsonl line 64: is no vote" in " ".join(done.output.split())
    page = Reader((tmp_path / "site" / "street-rainy-test" / "index.html").read_text())
    assert "48 votes of 2 people" in " ".join(page.text.split())
    assert "Left out for wrong answers to attention checks: 1." in page.text
    assert "people" in [attrs.get("data-key") for attrs in page.all("th")]
    (value,) = json.loads((tmp_path / "site" / "leaderboard.json").read_text())["boards"]
    assert value["people"]["rows"]["good"]["chance"] > 0.5


def test_without_votes_nothing_is_said_of_people(folders, shown, tmp_path):
    page = Reader(build([folders.root], tmp_path, draws=100).boards[0].read_text())
    assert "What people prefer" not in page.text
    assert "people" not in [attrs.get("data-key") for attrs in page.all("th")]


def test_a_file_of_votes_that_is_not_there_is_an_error(folders, shown, tmp_path):
    with pytest.raises(InputError, match="no such file of votes"):
        build([folders.root], tmp_path, draws=100, votes=tmp_path / "none.jsonl")
