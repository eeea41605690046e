from __future__ import annotations

import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from leaderboard.agreement import agree, by_benchmark
from nlcl_bench.core.errors import InputError
from nlcl_bench.evaluation.intake import Found, Refusal, Run, find, read, read_all
from nlcl_bench.evaluation.run import Failure
from tests.leaderboard.conftest import CHANGE, NIQE, PIQE, metric, sha

SCORES = {NIQE: 3.0, CHANGE: 5.0}


def refusal(path) -> str:
    found = read(Found("here", path))
    assert isinstance(found, Refusal)
    line = str(found)
    assert line.startswith("here: ")
    assert "\n" not in line
    assert str(path) not in line  # a board must not depend on where its runs lay
    return line


def edit(path, change):
    """Change run.json as text-minded strangers do."""
    file = path / "run.json"
    value = json.loads(file.read_text())
    change(value)
    file.write_text(json.dumps(value))


def test_a_run_is_read_with_scores_in_the_order_of_images_and_metrics(folders):
    values = np.arange(12.0)
    run = folders.run("nlcl", {NIQE: values, CHANGE: values + 100}, rows=lambda rows: rows[::-1])
    assert run.images == tuple(sorted(run.images))
    expected = {sha(f"image {image}")[:16]: float(image) for image in range(12)}
    assert run.scores[:, 0].tolist() == [expected[image] for image in run.images]
    assert (run.scores[:, 1] == run.scores[:, 0] + 100).all()
    assert run.column("unknown") is None


def test_run_folders_are_found_at_any_depth_once(folders):
    folders.write("b", SCORES)
    folders.write("a", SCORES, folder="x/y/z")
    inside = folders.root / "x"
    assert [found.folder.name for found in find([folders.root, inside])] == ["b", "z"]


def test_a_linked_folder_is_not_followed(folders, tmp_path):
    folders.write("a", SCORES)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link").symlink_to(folders.root, target_is_directory=True)
    assert find([tmp_path / "elsewhere"]) == []


def test_a_folder_that_may_not_be_listed_is_refused_and_not_passed_over(folders, monkeypatch):
    folders.write("a", SCORES)
    closed = folders.write("b", SCORES)
    scandir, lstat = os.scandir, type(closed).lstat

    def deny(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", lambda path: deny(path) if str(path) == str(closed) else scandir(path))
    monkeypatch.setattr(type(closed), "lstat", lambda path: deny(path) if path.parent == closed else lstat(path))
    runs, refused = read_all([folders.root])
    assert [run.result.label for run in runs] == ["a"]
    assert "run.json cannot be read: Permission denied" in str(refused[0])


def test_a_folder_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        find([tmp_path / "nowhere"])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), -0.001, 100.001])
def test_a_score_that_cannot_be_right_is_refused(folders, value):
    assert "outside the bounds" in refusal(folders.write("a", {NIQE: value, CHANGE: 5.0}))


def test_an_absurd_score_is_refused_whatever_bounds_are_claimed(folders):
    wild = metric("niqe", bounds=(-1e308, 1e308))
    assert "outside the bounds" in refusal(folders.write("a", {wild: 1e300, CHANGE: 5.0}))


@pytest.mark.parametrize("bounds", [(float("nan"), 1.0), (1.0, 0.0), (0.0, float("nan"))])
def test_bounds_that_are_none_are_refused(folders, bounds):
    path = folders.write("a", SCORES)
    edit(path, lambda run: run["metrics"][0].update(bounds=bounds))
    assert "bounds" in refusal(path)


def test_a_second_score_for_an_image_is_refused(folders):
    # twelve images scored by two metrics: the doubled row takes the place of another, so the count is right
    assert "scored twice" in refusal(folders.write("a", SCORES, rows=lambda rows: [*rows[:-1], rows[0]]))


def test_too_many_rows_are_refused_from_the_footer(folders):
    assert "rows where at most 24" in refusal(folders.write("a", SCORES, rows=lambda rows: [*rows, rows[0]]))


def test_a_complete_run_that_lacks_images_is_refused(folders):
    assert "lack niqe" in refusal(folders.write("a", SCORES, rows=lambda rows: rows[1:]))


def test_an_incomplete_run_that_lacks_images_is_read(folders):
    gone = Failure(image_id=sha("image 0")[:16], stage="restore", reason="out of memory")
    run = folders.run(
        "a",
        SCORES,
        rows=lambda rows: [row for row in rows if row.image_id != gone.image_id],
        complete=False,
        failures=(gone,),
    )
    assert len(run.images) == 11


def test_a_part_that_is_no_part_is_refused(folders):
    folders.benchmark = {"first_of": 12}
    refused = read(Found("a", folders.write("a", {NIQE: 3})))
    assert refused.why == "says that its 12 images are the first of 12"


def test_more_images_than_the_benchmark_has_are_refused(folders):
    failures = tuple(Failure(image_id=f"{number:016x}", stage="restore", reason="?") for number in range(3))
    assert "holds 15 images" in refusal(folders.write("a", SCORES, failures=failures, complete=False))


def test_a_score_of_an_unlisted_metric_is_refused(folders):
    path = folders.write(
        "a", SCORES, rows=lambda rows: [row.model_copy(update={"metric": "x<script>/1"}) for row in rows]
    )
    assert "run.json lacks" in refusal(path)


@pytest.mark.parametrize("field", ["scene_id", "input_sha256", "output_sha256"])
def test_an_image_with_two_faces_is_refused(folders, field):
    other = {"scene_id": "f" * 16}.get(field, "f" * 64)
    path = folders.write("a", SCORES, rows=lambda rows: [rows[0].model_copy(update={field: other}), *rows[1:]])
    assert "two scenes, inputs or outputs" in refusal(path)


def test_an_edited_entry_no_longer_fits_its_run_id(folders):
    path = folders.write("a", SCORES)
    edit(path, lambda run: run["method"].update(weights_sha256="0" * 64))
    assert "run_id does not fit" in refusal(path)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda run: run.update(schema_version=2), "schema_version"),
        (lambda run: run.update(label="../../etc"), "label"),
        (lambda run: run.update(label="<script>"), "label"),
        (lambda run: run["benchmark"].update(name="a/../b"), "benchmark.name"),
        (lambda run: run["method"].update(title="x" * 2001), "method.title"),
        (lambda run: run.update(admin=True), "admin"),
        (lambda run: run["benchmark"].update(images=0), "benchmark.images"),
        (lambda run: run.update(metrics=[]), "no metric"),
        (lambda run: run.update(metrics=[run["metrics"][0]] * 2), "a metric twice"),
    ],
)
def test_a_run_of_another_shape_is_refused(folders, change, word):
    path = folders.write("a", SCORES)
    edit(path, change)
    assert word in refusal(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b'{"label": "\\ud800"}'])
def test_broken_json_is_refused(folders, content):
    path = folders.write("a", SCORES)
    (path / "run.json").write_bytes(content)
    assert "not valid" in refusal(path)


def test_a_benchmark_at_a_branch_is_refused_for_it_moves(folders):
    folders.benchmark = {"revision": "main"}
    assert "is on the revision main, which moves" in refusal(folders.write("a", SCORES))
    folders.benchmark = {"revision": "a" * 40}
    assert isinstance(read(Found("here", folders.write("b", SCORES))), Run)


def test_a_huge_run_json_is_refused_unread(folders):
    path = folders.write("a", SCORES)
    with (path / "run.json").open("ab") as file:
        file.truncate(6_000_000)
    assert "more than 5,000,000" in refusal(path)


@pytest.mark.parametrize("name", ["run.json", "scores.parquet"])
def test_a_linked_file_is_refused(folders, tmp_path, name):
    path = folders.write("a", SCORES)
    secret = tmp_path / "secret"
    (path / name).rename(secret)
    (path / name).symlink_to(secret)
    assert f"{name} is a link" in refusal(path)


def test_a_pipe_is_refused_and_not_waited_for(folders):
    path = folders.write("a", SCORES)
    (path / "scores.parquet").unlink()
    os.mkfifo(path / "scores.parquet")
    assert "no plain file" in refusal(path)


def test_missing_or_broken_scores_are_refused(folders):
    path = folders.write("a", SCORES)
    (path / "scores.parquet").write_bytes(b"PAR1 nonsense PAR1")
    assert "no Parquet file" in refusal(path)
    (path / "scores.parquet").unlink()
    assert "scores.parquet cannot be read: No such file" in refusal(path)


def test_a_run_that_was_killed_before_its_scores_says_so(folders):
    path = folders.write("a", SCORES, complete=False)
    (path / "scores.parquet").unlink()
    assert "has not ended" in refusal(path)


def test_scores_with_other_columns_are_refused(folders):
    path = folders.write("a", SCORES)
    pq.write_table(pa.table({"image_id": ["0" * 16], "value": ["x"]}), path / "scores.parquet")
    assert "has no column scene_id" in refusal(path)


def test_scores_without_a_row_are_refused(folders):
    assert "no score" in refusal(folders.write("a", SCORES, rows=lambda _: [], complete=False))


def test_an_identity_that_changes_the_photographs_is_refused(folders):
    assert "called identity" in refusal(folders.write("identity", {NIQE: 3, CHANGE: [0.5] + [0] * 11}))


def test_the_second_run_of_a_label_is_refused_with_the_name_of_the_first(folders):
    folders.write("a", SCORES, folder="one")
    folders.write("a", {NIQE: 2.0, CHANGE: 5.0}, folder="two")
    kept, refused = agree(read_all([folders.root])[0])
    assert [run.shown for run in kept] == ["runs/one"]
    assert str(refused[0]).startswith("runs/two: its label a is taken by runs/one")


def test_a_metric_turned_round_by_one_stranger_is_refused_whatever_the_order(folders):
    folders.write("aaa", {metric("niqe", better="higher"): 3.0, CHANGE: 5.0})
    for name in ("b", "c"):
        folders.write(name, SCORES)
    kept, refused = agree(read_all([folders.root])[0])
    assert [run.result.label for run in kept] == ["b", "c"]
    assert "defines metric niqe/test@1 otherwise" in str(refused[0])


@pytest.mark.parametrize("field", ["scene_id", "input_sha256"])
def test_a_run_on_other_photographs_is_refused(folders, field):
    other = {"scene_id": "f" * 16, "input_sha256": "f" * 64}[field]
    folders.write("aaa", SCORES, rows=lambda rows: [row.model_copy(update={field: other}) for row in rows])
    for name in ("b", "c"):
        folders.write(name, SCORES)
    kept, refused = agree(read_all([folders.root])[0])
    assert [run.result.label for run in kept] == ["b", "c"]
    assert "another rainy file or scene" in str(refused[0])


def test_runs_are_compared_within_one_benchmark_only(folders):
    folders.write("a", SCORES)
    folders.benchmark = {"name": "yard"}
    folders.write("a", SCORES)
    folders.benchmark, folders.images = {"manifest_sha256": sha("first four")}, 4
    folders.write("a", SCORES, folder="limited/a")
    groups = by_benchmark(read_all([folders.root])[0])
    assert [(group[0].result.benchmark.name, group[0].result.benchmark.images) for group in groups] == [
        ("street", 12),
        ("street", 4),
        ("yard", 12),
    ]


def test_one_bad_folder_does_not_stop_the_others(folders):
    folders.write("a", SCORES)
    (folders.write("b", {PIQE: 9.0}) / "run.json").write_text("{")
    runs, refused = read_all([folders.root])
    assert [type(one) for one in (*runs, *refused)] == [Run, Refusal]
