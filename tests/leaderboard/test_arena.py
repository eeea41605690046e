"""The arena shows blind pairs of proven outputs in turn, and writes every vote once."""

from __future__ import annotations

import io
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient
from typer.testing import CliRunner

from leaderboard.arena.app import build_app
from leaderboard.arena.hall import open_hall
from leaderboard.arena.schedule import BLURRED, EVERY, next_pair
from leaderboard.arena.serve import _on
from leaderboard.cli.arena import arena
from leaderboard.people import people
from leaderboard.rank import rank
from leaderboard.votes import read_votes
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.progress import silent
from tests.leaderboard.test_preferences import vote


@pytest.fixture
def hall(restored_runs, release, tmp_path):
    runs, there = _on([restored_runs], str(release), silent)
    return open_hall(runs, there, tmp_path / "votes.jsonl", rater="ann", seed=5, track=silent)


@pytest.fixture
def client(hall):
    return TestClient(build_app(hall))


def cast(client, said="left", **more):
    trial = client.get("/api/pair").json()["trial"]
    ballot = {"trial": trial, "said": said, "milliseconds": 700, **more}
    return trial, client.post("/api/votes", json=ballot)


def test_a_vote_is_on_the_disk_with_what_was_shown(client, hall):
    pair = hall.trial().pair
    assert cast(client)[1].json() == {"done": 1}
    (line,) = read_votes(hall.path)[0]
    assert (line.left, line.right, line.said, line.rater) == (pair.left, pair.right, "left", "ann")
    assert line.left_output == hall.there[pair.image_id][pair.left].scored
    assert line.crop[2] == 208


def test_what_the_browser_gets_names_no_method(client, hall):
    said = ""
    for _ in range(4):
        trial = client.get("/api/pair").json()["trial"]
        answers = [client.get(f"/pictures/{trial}/{side}") for side in ("left", "right", "input")]
        said += trial + "".join(str(answer.headers) for answer in answers)
        said += client.post("/api/votes", json={"trial": trial, "said": "equal", "milliseconds": 1}).text
    said += "".join(client.get(f"/assets/{name}").text for name in ("arena.js", "arena.css")) + client.get("/").text
    assert not [label for label in ("identity", "guided", "median") if label in said]


def test_both_sides_show_the_same_part_and_the_whole_picture_on_demand(client, hall):
    trial = hall.trial()
    sizes = set()
    for side in ("left", "right", "input"):
        crop = Image.open(io.BytesIO(client.get(f"/pictures/{trial.id}/{side}").content))
        whole = Image.open(io.BytesIO(client.get(f"/pictures/{trial.id}/{side}?whole=1").content))
        sizes.add((crop.size, whole.size))
    assert sizes == {((208, 208), (224, 208))}
    shown = Image.open(io.BytesIO(client.get(f"/pictures/{trial.id}/left").content))
    pair = trial.pair
    wanted = Image.open(hall.there[pair.image_id][pair.left].path).crop(trial.crop)
    np.testing.assert_array_equal(np.asarray(shown), np.asarray(wanted))


def test_a_reload_shows_the_same_pair_and_a_vote_sent_twice_counts_once(client, hall):
    assert client.get("/api/pair").json() == client.get("/api/pair").json()
    trial, _ = cast(client)
    again = {"trial": trial, "said": "left", "milliseconds": 1}
    assert client.post("/api/votes", json=again).status_code == 200
    assert client.post("/api/votes", json=again | {"said": "right"}).status_code == 409
    assert len(read_votes(hall.path)[0]) == 1


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"trial": "x", "said": "both", "milliseconds": 1}', b"x" * 10_000])
def test_what_is_no_vote_is_refused(client, hall, body):
    assert client.post("/api/votes", content=body).status_code in {413, 422}
    assert not hall.path.exists()


def test_pictures_of_another_pair_or_place_are_not_given(client, hall):
    trial = hall.trial().id
    for path in ("/pictures/other/left", f"/pictures/{trial}/..%2f", f"/pictures/{trial}/middle", "/assets/hall.py"):
        assert client.get(path).status_code == 404


def test_checks_come_in_turn_and_know_their_answer(client, hall):
    for _ in range(2 * EVERY + 1):
        cast(client, "equal")
    votes = read_votes(hall.path)[0]
    checks = [number for number, one in enumerate(votes, start=1) if one.expected is not None]
    assert checks == [EVERY, 2 * EVERY]
    for one in votes:
        if one.expected is not None:
            assert {one.left, one.right} == {"identity", BLURRED}
            assert (one.left if one.expected == "left" else one.right) == "identity"


def test_votes_go_on_where_they_were_and_stand_on_the_board(client, hall, restored_runs, release):
    for _ in range(EVERY - 1):
        cast(client)
    runs, there = _on([restored_runs], str(release), silent)
    again = open_hall(runs, there, hall.path, rater="ben", seed=5, track=silent)
    assert len(again.votes) == EVERY - 1
    assert again.trial().pair.expected is not None
    ranking = rank(runs, draws=100)
    found = people(read_votes(hall.path)[0], ranking, {run.result.label: run for run in runs})
    assert (found.votes, found.against) == (EVERY - 1, "identity")


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_every_pair_is_seen_equally_often_and_on_both_sides(methods, images, seed):
    labels = [f"m{number}" for number in range(methods)]
    there = {f"{image:016x}": labels for image in range(images)}
    generator = np.random.default_rng(seed)
    votes = []
    rounds = methods * (methods - 1) // 2 * images * 3
    for _ in range(rounds):
        pair = next_pair(there, votes, None, generator)
        votes.append(vote(pair.left, pair.right, "equal").model_copy(update={"image_id": pair.image_id}))
    seen = Counter((frozenset((one.left, one.right)), one.image_id) for one in votes)
    assert set(seen.values()) == {3}


def test_an_output_that_is_not_the_scored_one_is_not_shown(client, hall):
    trial = hall.trial()
    path = hall.there[trial.pair.image_id][trial.pair.left].path
    before = path.read_bytes()
    try:
        Image.new("RGB", (224, 208)).save(path)
        answer = client.get(f"/pictures/{trial.id}/left")
        assert answer.status_code == 500
        assert "not the picture that the scores are of" in answer.json()["problem"]
    finally:
        path.write_bytes(before)


def test_runs_on_another_release_and_damaged_votes_are_refused(restored_runs, release, write_release, tmp_path):
    other = write_release(tmp_path / "other", images=2)
    with pytest.raises(InputError, match="holds no run on this release"):
        _on([restored_runs], str(other), silent)
    (tmp_path / "votes.jsonl").write_text("{\n")
    runs, there = _on([restored_runs], str(release), silent)
    with pytest.raises(InputError, match="line 1: is no vote"):
        open_hall(runs, there, tmp_path / "votes.jsonl", rater="ann", seed=0, track=silent)


def test_a_pseudonym_is_a_plain_word(tmp_path):
    import typer

    app = typer.Typer()
    app.command()(arena)
    done = CliRunner().invoke(app, [str(tmp_path), "--data", "x", "--rater", "Ann Lee"])
    assert done.exit_code == 2
    assert "up to 32 letters" in done.output
