"""One curated folder for all tests of releases, with odd names in it; what changes it takes a copy."""

from __future__ import annotations

import shutil

import pytest

from collection_tools.collect.collect import collect
from collection_tools.collect.sources import Stated
from collection_tools.curate.curate import curate
from collection_tools.curate.curated import read_records
from collection_tools.curate.finding import Uncertain
from collection_tools.curate.recipe import read_recipe
from collection_tools.decisions import Decision, append_decision
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Box

ODD = 'Eve"\n---\nlicense: mit\n# <script>alert(1)</script> | [x](javascript:1) ``` www.evil.example {{ 7 }} yes: [no'


@pytest.fixture(scope="session")
def made(tmp_path_factory, camera_jpeg, photograph, encoded):
    """A folder with ``store`` and ``curated``: rainy JPEGs, two with twins, rain-free PNGs, a TIFF, a hidden box."""
    here = tmp_path_factory.mktemp("made")
    rain, dry, other = (here / name for name in ("rain", "dry", "other"))
    for folder in (rain, dry, other):
        folder.mkdir()
    for seed in range(5):
        (rain / f"{seed}.jpg").write_bytes(camera_jpeg(seed, orientation=6 if seed == 3 else 1))
        (other / f"{seed}.png").write_bytes(encoded(photograph(100 + seed), "PNG"))
    (other / "a.tif").write_bytes(encoded(photograph(300), "TIFF"))
    for seed in range(2):
        (dry / f"{seed}.png").write_bytes(encoded(photograph(200 + seed), "PNG"))
    given = Stated(
        licence="CC-BY-4.0", author="Ada", source="https://www.example.org/rain?a=1|2", consent="asked *all*"
    )
    collect([rain], here / "store", domain="rainy", given=given, clean=dry)
    collect([other], here / "store", domain="clean", given=Stated(licence="LicenseRef-Own.1", author=ODD))
    curate(here / "store", here / "curated", recipe=read_recipe(), faces=False)
    hidden = next(record for record in read_records(here / "curated") if record.clean_id is None)
    box = Box(left=20, top=20, width=60, height=50, kind="other")
    append_decision(here / "store", Decision(sha256=_collected(here, hidden.image_id), boxes=(box,)))
    curate(here / "store", here / "curated", recipe=read_recipe(), faces=False)
    return here


def _collected(here, image_id):
    from collection_tools.collect.store import open_store

    return next(row.sha256 for row in open_store(here / "store").rows() if row.sha256.startswith(image_id))


@pytest.fixture
def own(made, tmp_path):
    """A copy of it."""
    shutil.copytree(made, tmp_path / "own")
    return tmp_path / "own"


@pytest.fixture
def unsure():
    """Put images on the list of those that wait for a person."""

    def mark(curated, names):
        box = Box(left=1, top=1, width=9, height=9, kind="face", confidence=0.4)
        rows = [Uncertain(image_id=name, boxes=(box,)) for name in sorted(names)]
        manifest.write_part(rows, Uncertain, curated / "uncertain.parquet")

    return mark
