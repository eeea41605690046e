"""The page is safe to open, whatever strangers named their files, and whatever is missing."""

import re

import pytest
from PIL import Image

from collection_tools.collect.store import object_path
from collection_tools.curate.curate import curate
from collection_tools.curate.recipe import read_recipe
from collection_tools.report.report import report
from collection_tools.withdraw import withdraw

HOSTILE = (
    "<img src=x onerror=alert(1)>.jpg",
    "a\nb\r\x1b[31m\u202egpj.exe.jpg",
    "x" * 240 + ".jpg",
    "' \" & {{ 7*7 }}.jpg",
)


def fetched(page):
    """Everything that a browser would fetch or run."""
    found = [attrs.get(name) for _, attrs in page.elements for name in ("src", "href", "srcset", "data", "action")]
    found = [one for one in found if one is not None and not one.startswith(("data:image/jpeg;base64,", "#"))]
    found += [tag for tag, _ in page.elements if tag in {"script", "iframe", "object", "embed", "form", "base"}]
    return found + [name for _, attrs in page.elements for name in attrs if name.startswith("on")]


def test_names_from_strangers_are_shown_as_text(desk, tmp_path, camera_jpeg):
    folder = tmp_path / "<b onmouseover=alert(2)>"
    folder.mkdir()
    for seed, name in enumerate(HOSTILE):
        (folder / name).write_bytes(camera_jpeg(seed))
        (folder / f"not {name[:200]}").write_bytes(b"<script>")
    desk.collect(folder)
    desk.curate()
    report(desk.curated)
    page = desk.page()
    assert fetched(page) == ["data:,"]
    names = {alt.split(", ", 1)[0] for alt, _ in page.pictures()}
    assert "<img src=x onerror=alert(1)>.jpg" in names
    assert "' \" & {{ 7*7 }}.jpg" in names
    assert "<b onmouseover=alert(2)>" in page.text
    html = (desk.curated / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", html)


def test_a_page_about_one_photograph_and_one_about_nothing(desk, album, gather, tmp_path):
    gather(album(1))
    desk.curate()
    assert report(desk.curated).published == 1
    assert len(desk.page().pictures()) == 1
    own = tmp_path / "own.toml"
    own.write_text("[resolution]\nshorter_side = 9000", encoding="utf-8")
    curate(desk.store, tmp_path / "none", recipe=read_recipe(own), faces=False)
    summary = report(tmp_path / "none")
    assert (summary.met, summary.published, summary.scenes) == (1, 0, 0)
    text = (tmp_path / "none" / "report.html").read_text(encoding="utf-8")
    assert "Nothing is published" in text
    assert "packaged: 256" in text


def test_pictures_whose_bytes_are_gone_leave_their_place(desk, album, gather):
    gather(album(3))
    desk.curate()
    first, second, _ = desk.rows().values()
    object_path(desk.store, first.sha256, first.format).unlink()
    object_path(desk.store, second.sha256, second.format).write_bytes(b"other")
    assert report(desk.curated).published == 3
    assert len(desk.page().pictures()) == 1
    assert "No picture: its bytes are missing from the store" in desk.page().text
    assert "No picture: its bytes in the store are damaged" in desk.page().text


@pytest.mark.parametrize("curated_again", [False, True])
def test_a_withdrawn_photograph_is_counted_and_never_shown(desk, album, gather, curated_again):
    gather(album(3))
    desk.curate()
    row = desk.rows()["001.jpg"]
    withdraw(desk.store, [row.sha256], "a secret wish")
    if curated_again:
        desk.curate()
    summary = report(desk.curated)
    assert (summary.met, summary.published) == (3, 2 if curated_again else 3)
    html = (desk.curated / "report.html").read_text(encoding="utf-8")
    assert "001.jpg" not in html
    assert "secret" not in html
    assert len(desk.page().pictures()) == 2


def test_groups_of_copies_are_shown_with_the_kept_picture_first(desk, album, gather):
    folder = album(2)
    for quality in (60, 70, 80):
        Image.open(folder / "000.jpg").save(folder / f"copy{quality}.jpg", quality=quality)
    gather(folder)
    assert desk.curate().rejected == {"near-duplicate": 3}
    report(desk.curated)
    words = [alt for alt, _ in desk.page().pictures()]
    first = next(number for number, one in enumerate(words) if number > 4 and "near-duplicate" not in one)
    assert sum("near-duplicate" in one for one in words[first + 1 : first + 4]) == 3
    assert "and its copies" in desk.page().text
