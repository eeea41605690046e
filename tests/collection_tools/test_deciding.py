"""People's decisions, bursts and privacy, as they show in what is published."""

import numpy as np
import pytest
from PIL import Image

from collection_tools.collect.store import object_path, open_store
from collection_tools.curate.curate import curate
from collection_tools.curate.curated import read_dropped, read_records, read_uncertain
from collection_tools.curate.recipe import read_recipe
from collection_tools.decisions import Decision, append_decision
from collection_tools.privacy.model import is_installed
from collection_tools.release.release import release
from collection_tools.withdraw import withdraw
from nlcl_bench.core.images import decode
from nlcl_bench.data.loading import load_samples
from nlcl_bench.data.record import Box

needs_faces = pytest.mark.skipif(not is_installed(), reason="nlcl-bench[privacy] is not installed")


@pytest.fixture
def run(tmp_path):
    def again(faces=False, **changes):
        recipe = read_recipe().model_copy(update=changes)
        curate(tmp_path / "store", tmp_path / "curated", recipe=recipe, faces=faces)
        records = {record.image_id: record for record in read_records(tmp_path / "curated")}
        return records, {row.file: row.reason for row in read_dropped(tmp_path / "curated")}

    return again


@pytest.fixture
def names(tmp_path):
    """Image ids by the file they were collected under."""
    return lambda: {row.file: row.sha256[:16] for row in open_store(tmp_path / "store").rows()}


@pytest.fixture
def decide(tmp_path):
    def say(file, **said):
        row = next(row for row in open_store(tmp_path / "store").rows() if row.file == file)
        return append_decision(tmp_path / "store", Decision(sha256=row.sha256, **said))

    return say


def test_what_people_reject_goes_what_they_accept_stays_and_what_they_say_of_rain_holds(
    album, gather, run, names, decide, encoded, photograph
):
    folder = album(2)
    (folder / "small.jpg").write_bytes(encoded(photograph(9, size=(300, 250))))
    gather(folder)
    assert run()[1] == {"album/small.jpg": "shorter side under 256 pixels"}
    decide("album/small.jpg", verdict="accept", tags=("splash",))
    decide("album/000.jpg", verdict="reject", reason="a drawing")
    records, dropped = run()
    assert dropped == {"album/000.jpg": "rejected in review: a drawing"}
    small = records[names()["album/small.jpg"]]
    assert (small.rain_kinds, small.reviewed) == (("splash",), True)
    assert not records[names()["album/001.jpg"]].reviewed
    decide("album/small.jpg", verdict="open")
    append_decision(folder.parent / "store", Decision(undoes=2))
    assert run()[1] == {"album/small.jpg": "shorter side under 256 pixels"}


def test_accepting_saves_nothing_that_is_damaged(album, gather, run, decide, tmp_path):
    gather(album(2))
    decide("album/000.jpg", verdict="accept")
    row = next(row for row in open_store(tmp_path / "store").rows() if row.file == "album/000.jpg")
    object_path(tmp_path / "store", row.sha256, row.format).write_bytes(b"x" * row.bytes)
    assert run()[1] == {"album/000.jpg": "its bytes in the store are damaged"}


def test_what_a_person_boxes_is_unrecognisable_in_the_release_and_all_else_is_as_it_was(
    album, gather, run, names, decide, tmp_path
):
    gather(album(2), licence="CC-BY-4.0")
    box = Box(left=40, top=30, width=60, height=50, kind="other")
    decide("album/000.jpg", boxes=(box,))
    records, _ = run()
    name = names()["album/000.jpg"]
    assert records[name].blurred == (box,)
    assert records[name].file_name == f"{name}.png"
    release(tmp_path / "curated", tmp_path / "release", without_face_check=True)
    split = records[name].split
    samples = {one.record.image_id: one for one in load_samples(tmp_path / "release", "rainy", split)}
    shown = np.asarray(decode(samples[name].image, where="released")).astype(int)
    before = np.asarray(Image.open(tmp_path / "album" / "000.jpg").convert("RGB")).astype(int)
    inside = (slice(30, 80), slice(40, 100))
    assert np.abs(shown - before)[inside].mean() > 2
    shown[inside] = before[inside]
    assert (shown == before).all()


def test_a_box_outside_the_picture_or_over_most_of_it_keeps_the_photograph_back(album, gather, run, decide):
    gather(album(3))
    decide("album/000.jpg", boxes=(Box(left=5000, top=0, width=9, height=9, kind="face"),))
    decide("album/001.jpg", boxes=(Box(left=0, top=0, width=300, height=200, kind="other"),))
    records, dropped = run()
    assert len(records) == 1
    assert set(dropped.values()) == {"too much of it would have to be blurred"}


@needs_faces
def test_faces_are_blurred_in_both_pictures_of_a_pair_and_unsure_ones_wait_for_a_person(
    gather, run, names, decide, tmp_path, encoded
):
    skimage = pytest.importorskip("skimage.data")
    astronaut = Image.fromarray(skimage.astronaut())
    rain, dry = tmp_path / "rain", tmp_path / "dry"
    rain.mkdir()
    dry.mkdir()
    wet = np.asarray(astronaut) // 2 + np.random.default_rng(0).integers(60, 90, (512, 512, 1), dtype=np.uint8)
    (rain / "a.png").write_bytes(encoded(Image.fromarray(wet), "PNG"))
    (dry / "a.png").write_bytes(encoded(astronaut, "PNG"))
    gather(rain, clean=dry)
    records, dropped = run(faces=True)
    assert dropped == {}
    rainy, clean = records[names()["rain/a.png"]], records[names()["dry/a.png"]]
    assert rainy.blurred
    assert rainy.blurred == clean.blurred
    assert rainy.clean_sha256 == clean.sha256
    unsure = read_recipe().privacy.model_copy(update={"sure": 1.0})
    records, _ = run(faces=True, privacy=unsure)
    assert not records[names()["rain/a.png"]].blurred
    assert set(read_uncertain(tmp_path / "curated")) == set(names().values())
    decide("rain/a.png", boxes=())
    decide("dry/a.png", boxes=())
    records, _ = run(faces=True, privacy=unsure)
    assert read_uncertain(tmp_path / "curated") == {}
    assert all(record.reviewed and not record.blurred for record in records.values())


def test_a_burst_is_one_scene_and_another_camera_or_another_hour_is_not(
    gather, run, names, tmp_path, photograph, encoded, camera_exif
):
    folder = tmp_path / "walk"
    folder.mkdir()
    for seed, (moment, model) in enumerate([("00", "R1"), ("01", "R1"), ("01", "R2"), ("09", "R1")]):
        exif = camera_exif()
        exif[0x0110] = model
        exif.get_ifd(0x8769)[0x9003] = f"2024:05:17 18:42:{moment}"
        (folder / f"{seed}.jpg").write_bytes(encoded(photograph(seed), exif=exif))
    gather(folder)
    records, _ = run()
    scene = {file: records[name].scene_id for file, name in names().items()}
    assert scene["walk/0.jpg"] == scene["walk/1.jpg"]
    assert len(set(scene.values())) == 3


def test_a_sharper_copy_is_kept_and_tells_of_the_other(gather, run, tmp_path, photograph, encoded):
    folder = tmp_path / "copies"
    folder.mkdir()
    scene = photograph(1, size=(640, 544))
    (folder / "large.png").write_bytes(encoded(scene, "PNG"))
    (folder / "small.png").write_bytes(encoded(scene.resize((320, 272), Image.Resampling.LANCZOS), "PNG"))
    gather(folder)
    records, dropped = run()
    ((name, record),) = records.items()
    assert record.width == 640
    assert dropped == {"copies/small.png": f"near-duplicate of {name}"}


def resaved(folder, name, encoded):
    other = folder.parent / "other"
    other.mkdir(exist_ok=True)
    image = Image.open(folder / name).convert("RGB")
    smaller = image.resize((image.width * 19 // 20, image.height * 19 // 20), Image.Resampling.LANCZOS)
    (other / name).write_bytes(encoded(smaller))
    return other


def test_a_copy_of_what_was_rejected_or_withdrawn_is_not_published_in_its_stead(
    album, gather, run, names, decide, encoded, tmp_path
):
    folder = album(3)
    for name in ("000.jpg", "001.jpg"):
        other = resaved(folder, name, encoded)
    gather(folder, other)
    run()
    before = names()
    decide("album/000.jpg", verdict="reject", reason="a drawing")
    withdraw(tmp_path / "store", [before["album/001.jpg"]], "a person asked")
    records, dropped = run()
    assert list(records) == [before["album/002.jpg"]]
    assert dropped["other/000.jpg"] == f"near-duplicate of {before['album/000.jpg']}, which was rejected in review"
    assert dropped["other/001.jpg"] == f"near-duplicate of {before['album/001.jpg']}, which was withdrawn"
    decide("other/000.jpg", verdict="accept")
    assert set(run()[0]) == {before["album/002.jpg"], before["other/000.jpg"]}
