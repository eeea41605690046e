"""Votes are kept line by line; strangers' lines, inattentive raters and votes on other outputs do not count."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from leaderboard.votes import append_vote, attentive, read_votes, standing
from tests.leaderboard.conftest import CHANGE, NIQE, sha
from tests.leaderboard.test_preferences import vote


def test_votes_are_read_as_they_were_given(tmp_path):
    path = tmp_path / "votes.jsonl"
    given = [vote("a", "b", "left", crop=(8, 16, 288), milliseconds=900), vote("b", "a", "equal", expected="left")]
    for one in given:
        append_vote(one, path)
    assert read_votes(path) == (given, [])


def test_two_arenas_that_write_at_once_lose_nothing(tmp_path):
    path = tmp_path / "votes.jsonl"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: append_vote(vote("a", "b", "left", rater=f"r{number}"), path), range(40)))
    assert len(read_votes(path)[0]) == 40


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        vote("a", "b", "left").model_dump_json().replace('"ann"', '"<script>alert(1)</script>"'),
        vote("a", "b", "left").model_dump_json().replace('"said":"left"', '"said":"both"'),
        vote("a", "b", "left").model_dump_json().replace('"left":"a"', '"left":"../../a"'),
    ],
)
def test_a_line_that_is_no_vote_is_named_and_the_rest_counts(line, tmp_path):
    path = tmp_path / "votes.jsonl"
    path.write_text(line + "\n")
    append_vote(vote("a", "b", "right"), path)
    votes, refused = read_votes(path)
    assert [one.said for one in votes] == ["right"]
    assert [(one.where, one.why.partition(":")[0]) for one in refused] == [("votes.jsonl line 1", "is no vote")]


def test_very_many_bad_lines_are_counted_and_not_all_named(tmp_path):
    path = tmp_path / "votes.jsonl"
    path.write_text("x\n" * 5000)
    votes, refused = read_votes(path)
    assert votes == []
    assert len(refused) == 11
    assert refused[-1].why == "4,990 more lines are no votes"


def test_a_file_that_is_a_link_gives_no_vote_and_none_is_no_error(tmp_path):
    append_vote(vote("a", "b", "left"), tmp_path / "far.jsonl")
    (tmp_path / "votes.jsonl").symlink_to(tmp_path / "far.jsonl")
    votes, (refused,) = read_votes(tmp_path / "votes.jsonl")
    assert votes == []
    assert "is a link" in refused.why
    assert read_votes(tmp_path / "none.jsonl") == ([], [])


def checks(rater, right, wrong):
    good = [vote("a", "b", "left", rater=rater, expected="left")] * right
    return good + [vote("a", "b", "right", rater=rater, expected="left")] * wrong


def test_who_fails_the_attention_checks_is_left_out_with_all_votes():
    votes = [vote("a", "b", "left", rater=rater) for rater in ("careful", "careless", "new")]
    votes += checks("careful", 3, 1) + checks("careless", 2, 2) + checks("new", 0, 1)
    kept, left_out = attentive(votes)
    assert {one.rater for one in kept} == {"careful", "new"}
    assert left_out == {"careless": "2 of 4 attention checks were wrong"}
    assert not [one for one in kept if one.expected is not None]


def test_a_vote_does_not_outlive_a_change_of_the_outputs(folders):
    run = folders.run("a", {NIQE: 3, CHANGE: 5})
    runs = {"a": run, "b": folders.run("b", {NIQE: 3, CHANGE: 5})}
    told = vote("a", "b", "left")
    facts = {"image_id": run.images[0], "left_output": run.outputs[0], "right_output": run.outputs[0]}
    assert standing([told.model_copy(update=facts)], runs)[1] == 0
    assert standing([told.model_copy(update=facts | {"left_output": sha("other")})], runs)[1] == 1
    assert standing([told.model_copy(update=facts | {"right": "gone"})], runs)[1] == 1
    assert standing([told.model_copy(update=facts | {"right": "a"})], runs)[1] == 1
