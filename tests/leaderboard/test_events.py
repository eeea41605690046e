"""What happened to runs stands in a file that only grows, and is bound to the runs' files."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from typer.testing import CliRunner

from leaderboard.cli import app
from leaderboard.events import (
    FILE_NAME,
    MOST_IMAGES,
    Event,
    append,
    event_of,
    files_digest,
    read_events,
    statuses,
)
from nlcl_bench.core.errors import InputError, StorageError
from nlcl_bench.evaluation.intake import read_all
from tests.leaderboard.conftest import CHANGE, NIQE, sha


def event(run, what, **more) -> Event:
    return Event(
        at=date(2026, 1, 2), event=what, run="street/a", run_id=sha("id"), files=files_digest(run.folder), **more
    )


@pytest.fixture
def run(folders):
    return folders.run("a", {NIQE: 3, CHANGE: 5})


def test_events_are_read_in_the_order_in_which_they_were_added(run, tmp_path):
    lines = [event(run, "added"), event(run, "withdrawn", why="wrong weights")]
    for one in lines:
        append(one, tmp_path)
    assert read_events(tmp_path) == (lines, [])
    assert read_events(tmp_path / "none") == ([], [])


def test_several_writers_lose_nothing(run, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: append(event(run, "added", why=str(number)), tmp_path), range(40)))
    assert {one.why for one in read_events(tmp_path)[0]} == {str(number) for number in range(40)}


def test_what_a_crash_left_of_a_line_does_not_swallow_the_next(run, tmp_path):
    append(event(run, "added"), tmp_path)
    with (tmp_path / FILE_NAME).open("a") as file:
        file.write('{"at": "20')
    append(event(run, "rerun"), tmp_path)
    events, (refused,) = read_events(tmp_path)
    assert [one.event for one in events] == ["added", "rerun"]
    assert refused.where.endswith("/events.jsonl line 2")
    assert (tmp_path / FILE_NAME).read_text().splitlines()[2].startswith('{"at":"2026-01-02","event":"rerun"')


GOOD = json.dumps({"at": "2026-01-02", "event": "added", "run": "a/b", "run_id": sha("a"), "files": sha("b")})


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"{" * 5000,
        GOOD.replace("2026-01-02", "yesterday").encode(),
        GOOD.replace("2026-01-02", "2026-02-30").encode(),
        GOOD.replace('"added"', '"praised"').encode(),
        GOOD.replace("a/b", "../b").encode(),
        GOOD.replace('"files"', '"admin": 1, "files"').encode(),
        GOOD.replace('"files"', f'"why":"{"x" * 2001}","files"').encode(),
    ],
)
def test_a_line_of_a_stranger_that_is_no_event_is_named_and_the_others_count(line, tmp_path):
    (tmp_path / FILE_NAME).write_bytes(GOOD.encode() + b"\n" + line + b"\n" + GOOD.encode() + b"\n")
    events, (refused,) = read_events(tmp_path)
    assert [one.run for one in events] == ["a/b", "a/b"]
    assert str(refused).startswith(f"{tmp_path.name}/events.jsonl line 2: is no event: ")
    assert "\n" not in str(refused)


def test_ten_thousand_bad_lines_are_not_told_one_by_one(tmp_path):
    (tmp_path / FILE_NAME).write_text("{\n" * 10_000)
    refused = read_events(tmp_path)[1]
    assert len(refused) == 11
    assert refused[-1].why == "9,990 more lines are no events"


def linked(path):
    (path.parent / "far").write_text("")
    path.symlink_to(path.parent / "far")


def huge(path):
    with path.open("wb") as file:
        file.truncate(20_000_001)


@pytest.mark.parametrize("make", [linked, os.mkfifo, huge, lambda path: path.mkdir()])
def test_what_is_no_plain_file_of_sensible_size_is_refused_and_not_waited_for(make, run, tmp_path):
    make(tmp_path / FILE_NAME)
    events, (refused,) = read_events(tmp_path)
    assert events == []
    assert "nothing in it counts" in refused.why
    if make is not huge:
        with pytest.raises(StorageError, match="link or no plain file"):
            append(event(run, "added"), tmp_path)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        (["added"], "self-reported"),
        (["added", "reproduced (other hardware)"], "reproduced (other hardware)"),
        (["reproduced (same stack)", "reproduced (other hardware)"], "reproduced (same stack)"),
        (["reproduced (other hardware)", "reproduced (same stack)"], "reproduced (same stack)"),
        (["reproduced (same stack)", "not reproduced"], "not reproduced"),
        (["not reproduced", "reproduced (other hardware)"], "reproduced (other hardware)"),
        (["reproduced (same stack)", "withdrawn"], "withdrawn"),
        (["withdrawn", "added"], "withdrawn"),
    ],
)
def test_the_last_word_on_a_run_is_its_status(run, events, status):
    place = run.folder.parent
    for what in events:
        append(event(run, what), place)
    assert statuses([run], [place])[0][run.shown][0] == status


def test_a_status_does_not_outlive_a_change_of_the_files(folders):
    (run,) = read_all([folders.write("a", {NIQE: 3, CHANGE: 5}).parent])[0]
    append(event(run, "reproduced (same stack)"), folders.root)
    assert statuses([run], [folders.root])[0][run.shown][0] == "reproduced (same stack)"
    folders.write("a", {NIQE: 2.9, CHANGE: 5})
    assert statuses([run], [folders.root])[0][run.shown][0] == "self-reported"


def test_events_speak_of_the_runs_below_their_folder_alone(folders, tmp_path):
    """A stranger who sends a folder withdraws nobody else's run, and praises none."""
    mine = folders.run("a", {NIQE: 3, CHANGE: 5})
    stranger = tmp_path / "stranger"
    append(event(mine, "withdrawn", why="I say so"), stranger)
    assert statuses([mine], [folders.root, stranger])[0] == {}
    assert statuses([mine], [stranger, stranger.parent])[0] == {}
    append(event(mine, "reproduced (same stack)"), folders.root)
    assert statuses([mine], [folders.root, stranger])[0] == {mine.shown: ("reproduced (same stack)", "")}


def test_words_of_any_length_and_kind_make_an_event_of_one_line(run, tmp_path):
    images = [f"{number:016x}" for number in range(MOST_IMAGES)]
    append(event_of(run, "not reproduced", date(2026, 1, 2), why="\n\x1b[31m" * 5000, images=images), tmp_path)
    (one,), refused = read_events(tmp_path)
    assert (one.images, refused) == (tuple(images), [])
    assert "\x1b" not in one.why
    assert len((tmp_path / FILE_NAME).read_text().splitlines()) == 1


def test_a_withdrawal_needs_a_reason(run):
    with pytest.raises(InputError, match="needs a reason"):
        event_of(run, "withdrawn", date(2026, 1, 2), why=" \n")


def test_the_commands_withdraw_and_show(folders):
    path = folders.write("a", {NIQE: 3, CHANGE: 5})
    words = ["withdraw", str(path), "--why", "wrong weights", "--record", str(folders.root)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert "withdrawn: " in done.stdout
    done = CliRunner().invoke(app, ["log", str(folders.root), "--run", "street/a"])
    assert done.exit_code == 0, done.output
    assert "wrong weights" in done.stdout
    assert [one.event for one in read_events(folders.root)[0]] == ["withdrawn"]
    with (folders.root / FILE_NAME).open("a") as file:
        file.write("{\n")
    done = CliRunner().invoke(app, ["log", str(folders.root)])
    assert done.exit_code == 1
    assert "events.jsonl line 2: is no event" in done.stderr
