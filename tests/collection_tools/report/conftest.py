"""A curated folder in which a photograph was lost for every reason that there is, and pages as a browser reads them."""

from __future__ import annotations

import base64
import io
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image, ImageFilter

from collection_tools.collect.collect import collect
from collection_tools.collect.sources import Stated
from collection_tools.collect.store import object_path, open_store
from collection_tools.curate.against import fingerprint
from collection_tools.curate.curate import curate
from collection_tools.curate.curated import read_records
from collection_tools.curate.finding import Finding
from collection_tools.curate.findings import key_of
from collection_tools.curate.recipe import read_recipe
from collection_tools.decisions import Decision, append_decision
from collection_tools.withdraw import withdraw
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Box

REASONS = {
    "collected": {"is not an image we can read", "is empty", "is damaged"},
    "sound": {
        "was withdrawn",
        "has a made-up damage",
        "its bytes are missing from the store",
        "its bytes in the store are damaged",
    },
    "passed": {
        "shorter side under 256 pixels",
        "longer side over 3 times the shorter",
        "ends in plain grey, as if cut off",
        "JPEG quality under 50",
        "is too dark",
        "is too bright",
        "is black for the most part",
        "has bars along its sides",
        "has no colour",
        "is blurred",
        "is enlarged from a smaller picture",
    },
    "allowed": {"rejected in review", "too much of it would have to be blurred"},
    "single": {"duplicate", "near-duplicate", "same picture", "is in a known test set"},
    "published": {"would tie together scenes of different splits"},
}


class Page(HTMLParser):
    """What stands on a page: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def pictures(self) -> list[tuple[str, Image.Image]]:
        """Every picture with its words."""
        found = [attrs for tag, attrs in self.elements if tag == "img"]
        return [(one["alt"], _opened(one["src"])) for one in found]


def _opened(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/jpeg;base64,"), validate=True)))


class Desk(NamedTuple):
    """A store and its curated folder."""

    store: Path
    curated: Path

    def collect(self, folder, domain="rainy", **options):
        return collect([folder], self.store, domain=domain, given=Stated(licence="CC-BY-4.0", author="Ada"), **options)

    def curate(self, **options):
        return curate(self.store, self.curated, recipe=read_recipe(), faces=False, **options)

    def rows(self):
        return {Path(row.file).name: row for row in open_store(self.store).values()}

    def page(self) -> Page:
        return Page((self.curated / "report.html").read_text(encoding="utf-8"))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path / "store", tmp_path / "curated")


def _flawed(folder, photograph, encoded):
    """Photographs of which each fails one check."""

    def put(name, image, **options):
        (folder / name).write_bytes(encoded(image, **options))

    def plain(seed):
        return photograph(seed, size=(640, 512))

    put("small.jpg", photograph(200, size=(300, 200)))
    put("stripe.jpg", photograph(201, size=(1200, 300)))
    cut, barred = plain(202), plain(203)
    cut.paste((128, 128, 128), (0, 400, 640, 512))
    barred.paste((0, 0, 0), (0, 0, 640, 60))
    put("cut.png", cut, kind="PNG")
    put("barred.png", barred, kind="PNG")
    plain(204).save(folder / "coarse.jpg", quality=10)
    put("dark.png", plain(205).point(lambda value: value // 20), kind="PNG")
    put("bright.png", plain(206).point(lambda value: 244 + value // 24), kind="PNG")
    black = plain(207)
    black.paste((0, 0, 0), (0, 0, 460, 512))
    put("black.png", black, kind="PNG")
    put("grey.png", plain(208).convert("L").convert("RGB"), kind="PNG")
    blocks = np.random.default_rng(209).integers(0, 256, (32, 40, 3), np.uint8).repeat(16, axis=0).repeat(16, axis=1)
    put("blurred.png", Image.fromarray(blocks).filter(ImageFilter.GaussianBlur(4)), kind="PNG")
    put("enlarged.png", photograph(210, size=(300, 272)).resize((660, 598), Image.Resampling.BICUBIC), kind="PNG")


@pytest.fixture(scope="session")
def losses():
    """The reasons at each step."""
    return REASONS


@pytest.fixture(scope="session")
def every_loss(tmp_path_factory, photograph, encoded, camera_jpeg):
    """A curated folder with a loss for each of ``REASONS``, not to be changed."""
    home = tmp_path_factory.mktemp("losses")
    desk = Desk(home / "store", home / "curated")
    album, rain, dry, more, known, claim = (home / name for name in ("album", "rain", "dry", "more", "known", "claim"))
    for folder in (album, rain, dry, more, known, claim):
        folder.mkdir()
    for seed in range(16):
        (album / f"{seed:03d}.jpg").write_bytes(camera_jpeg(seed))
    desk.collect(album)
    desk.curate()
    splits = {record.image_id: record.split for record in read_records(desk.curated)}
    seeds = {splits[row.sha256[:16]]: int(name[:3]) for name, row in desk.rows().items() if name > "001.jpg"}
    (rain / "bridge.png").write_bytes(encoded(photograph(seeds["train"], noise=8), "PNG"))
    (dry / "bridge.png").write_bytes(encoded(photograph(seeds["test"], noise=8), "PNG"))
    desk.collect(rain, clean=dry)
    _flawed(more, photograph, encoded)
    (more / "notes.txt").write_bytes(b"no picture")
    (more / "empty.jpg").write_bytes(b"")
    (more / "half.jpg").write_bytes(camera_jpeg(220)[:4000])
    (more / "same.jpg").write_bytes((album / "000.jpg").read_bytes()[:-2] + b"\xff\xfe\x00\x09another\xff\xd9")
    (more / "again.png").write_bytes(
        encoded(Image.open(album / "001.jpg").resize((300, 255)).resize((320, 272)), "PNG")
    )
    for number, name in enumerate(("taken", "broken", "gone", "short", "unwanted", "hidden", "leaked", "claimed")):
        (more / f"{name}.jpg").write_bytes(camera_jpeg(230 + number))
    (known / "known.jpg").write_bytes((more / "leaked.jpg").read_bytes())
    desk.collect(more)
    (claim / "claim.png").write_bytes(encoded(Image.open(more / "claimed.jpg"), "PNG"))
    desk.collect(claim, domain="clean")
    _spoil(desk)
    fingerprint(known, home / "known.parquet")
    desk.curate(against=[home / "known.parquet"])
    return desk


def _spoil(desk):
    rows = desk.rows()
    withdraw(desk.store, [rows["taken.jpg"].sha256], "somebody asked")
    objects = {name: object_path(desk.store, row.sha256, row.format) for name, row in rows.items()}
    objects["gone.jpg"].unlink()
    objects["short.jpg"].write_bytes(objects["short.jpg"].read_bytes()[:-1])
    found = desk.curated / "findings" / key_of(read_recipe(), faces=False) / "9999-of-9999"
    found.mkdir()
    damage = Finding(sha256=rows["broken.jpg"].sha256, damage="has a made-up damage")
    manifest.write_part([damage], Finding, found / "part-000001.parquet")
    all_of_it = Box(left=0, top=0, width=300, height=270, kind="other")
    append_decision(desk.store, Decision(sha256=rows["hidden.jpg"].sha256, boxes=(all_of_it,)))
    append_decision(desk.store, Decision(sha256=rows["unwanted.jpg"].sha256, verdict="reject", reason="<b>dull</b>"))
