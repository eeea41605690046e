"""Pages of photographs: pictures that are what was scored, made once, and equal for equal runs."""

from __future__ import annotations

import io
import os
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from leaderboard.build import build
from leaderboard.cli import app
from leaderboard.images.crops import SIDE, difference, windows
from leaderboard.images.gallery import Making, chosen
from leaderboard.images.outputs import Output, outputs, show
from leaderboard.images.pictures import Pictured, make
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import encode_png, pixel_digest
from nlcl_bench.data.loading import load_split
from nlcl_bench.data.record import Box, Capture, Record, Rights
from nlcl_bench.evaluation.intake import read_all
from tests.leaderboard.conftest import sha

BOARD = "small-paired-test"


def built(runs, into, release, **how):
    return build([runs], into, data=[str(release)], draws=100, pictures=Making(**how))


def bytes_of(site) -> dict[str, bytes]:
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def site(restored_runs, release, tmp_path_factory):
    into = tmp_path_factory.mktemp("site")
    built(restored_runs, into, release)
    return into


@pytest.fixture
def runs(restored_runs, tmp_path):
    return shutil.copytree(restored_runs, tmp_path / "runs")


def output_in(runs, label):
    return min(next(runs.glob(f"**/{label}/restored")).glob("*.png"))


def page_of(site, image) -> str:
    return (site / BOARD / "images" / f"{image.stem}.html").read_text()


def test_every_photograph_has_a_page_with_all_that_was_made_of_it(site, release):
    samples = load_split(release, "paired")
    listed = (site / BOARD / "images" / "index.html").read_text()
    for record in samples.records:
        assert f'href="{record.image_id}.html"' in listed
        text = (site / BOARD / "images" / f"{record.image_id}.html").read_text()
        for name in ("_input", "_clean", "identity", "guided", "median"):
            for kind in ("whole", "small", "crop-1"):
                path = f"pictures/{record.image_id}/{kind}/{name}.webp"
                assert f"../{path}" in text
                assert (site / BOARD / path).is_file()
        assert 'loading="lazy"' in text
    assert "images/index.html" in (site / BOARD / "index.html").read_text()


def test_a_crop_holds_the_very_pixels_of_the_output(site, restored_runs):
    image = output_in(restored_runs, "guided")
    folder = site / BOARD / "pictures" / image.stem
    crop = Pictured.model_validate_json((folder / "made.json").read_bytes()).crops[0]
    with Image.open(image) as output, Image.open(folder / "crop-1" / "guided.webp") as shown:
        assert np.array_equal(np.asarray(output.crop(crop.box)), np.asarray(shown.convert("RGB")))


def test_equal_runs_give_equal_bytes_in_one_process_and_in_two(site, runs, release, tmp_path):
    built(runs, tmp_path / "other", release, jobs=2)
    assert bytes_of(tmp_path / "other") == bytes_of(site)


def test_a_second_build_makes_no_picture_again(runs, release, tmp_path):
    built(runs, tmp_path / "site", release)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*.webp")}
    lost = min(before)
    lost.unlink()
    built(runs, tmp_path / "site", release)
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*.webp")}
    image = lost.parent.parent
    assert before.keys() == after.keys()
    assert {path for path in before if before[path] != after[path]} == {
        path for path in before if image in path.parents
    }


def test_an_output_that_was_swapped_is_not_shown_and_it_is_said(runs, release, tmp_path):
    image = output_in(runs, "median")
    shutil.copy(output_in(runs, "guided"), image)
    made = built(runs, tmp_path / "site", release)
    assert len(made.unshown) == 1
    assert "not the picture that the scores are of" in made.unshown[0]
    assert not (tmp_path / "site" / BOARD / "pictures" / image.stem / "whole" / "median.webp").exists()
    assert "not the picture that the scores are of" in page_of(tmp_path / "site", image)


def test_a_swapped_output_takes_its_earlier_picture_away(runs, release, tmp_path):
    built(runs, tmp_path / "site", release, most=3)
    image = output_in(runs, "median")
    shutil.copy(output_in(runs, "guided"), image)
    built(runs, tmp_path / "site", release)
    assert not list((tmp_path / "site" / BOARD / "pictures" / image.stem).glob("*/median.webp"))


def png(**how) -> bytes:
    stream = io.BytesIO()
    Image.new(how.pop("mode", "RGB"), how.pop("size", (224, 208))).save(stream, format="PNG")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_bytes(b"<script>"), "is no"),
        (lambda path: path.write_bytes(path.read_bytes()[:200]), "damaged"),
        (lambda path: path.write_bytes(png(size=(20000, 3000))), "its input is 224x208"),
        (lambda path: path.write_bytes(png(mode="RGBA")), "RGB"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 2_000_000), "more than"),
        (lambda path: (path.unlink(), path.symlink_to("/etc/hostname")), "link"),
        (lambda path: (path.unlink(), os.mkfifo(path)), "no plain file"),
        (lambda path: (path.unlink(), path.mkdir()), "no plain file"),
    ],
    ids=["text", "cut off", "huge", "alpha", "heavy", "link", "pipe", "folder"],
)
def test_whatever_lies_in_the_place_of_an_output_the_others_are_shown(runs, release, tmp_path, damage, words):
    image = output_in(runs, "median")
    damage(image)
    (sample,) = load_split(release, "paired", where=lambda record: record.image_id == image.stem)
    found = {run.result.label: run for run in read_all([runs])[0]}
    made = make(sample, outputs(sample.record, found), tmp_path / "pictures")
    assert made.names == ("_input", "_clean", "guided", "identity")
    assert [words in one.why for one in made.refused] == [True]


def test_no_output_shows_what_the_release_hides(tmp_path):
    rainy, seen = Image.new("RGB", (64, 48), "grey"), Image.new("RGB", (64, 48), "red")
    (tmp_path / "output.png").write_bytes(encode_png(seen))
    output = Output("nlcl", tmp_path / "output.png", pixel_digest(seen))
    image = show(output, rainy, [Box(left=60, top=10, width=4, height=8, kind="face")])
    red = np.asarray(image)[..., 0] == 255
    assert not red[10:18, 60:64].any()
    assert red.sum() == 64 * 48 - 4 * 8


def test_what_was_not_scored_is_refused(tmp_path):
    (tmp_path / "output.png").write_bytes(png(size=(64, 48)))
    with pytest.raises(ImageError, match="not the picture"):
        show(Output("nlcl", tmp_path / "output.png", sha("x")), Image.new("RGB", (64, 48)), [])


def record(number, scene) -> Record:
    return Record(
        image_id=sha(f"image {number}")[:16],
        sha256=sha(f"bytes {number}"),
        file_name=f"{sha(f'image {number}')[:16]}.jpg",
        width=100,
        height=80,
        domain="rainy",
        split="test",
        scene_id=sha(f"scene {scene}")[:16],
        rights=Rights(licence="CC0-1.0", author="Ada"),
        capture=Capture(),
    )


@given(
    scenes=st.lists(st.integers(0, 5), max_size=20), most=st.one_of(st.none(), st.integers(1, 20)), data=st.randoms()
)
@settings(max_examples=50, deadline=None)
def test_few_photographs_are_of_many_scenes_whatever_their_order(scenes, most, data):
    records = [record(number, scene) for number, scene in enumerate(scenes)]
    found = chosen(records, most)
    assert len(found) == min(len(records), most or 20)
    assert found == [one for one in records if one in found]
    assert len({one.scene_id for one in found}) == min(len(found), len(set(scenes)))
    shuffled = list(records)
    data.shuffle(shuffled)
    assert {one.image_id for one in chosen(shuffled, most)} == {one.image_id for one in found}


@given(width=st.integers(1, 700), height=st.integers(1, 700), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_crops_lie_in_the_photograph_where_it_differs_and_do_not_overlap(width, height, seed):
    rng = np.random.default_rng(seed)
    one, other = Image.new("RGB", (width, height)), Image.new("RGB", (width, height))
    x, y = int(rng.integers(width)), int(rng.integers(height))
    other.paste("white", (x, y, min(x + 20, width), min(y + 20, height)))
    found = windows((width, height), [difference(one, other)])
    for crop in found:
        assert crop.width == min(SIDE, width)
        assert crop.height == min(SIDE, height)
        assert crop.left >= 0
        assert crop.top >= 0
        assert crop.left + crop.width <= width
        assert crop.top + crop.height <= height
    assert found[0].left <= x < found[0].left + found[0].width
    assert found[0].top <= y < found[0].top + found[0].height
    assert len(found) == len({(crop.left, crop.top) for crop in found})


def test_a_strangers_words_in_a_record_are_only_words(runs, release, tmp_path, monkeypatch):
    from leaderboard.images import view

    monkeypatch.setattr(view, "_facts", lambda _: iter([("Author", "<script>alert(1)</script>")]))
    built(runs, tmp_path / "site", release, most=1)
    text = next(path for path in (tmp_path / "site" / BOARD / "images").glob("*.html") if path.stem != "index")
    assert "<script>alert" not in text.read_text()
    assert "&lt;script&gt;" in text.read_text()


def test_the_command_line_makes_pages_of_few_photographs_or_none(runs, release, tmp_path):
    words = ["build", str(runs), "--into", str(tmp_path / "site"), "--data", str(release), "--draws", "100"]
    done = CliRunner().invoke(app, [*words, "--most-images", "2"])
    assert done.exit_code == 0, done.output
    assert len(list((tmp_path / "site" / BOARD / "images").glob("*.html"))) == 3
    assert CliRunner().invoke(app, [*words, "--no-pictures"]).exit_code == 0
    assert not (tmp_path / "site" / BOARD / "images").exists()
    assert not (tmp_path / "site" / BOARD / "pictures").exists()
