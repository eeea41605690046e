"""Files of a few kilobytes that unpack to gigabytes, or keep a decoder busy for hours, cost neither."""

import io
import json
import runpy
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from nlcl_bench.core.images import MAX_PIXELS

HERE = Path(__file__).parent
GIGABYTE = 1 << 30
dng = runpy.run_path(str(HERE / "dng.py"))["dng"]


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def heif(side, said):
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (side, side), (90, 120, 30))).save(file, quality=40)
    before, after = (b"ispe\0\0\0\0" + struct.pack(">II", size, size) for size in (side, said))
    assert before in file.getvalue()
    return file.getvalue().replace(before, after)


def files():
    """Return the files by name, with what is said of each; None where it is sound, only large."""
    png = b"\x89PNG\r\n\x1a\n"
    head = lambda side: chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))  # noqa: E731
    end = chunk(b"IEND", b"")
    zeros = zlib.compress(b"\0" * (100 << 20), 1)
    small = saved(Image.new("RGB", (64, 64)), "PNG")
    largest = int(MAX_PIXELS["PNG"] ** 0.5)
    scans = saved(Image.radial_gradient("L").resize((1000, 1000)), "JPEG", progressive=True)
    webp = saved(Image.new("RGB", (64, 64)), "WEBP", icc_profile=b"x" * 4)
    return {
        "huge.png": (png + head(60000) + chunk(b"IDAT", zlib.compress(b"")) + end, "has more than 62,000,000 pixels"),
        "largest.png": (saved(Image.new("RGB", (largest, largest)), "PNG", compress_level=1), None),
        "profile.png": (png + small[8:33] + chunk(b"iCCP", b"x\0\0" + zeros) + small[33:], "is damaged"),
        "text.png": (png + small[8:33] + chunk(b"zTXt", b"x\0\0" + zeros) + small[33:], "is damaged"),
        "deflated.tif": (saved(Image.new("RGB", (5000, 5000)), "TIFF", compression="tiff_adobe_deflate"), None),
        "huge.tif": (taller(saved(Image.new("RGB", (64, 64)), "TIFF", compression="tiff_lzw")), "has more than"),
        "flat.webp": (saved(Image.new("RGB", (3000, 3000)), "WEBP", lossless=True, method=0), None),
        "huge.webp": (webp[:24] + b"\xfe\x3f\0\xfe\x3f\0" + webp[30:], "has more than 45,000,000 pixels"),
        "huge.heic": (heif(64, 30000), "has more than 50,000,000 pixels"),
        "small.heic": (heif(1024, 64), "is damaged"),
        "scans.jpg": (scans[:-2] + scans[scans.rindex(b"\xff\xda") : -2] * 100 + b"\xff\xd9", "more than 64 scans"),
        "stretched.dng": (dng(Image.new("RGB", (3000, 2500)), first=[(50718, 5, [1, 9, 1, 1])]), "has more than"),
        "tilted.dng": (dng(Image.new("RGB", (300, 9000)), first=[(50711, 3, [2])]), "is damaged"),
    }


def taller(data):
    """Say that a picture of 64 rows has 60000 x 60000 pixels, in one strip."""
    for tag in (256, 257, 278):
        at = data.index(struct.pack("<HHI", tag, 3, 1))
        data = data[:at] + struct.pack("<HHII", tag, 4, 1, 60000) + data[at + 12 :]
    return data


def test_no_bomb_takes_a_gigabyte_or_ten_seconds(tmp_path):
    said = files()
    (tmp_path / "files").mkdir()
    for name, (data, _) in said.items():
        (tmp_path / "files" / name).write_bytes(data)
    command = [sys.executable, str(HERE / "campaign.py"), str(tmp_path / "campaign"), "--real", str(tmp_path / "files")]
    done = subprocess.run(
        [*command, "--mutants", "0", "--collect-only"], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)
    for name, (_, reason) in said.items():
        assert (reason or "") in found["reasons"].get(f"mutants/{name}", ""), name
        assert (reason is None) == (f"mutants/{name}" not in found["reasons"]), name
    assert found["peak"] < GIGABYTE
    assert found["slowest"] < 10


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_a_picture_of_one_colour_is_sound_however_little_space_it_takes(kind):
    from nlcl_bench.core.images import decode

    options = {"TIFF": {"compression": "tiff_adobe_deflate"}, "WEBP": {"lossless": True}}.get(kind, {})
    shown = decode(saved(Image.new("RGB", (1500, 1000), (1, 2, 3)), kind, **options), where="x")
    assert np.asarray(shown).reshape(-1, 3).max(axis=0).tolist() == [1, 2, 3]
