"""Slices are chosen by records, and ranked like boards of their own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.photographs import photographs
from leaderboard.rank import rank
from leaderboard.slices import cut, slices
from nlcl_bench.data.loading import load_records, open_benchmark
from nlcl_bench.data.manifest import digest
from nlcl_bench.data.record import Capture, Record, Rights
from nlcl_bench.evaluation.run import BenchmarkEntry, Failure
from tests.leaderboard.conftest import CHANGE, NIQE, sha


def record(number, **changes) -> Record:
    facts = {
        "image_id": sha(f"image {number}")[:16],
        "sha256": sha(f"bytes {number}"),
        "file_name": f"{sha(f'image {number}')[:16]}.jpg",
        "width": 1000,
        "height": 800,
        "domain": "rainy",
        "split": "test",
        "scene_id": sha(f"scene {number}")[:16],
        "rights": Rights(licence="CC0-1.0", author="Ada"),
    }
    return Record(**(facts | changes))


def ids(*numbers) -> frozenset[str]:
    return frozenset(sha(f"image {number}")[:16] for number in numbers)


def test_slices_follow_rain_hour_camera_and_size():
    found = slices(
        [
            record(0, rain_kinds=("streak",), time_of_day="day", capture=Capture(camera_model="E-M1")),
            record(1, rain_kinds=("streak", "veil"), time_of_day="day", capture=Capture(camera_model="E-M1")),
            record(2, rain_kinds=("veil",), time_of_day="night", width=4000, height=3000),
            record(3, width=4000, height=3000),
        ]
    )
    assert {one.title: one.images for one in found} == {
        "streak": ids(0, 1),
        "veil": ids(1, 2),
        "day": ids(0, 1),
        "E-M1": ids(0, 1),
        "up to 1 megapixel": ids(0, 1),
        "over 8 megapixels": ids(2, 3),
    }
    assert [one.kind for one in found] == ["rain", "rain", "time of day", "camera", "size", "size"]
    assert len({one.name for one in found}) == len(found)


def test_one_scene_and_the_whole_board_are_no_slices():
    same = [record(number, scene_id="0" * 16, rain_kinds=("drop",)) for number in range(3)]
    assert slices([*same, record(3, rain_kinds=("streak",))]) == ()


def test_only_the_commonest_cameras_become_slices():
    records = [
        record(f"{camera} {shot}", capture=Capture(camera_model=f"Model {camera}"))
        for camera in range(11)
        for shot in range(2 + (camera > 3))
    ]
    found = [one.title for one in slices(records)]
    assert len(found) == 8
    assert {f"Model {camera}" for camera in range(4, 11)} < set(found)


def test_a_strangers_camera_name_becomes_no_file_name():
    records = [record(number, capture=Capture(camera_model="../../<script>")) for number in range(2)]
    (found,) = slices([*records, record(2)])
    assert found.name == "camera-1"


def test_the_board_of_a_slice_is_that_of_runs_on_its_images_alone(board):
    from nlcl_bench.evaluation.intake import read_all

    runs, _ = read_all([board.root])
    images = frozenset(runs[0].images[:8])
    part = rank(cut(runs, images), draws=100)
    for run in runs:
        row = next(row for row in part.rows if row.label == run.result.label)
        cell = next(cell for cell in row.cells if cell.metric == NIQE.id)
        assert cell.mean == pytest.approx(run.column(NIQE.id)[[image in images for image in run.images]].mean())
        assert not any(gate.name == "fewer images" for gate in row.gates)
    assert part.benchmark.images == 8


def test_an_image_that_failed_elsewhere_gates_no_slice(folders):
    whole = folders.run(
        "a",
        {NIQE: 3.0, CHANGE: 5.0},
        rows=lambda rows: [row for row in rows if row.image_id != rows[0].image_id],
        failures=(Failure(image_id=sha("image 0")[:16], stage="restore", reason="NaN"),),
        complete=False,
    )
    assert rank([whole], draws=100).rows[0].gates
    assert rank(cut([whole], ids(3, 4)), draws=100).rows[0].gates == ()
    assert rank(cut([whole], ids(0, 4)), draws=100).rows[0].gates != ()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["", "streak", "veil"]), st.booleans()), max_size=12))
def test_slices_of_a_kind_hold_only_photographs_of_the_board(rows):
    records = [
        record(number, scene_id=f"{scene:016x}", rain_kinds=(kind,) if kind else (), width=4000 if large else 900)
        for number, (scene, kind, large) in enumerate(rows)
    ]
    known = {one.image_id: one for one in records}
    for one in slices(records):
        assert one.images < set(known)
        assert len({known[image].scene_id for image in one.images}) > 1


def test_photographs_are_found_by_the_digest_of_their_records(release):
    benchmark, folder = open_benchmark(release, "rainy")
    records = load_records(folder, benchmark)
    entry = BenchmarkEntry(
        name=benchmark.name,
        revision="local",
        config="rainy",
        split=benchmark.split,
        images=len(records) - 1,
        first_of=len(records),
        manifest_sha256=digest(records[:-1]),
    )
    found = photographs(entry, [str(release)])
    assert found is not None
    assert found.records == tuple(records[:-1])
    assert photographs(entry.model_copy(update={"manifest_sha256": sha("x")}), [str(release)]) is None
    assert photographs(entry.model_copy(update={"name": "other"}), [str(release)]) is None
    assert photographs(entry.model_copy(update={"split": "train"}), [str(release)]) is None
