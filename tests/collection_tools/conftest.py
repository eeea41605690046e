"""Photographs made for tests: small, of one kind each, with the metadata that cameras write."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from collection_tools.collect.collect import collect
from collection_tools.collect.sources import Stated

OWNER = "Ada Owner 1815"
SERIAL = "SN-0042-PRIVATE"


def _photograph(seed: int, size=(320, 272), noise=6.0) -> Image.Image:
    """A smooth random scene with sensor noise: no two seeds look alike."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 7, 3), np.uint8)).resize(size, Image.Resampling.BICUBIC)
    grain = rng.normal(0, noise, (size[1], size[0], 3))
    return Image.fromarray((np.asarray(coarse) + grain).clip(0, 255).astype(np.uint8))


def _camera_exif(orientation=1, seed=0) -> Image.Exif:
    """What a camera writes; photographs of different seeds are seven seconds apart."""
    minute, second = divmod((2579 + 7 * seed) % 3600, 60)
    exif = Image.Exif()
    exif[0x010F] = "Acme"
    exif[0x0110] = "Acme R1"
    exif[0x0112] = orientation
    exif[0x013B] = OWNER
    exif[0x8298] = OWNER
    exif[0x010E] = "a private comment"
    details = exif.get_ifd(0x8769)
    details[0x829A] = 0.008
    details[0x829D] = 2.8
    details[0x8827] = 400
    details[0x920A] = 35.0
    details[0x9003] = f"2024:05:17 18:{minute:02d}:{second:02d}"
    details[0xA430] = OWNER
    details[0xA431] = SERIAL
    details[0xA434] = "Acme 35mm"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (52.0, 31.0, 12.0)
    place[3], place[4] = "E", (13.0, 24.0, 36.0)
    return exif


def _encoded(image: Image.Image, kind="JPEG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **({"quality": 90} if kind == "JPEG" else {}), **options)
    return file.getvalue()


@pytest.fixture(scope="session")
def photograph():
    return _photograph


@pytest.fixture(scope="session")
def encoded():
    return _encoded


@pytest.fixture(scope="session")
def camera_exif():
    return _camera_exif


@pytest.fixture(scope="session")
def camera_jpeg():
    """A JPEG as a camera writes it: with place, owner, serial number, comment, thumbnail-sized JFIF data."""

    def make(seed=0, orientation=1, **options):
        return _encoded(
            _photograph(seed, **options), exif=_camera_exif(orientation, seed), comment=b"by " + OWNER.encode()
        )

    return make


@pytest.fixture(scope="session")
def private_words():
    return (OWNER.encode(), SERIAL.encode(), b"private comment")


@pytest.fixture
def album(tmp_path, camera_jpeg):
    """A folder of ``count`` photographs, all different."""

    def make(count, name="album", first=0):
        folder = tmp_path / name
        folder.mkdir()
        for number in range(first, first + count):
            (folder / f"{number:03d}.jpg").write_bytes(camera_jpeg(number))
        return folder

    return make


@pytest.fixture
def gather(tmp_path):
    """Collect folders into ``tmp_path / "store"`` with known rights."""

    def run(*folders, domain="rainy", licence="CC-BY-4.0", author="Ada", into=None, **options):
        given = Stated(licence=licence, author=author)
        return collect(folders, into or tmp_path / "store", domain=domain, given=given, **options)

    return run


@pytest.fixture
def tree():
    """All files below a folder with their bytes, without locks."""

    def read(folder: Path):
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != ".lock"
        }

    return read


@pytest.fixture(scope="session")
def real_photographs():
    named = os.environ.get("NLCL_BENCH_DATA")
    if not named:
        pytest.skip("NLCL_BENCH_DATA does not name the folder of real photographs")
    return Path(named)
