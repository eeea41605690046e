"""Whatever was taken for a face cannot be recognised on the page: sure or not, published or not, in both of a pair."""

import numpy as np
import pytest
from PIL import Image

from collection_tools.collect.store import open_store
from collection_tools.curate.curated import read_curation, read_dropped
from collection_tools.curate.finding import Finding
from collection_tools.curate.findings import key_of, open_findings
from collection_tools.decisions import Decision, append_decision
from collection_tools.report.report import report
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Box

SURE, UNSURE = 0.9, 0.35
LEFT, TOP, SIDE = 96, 64, 96


@pytest.fixture
def person(photograph):
    """A photograph with black and white spots in the place of the face, which even a thumbnail shows."""

    def make(seed):
        picture = np.array(photograph(seed))
        coarse = np.random.default_rng(seed).integers(0, 256, (14, 14), np.uint8)
        spots = np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)) > 128
        picture[TOP : TOP + SIDE, LEFT : LEFT + SIDE] = spots[..., None] * 255
        return Image.fromarray(picture)

    return make


@pytest.fixture
def people(tmp_path, encoded):
    """A folder of such photographs by name."""

    def make(folder, **pictures):
        (tmp_path / folder).mkdir()
        for name, picture in pictures.items():
            (tmp_path / folder / f"{name}.png").write_bytes(encoded(picture, "PNG"))
        return tmp_path / folder

    return make


@pytest.fixture
def detect(desk):
    """Curate as if a face had been found in some files, with that confidence."""

    def run(confidences):
        desk.curate()
        key = key_of(read_curation(desk.curated).recipe, faces=False)
        findings, found = open_findings(desk.curated, key), []
        for row in open_store(desk.store).values():
            if row.file in confidences:
                box = {"left": LEFT, "top": TOP, "width": SIDE, "height": SIDE, "confidence": confidences[row.file]}
                private = (Box(kind="face", **box),)
                found.append(findings[row.sha256].model_copy(update={"private": private}))
        folder = desk.curated / "findings" / key / "9999-of-9999"
        folder.mkdir()
        manifest.write_part(found, Finding, folder / "part-000001.parquet")
        desk.curate()

    return run


def shown(desk):
    """The names of the pictures, and whether the spots can be seen."""
    report(desk.curated)
    inner = (LEFT // 2 + 4, TOP // 2 + 4, (LEFT + SIDE) // 2 - 4, (TOP + SIDE) // 2 - 4)
    return [
        (alt.split(",", 1)[0], float(np.asarray(picture.convert("L").crop(inner)).std()) > 60)
        for alt, picture in desk.page().pictures()
    ]


def test_sure_and_unsure_faces_are_blurred_wherever_the_photograph_is_shown(desk, people, person, gather, detect):
    gather(people("people", sure=person(1), unsure=person(2), nobody=person(3)))
    detect({"people/sure.png": SURE, "people/unsure.png": UNSURE})
    assert sorted(shown(desk)) == [
        ("nobody.png", True),
        ("sure.png", False),
        ("sure.png", False),  # on a sheet of what is blurred
        ("unsure.png", False),
        ("unsure.png", False),  # on a sheet of what a person has to look at
    ]


def test_a_face_in_a_photograph_that_is_not_published_is_blurred_too(desk, people, person, gather, detect):
    gather(people("people", grey=person(1).convert("L").convert("RGB")))
    detect({"people/grey.png": UNSURE})
    assert [row.reason for row in read_dropped(desk.curated)] == ["has no colour"]
    assert shown(desk) == [("grey.png", False)]


@pytest.mark.parametrize("found_in", ["rain", "dry"])
@pytest.mark.parametrize("confidence", [SURE, UNSURE])
def test_what_is_hidden_in_one_picture_of_a_pair_is_hidden_in_the_other(
    desk, people, person, gather, detect, found_in, confidence
):
    gather(people("rain", x=person(1)), clean=people("dry", x=person(2)))
    detect({f"{found_in}/x.png": confidence})
    pictures = shown(desk)
    assert len(pictures) >= 3
    assert not any(seen for _, seen in pictures)


def test_what_is_hidden_in_the_picture_that_is_kept_is_hidden_in_its_copies(desk, people, person, gather, detect):
    small = person(1).resize((304, 258), Image.Resampling.LANCZOS)
    gather(people("people", large=person(1), small=small))
    detect({"people/large.png": UNSURE})
    assert [row.reason[:14] for row in read_dropped(desk.curated)] == ["near-duplicate"]
    pictures = shown(desk)
    assert {name for name, _ in pictures} == {"large.png", "small.png"}
    assert not any(seen for _, seen in pictures)


def test_a_person_who_says_that_it_is_no_face_has_the_last_word(desk, people, person, gather, detect):
    gather(people("people", statue=person(1)))
    (row,) = open_store(desk.store).values()
    append_decision(desk.store, Decision(sha256=row.sha256, boxes=()))
    detect({"people/statue.png": SURE})
    assert shown(desk) == [("statue.png", True)]
