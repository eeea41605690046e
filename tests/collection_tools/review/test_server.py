"""What the server shows and keeps."""

from __future__ import annotations

import io
import json
import resource
import threading

import httpx
import pytest
from PIL import Image

from collection_tools.collect.collect import collect
from collection_tools.collect.sources import Stated
from collection_tools.curate.curate import curate
from collection_tools.curate.curated import read_records
from collection_tools.curate.recipe import read_recipe
from collection_tools.decisions import FILE_NAME
from collection_tools.review.serve import serve
from nlcl_bench.core.errors import InputError, ManifestError


@pytest.fixture
def inside(shared_server):
    with shared_server.client() as client:
        yield client


@pytest.fixture
def opened(desk, serving):
    """A server of the test's own, and what posts decisions to it."""
    server = serving(desk)
    with server.client() as client:
        yield server, lambda **said: client.post("/api/decisions", content=json.dumps(said), headers=server.own)


def names(answer):
    return [photo["file"].removeprefix("album/") for photo in answer["photos"]]


def seen(client, **query):
    answer = client.get("/api/photos", params=query)
    assert answer.status_code == 200
    return answer.json()


def test_everything_curated_is_listed_with_its_state(inside, hostile_name):
    answer = seen(inside)
    assert names(answer) == ["0.jpg", "1.jpg", "2.jpg", "3.jpg", hostile_name, "small.jpg", "zz lost.jpg"]
    assert answer["total"] == 7
    states = {photo["file"]: (photo["kept"], photo["reason"]) for photo in answer["photos"]}
    assert states["album/small.jpg"] == (False, "shorter side under 256 pixels")
    assert states["album/zz lost.jpg"] == (False, "its bytes in the store are damaged")
    assert states["album/1.jpg"] == (True, None)
    assert [photo["needs_person"] for photo in answer["photos"]] == [True] + [False] * 6
    assert answer["counts"]["show"] == {"all": 7, "kept": 5, "person": 1, "rejected": 2, "undecided": 7}


def test_filters_choose_and_count_what_they_would_show(inside, shared_desk):
    assert names(seen(inside, show="rejected")) == ["small.jpg", "zz lost.jpg"]
    assert names(seen(inside, reason="shorter side under 256 pixels")) == ["small.jpg"]
    assert names(seen(inside, show="person")) == ["0.jpg"]
    assert names(seen(inside, text="SMALL")) == ["small.jpg"]
    assert names(seen(inside, text=shared_desk.digests["2.jpg"][:16])) == ["2.jpg"]
    assert names(seen(inside, domain="clean")) == []
    answer = seen(inside, show="kept", reason="shorter side under 256 pixels")
    assert answer["total"] == 0
    assert answer["counts"]["show"] == {"all": 1, "rejected": 1, "undecided": 1}


@pytest.mark.parametrize(
    "query", ["show=none", "count=0", "count=100000", "after=-1", "after=x", "domain=wet", "more=1"]
)
def test_a_query_that_means_nothing_is_refused_with_a_sentence(inside, query):
    answer = inside.get(f"/api/photos?{query}")
    assert answer.status_code == 422
    assert answer.json()["problem"]


def test_pages_go_through_all_photographs_once_and_back(inside):
    everything, forth, place = names(seen(inside)), [], {}
    while True:
        answer = seen(inside, count=3, **place)
        if not answer["photos"]:
            break
        assert answer["first"] == len(forth)
        forth += names(answer)
        place = {"after": answer["photos"][-1]["place"]}
    assert forth == everything
    last = seen(inside, count=3, before=6)
    assert (names(last), last["first"]) == (everything[3:6], 3)


def test_what_is_decided_does_not_shift_the_pages(opened, desk):
    server, decide = opened
    with server.client() as client:
        first = seen(client, show="undecided", count=3)
        for photo in first["photos"]:
            decide(sha256=photo["sha256"], verdict="accept")
        second = seen(client, show="undecided", count=3, after=first["photos"][-1]["place"])
        assert names(second) == names(seen(client))[3:6]
        assert (second["total"], second["first"]) == (4, 0)


def test_details_tell_measures_and_the_boxes_as_they_were_detected(inside, shared_desk):
    answer = inside.get(f"/api/photos/{shared_desk.digests['0.jpg']}").json()
    assert answer["collected"]["capture"]["camera_model"] == "Acme R1"
    assert answer["collected"]["rights"]["licence"] == "CC-BY-4.0"
    assert {"presence", "veil"} <= answer["finding"]["rain"].keys()
    assert {"resolution", "sharpness"} <= {one["check"] for one in answer["finding"]["checks"]}
    assert [box["left"] for box in answer["sure"]] == [40]
    assert [box["left"] for box in answer["unsure"]] == [300]
    assert answer["record"]["blurred"][0]["left"] < 40  # blurred with a margin
    small = inside.get(f"/api/photos/{shared_desk.digests['small.jpg']}").json()
    assert small["photo"]["measure"] == 255
    assert "record" not in {name for name, value in small.items() if value}


def test_pictures_are_upright_and_thumbnails_small(inside, shared_desk, hostile_name):
    sha256 = shared_desk.digests[hostile_name]
    for _ in range(2):  # made, then from memory
        small = Image.open(io.BytesIO(inside.get(f"/thumbnails/{sha256}").content))
        assert (small.format, small.size) == ("JPEG", (272, 320))
    full = Image.open(io.BytesIO(inside.get(f"/pictures/{sha256}").content))
    assert full.size == (272, 320)
    assert not full.getexif()


def test_a_photograph_that_cannot_be_shown_is_told_in_a_sentence(inside, shared_desk):
    for folder in ("thumbnails", "pictures"):
        answer = inside.get(f"/{folder}/{shared_desk.digests['zz lost.jpg']}")
        assert answer.status_code == 422
        assert answer.json() == {"problem": "its bytes in the store are damaged"}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"verdict": "accept"}, 422),
        ({"sha256": "0" * 64, "verdict": "accept"}, 404),
        ({"sha256": "../../x", "verdict": "accept"}, 422),
        ({"sha256": "MINE"}, 422),
        ({"sha256": "MINE", "verdict": "maybe"}, 422),
        ({"sha256": "MINE", "verdict": "accept", "undoes": 1}, 422),
        ({"undoes": 1}, 422),
        ({"undoes": 0}, 422),
        ({"sha256": "MINE", "tags": ["<b>"]}, 422),
        ({"sha256": "MINE", "tags": ["rain"] * 17}, 422),
        ({"sha256": "MINE", "verdict": "reject", "reason": "x" * 2001}, 422),
        ({"sha256": "MINE", "owner": "me"}, 422),
        ({"sha256": "MINE", "boxes": [{"left": 600, "top": 0, "width": 41, "height": 9, "kind": "face"}]}, 422),
        ({"sha256": "MINE", "boxes": [{"left": 0, "top": -1, "width": 4, "height": 9, "kind": "face"}]}, 422),
        ({"sha256": "MINE", "boxes": [{"left": 0, "top": 0, "width": 4, "height": 9, "kind": "dog"}]}, 422),
        ([], 422),
        ("x", 422),
    ],
)
def test_what_is_no_decision_is_refused_and_not_written(inside, shared_server, shared_desk, said, status):
    text = json.dumps(said).replace("MINE", shared_desk.digests["1.jpg"])
    answer = inside.post("/api/decisions", content=text, headers=shared_server.own)
    assert answer.status_code == status
    assert answer.json()["problem"]
    assert not (shared_desk.store / FILE_NAME).exists()


def test_what_is_too_long_or_no_json_is_refused(inside, shared_server, shared_desk):
    long = b'{"reason": "' + b"x" * 70_000
    post = lambda content, **more: inside.post("/api/decisions", content=content, headers={**shared_server.own, **more})  # noqa: E731
    assert post(long).status_code == 413
    assert post(iter([long[:40_000], long[40_000:], b'"}'])).status_code == 413  # no length is said before
    assert post(b"{}", **{"Content-Type": "text/plain"}).status_code == 415
    assert post(b"\xff\x00").status_code == 422
    assert not (shared_desk.store / FILE_NAME).exists()


def test_decisions_are_laid_over_one_another_and_undone(opened, desk):
    server, decide = opened
    sha256 = desk.digests["1.jpg"]
    box = {"left": 600, "top": 0, "width": 40, "height": 480, "kind": "plate"}
    lines = [
        decide(sha256=sha256, verdict="reject", reason="is blurred"),
        decide(sha256=sha256, tags=["splash", "streak"]),
        decide(sha256=sha256, boxes=[box]),
        decide(sha256=sha256, verdict="accept"),
        decide(undoes=4),
        decide(undoes=2),
    ]
    assert [answer.json()["line"] for answer in lines] == [1, 2, 3, 4, 5, 6]
    held = desk.holds()[sha256]
    assert (held.verdict, held.reason, held.tags, held.boxes[0].left) == ("reject", "is blurred", None, 600)
    shown = lines[-1].json()["photo"]["decision"]
    assert (shown["verdict"], shown["reason"], shown["tags"]) == ("reject", "is blurred", None)
    assert decide(undoes=6).json()["photo"]["decision"]["tags"] == ["splash", "streak"]
    assert server.stop() == (0, f"7 {FILE_NAME}", "")


def test_what_is_said_twice_in_a_row_is_written_once(opened, desk):
    _, decide = opened
    sha256 = desk.digests["1.jpg"]
    assert [decide(sha256=sha256, verdict="accept").json()["line"] for _ in range(3)] == [1, 1, 1]
    assert decide(undoes=1).json()["photo"]["decision"] is None
    assert decide(sha256=sha256, verdict="accept").json()["line"] == 3


def test_what_a_killed_server_said_is_saved_is_there(desk, serving):
    server = serving(desk)
    digests = list(desk.digests.values())
    said: dict[str, str] = {}

    def post(name):
        with server.client() as client:
            for number in range(10_000):
                text = f"{name} {number} " + "x" * 300
                body = json.dumps({"sha256": digests[number % 7], "verdict": "reject", "reason": text})
                try:
                    answer = client.post("/api/decisions", content=body, headers=server.own)
                except httpx.HTTPError:
                    return
                said[text] = answer.json()["line"]
                if number == 20:
                    ready.release()

    ready = threading.Semaphore(0)
    tabs = [threading.Thread(target=post, args=(name,)) for name in ("one", "two")]
    for tab in tabs:
        tab.start()
    for _ in tabs:
        assert ready.acquire(timeout=30)
    server.kill()
    for tab in tabs:
        tab.join(timeout=30)
    again = serving(desk)
    lines = desk.lines()
    assert len(said) >= 42
    assert {text: lines[number - 1].reason for text, number in said.items()} == {text: text for text in said}
    with again.client() as client:
        assert seen(client)["counts"]["show"]["reject"] == 7


def test_a_full_disk_is_told_and_leaves_no_half_line(opened, desk):
    server, decide = opened
    assert decide(sha256=desk.digests["1.jpg"], verdict="accept").status_code == 200
    before = (desk.store / FILE_NAME).read_bytes()
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (len(before) + 20, hard))
    answer = decide(sha256=desk.digests["2.jpg"], verdict="accept")
    assert answer.status_code == 507
    assert FILE_NAME in answer.json()["problem"]
    assert (desk.store / FILE_NAME).read_bytes() == before
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert decide(sha256=desk.digests["2.jpg"], verdict="accept").json()["line"] == 2


def test_a_second_review_is_refused_but_collecting_goes_on(opened, desk, serving, tmp_path, camera_jpeg):
    with pytest.raises(RuntimeError, match=r"error: .*store: is being reviewed already \(use the page that is open"):
        serving(desk)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "9.jpg").write_bytes(camera_jpeg(9))
    given = Stated(licence="CC-BY-4.0", author="Ada")
    assert collect([tmp_path / "more"], desk.store, domain="rainy", given=given).added == 1
    server, decide = opened
    assert decide(sha256=desk.digests["1.jpg"], verdict="reject").status_code == 200
    server.kill()
    assert serving(desk).stop()[0] == 0


def test_a_taken_port_and_a_folder_that_is_not_curated_are_told(shared_server, desk, tmp_path):
    with pytest.raises(InputError, match=f"port {shared_server.port} cannot be used"):
        serve(desk.curated, port=shared_server.port, open_browser=False, say=str)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ManifestError, match="is no curated folder"):
        serve(tmp_path / "empty", open_browser=False, say=str)


def test_curating_again_does_what_was_decided_and_shows_it(opened, desk, serving):
    server, decide = opened
    box = {"left": 300, "top": 200, "width": 40, "height": 50, "kind": "face", "confidence": 0.4}
    decide(sha256=desk.digests["0.jpg"], boxes=[box])
    decide(sha256=desk.digests["1.jpg"], verdict="reject", reason="no rain to be seen")
    decide(sha256=desk.digests["2.jpg"], tags=["splash"])
    server.stop()
    for _ in range(2):  # what was saved is not widened again and again
        curate(desk.store, desk.curated, recipe=read_recipe(), faces=True)
    records = {record.image_id: record for record in read_records(desk.curated)}
    assert desk.digests["1.jpg"][:16] not in records
    assert records[desk.digests["2.jpg"][:16]].rain_kinds == ("splash",)
    assert len(records[desk.digests["0.jpg"][:16]].blurred) == 1
    with serving(desk).client() as client:
        answer = client.get(f"/api/photos/{desk.digests['0.jpg']}").json()
        assert answer["photo"]["decision"]["boxes"] == [box]
        assert not answer["photo"]["needs_person"]
        assert names(seen(client, show="reject")) == ["1.jpg"]
