"""What happened to runs stands in a file that only grows, and is bound to the runs' files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from leaderboard.events import FILE_NAME, Event, append, files_digest, read_events, statuses
from nlcl_bench.core.errors import ManifestError
from nlcl_bench.evaluation.intake import read_all
from tests.leaderboard.conftest import CHANGE, NIQE, sha


def event(run, what, **more) -> Event:
    return Event(at="2026-01-02", event=what, run="street/a", run_id=sha("id"), files=files_digest(run.folder), **more)


@pytest.fixture
def run(folders):
    return folders.run("a", {NIQE: 3, CHANGE: 5})


def test_events_are_read_in_the_order_in_which_they_were_added(run, tmp_path):
    lines = [event(run, "added"), event(run, "withdrawn", why="wrong weights")]
    for one in lines:
        append(one, tmp_path)
    assert read_events(tmp_path) == lines
    assert read_events(tmp_path / "none") == []


def test_several_writers_lose_nothing(run, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: append(event(run, "added", why=str(number)), tmp_path), range(40)))
    assert {one.why for one in read_events(tmp_path)} == {str(number) for number in range(40)}


def test_what_a_crash_left_of_a_line_does_not_swallow_the_next(run, tmp_path):
    append(event(run, "added"), tmp_path)
    with (tmp_path / FILE_NAME).open("a") as file:
        file.write('{"at": "20')
    append(event(run, "rerun"), tmp_path)
    with pytest.raises(ManifestError, match="line 2 is no event"):
        read_events(tmp_path)
    assert (tmp_path / FILE_NAME).read_text().splitlines()[2].startswith('{"at":"2026-01-02","event":"rerun"')


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        '{"at": "yesterday"}',
        "{" * 5000,
        '{"at":"2026-01-02","event":"praised","run":"a/b","run_id":"0","files":"0"}',
    ],
)
def test_a_line_of_a_stranger_that_is_no_event_is_named(line, tmp_path):
    (tmp_path / FILE_NAME).write_text(line + "\n")
    with pytest.raises(ManifestError, match="line 1 is no event"):
        read_events(tmp_path)


def test_a_linked_file_is_refused(tmp_path):
    (tmp_path / "far").write_text("")
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "far")
    with pytest.raises(ManifestError, match="is a link"):
        read_events(tmp_path)


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
    assert statuses([run], [event(run, what) for what in events])[run.shown][0] == status


def test_a_status_does_not_outlive_a_change_of_the_files(folders):
    (run,) = read_all([folders.write("a", {NIQE: 3, CHANGE: 5}).parent])[0]
    said = [event(run, "reproduced (same stack)")]
    assert statuses([run], said)[run.shown][0] == "reproduced (same stack)"
    folders.write("a", {NIQE: 2.9, CHANGE: 5})
    assert statuses([run], said)[run.shown][0] == "self-reported"
