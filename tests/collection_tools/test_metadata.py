import io
import re
import struct
import zlib

import numpy as np
import pyexiv2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from collection_tools.metadata.strip import orientation, strip_metadata
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import decode, pixel_digest

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" tiff:Artist="private"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


def metadata_by_another_library(data):
    with pyexiv2.ImageData(data) as image:
        return image.read_exif() | image.read_iptc() | image.read_xmp(), image.read_comment()


def same_picture(left, right):
    return pixel_digest(decode(left, where="left")) == pixel_digest(decode(right, where="right"))


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_camera_jpeg_keeps_its_picture_and_orientation_and_nothing_else(camera_jpeg, private_words, turn):
    data = camera_jpeg(turn, orientation=turn)
    before, comment = metadata_by_another_library(data)
    assert {"Exif.GPSInfo.GPSLatitude", "Exif.Photo.BodySerialNumber", "Exif.Photo.CameraOwnerName"} <= before.keys()
    assert comment
    clean = strip_metadata(data, where="test")
    left, comment = metadata_by_another_library(clean)
    assert not comment
    assert set(left) == (set() if turn == 1 else {"Exif.Image.Orientation"})
    assert not any(word in clean for word in private_words)
    assert orientation(clean) == turn
    assert same_picture(data, clean)


@pytest.mark.parametrize(
    "options",
    [
        {"progressive": True},
        {"subsampling": 0, "optimize": True},
        {"icc_profile": PROFILE},
        {"restart_marker_rows": 1},
        {"dpi": (300, 300)},
        {"xmp": XMP},
    ],
)
def test_all_kinds_of_jpeg_survive(photograph, encoded, options):
    data = encoded(photograph(3), **options)
    clean = strip_metadata(data, where="test")
    assert same_picture(data, clean)
    assert b"private" not in clean
    assert ("icc_profile" in Image.open(io.BytesIO(clean)).info) == ("icc_profile" in options)


def test_an_orientation_that_only_xmp_tells_is_kept(photograph, encoded):
    assert orientation(strip_metadata(encoded(photograph(3), xmp=XMP), where="test")) == 6


def test_cmyk_and_grey_jpegs_survive(photograph, encoded):
    for mode in ("CMYK", "L"):
        data = encoded(photograph(4).convert(mode))
        assert same_picture(data, strip_metadata(data, where="test"))


def test_a_second_picture_behind_the_first_goes(photograph, camera_exif, private_words):
    file = io.BytesIO()
    photograph(5).save(file, "MPO", save_all=True, append_images=[photograph(6)], exif=camera_exif())
    data = file.getvalue()
    clean = strip_metadata(data, where="test")
    assert Image.open(io.BytesIO(data)).format == "MPO"
    assert Image.open(io.BytesIO(clean)).format == "JPEG"
    assert len(clean) < 0.7 * len(data)
    assert not any(word in clean for word in private_words)
    assert same_picture(data, clean)


def test_comments_between_scans_and_a_thumbnail_in_jfif_go(photograph, encoded):
    data = encoded(photograph(7), progressive=True)
    scans = [found.start() for found in re.finditer(rb"\xff\xda", data)]
    assert len(scans) > 2
    comment = b"\xff\xfe" + struct.pack(">H", 9) + b"private"
    data = data[: scans[1]] + comment + data[scans[1] :]
    jfif = b"\xff\xe0" + struct.pack(">H", 16 + 3) + data[6:18] + b"\1\1" + b"\x7b\x7c\x7d"
    data = data[:2] + jfif + data[20:] + b"private tail"
    clean = strip_metadata(data, where="test")
    assert b"private" not in clean
    assert b"\x7b\x7c\x7d" not in clean[:40]
    assert same_picture(data, clean)


def test_stray_bytes_between_segments_and_a_missing_end_are_forgiven(photograph, encoded):
    data = encoded(photograph(8))
    odd = data[:20] + b"\0\0stray" + data[20:-2]
    assert strip_metadata(odd, where="test") == strip_metadata(data, where="test")


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_png_loses_text_and_exif_but_not_its_orientation(photograph, camera_exif, private_words, where):
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", private_words[0].decode())
    text.add_itxt("Comment", "private comment", zip=True)
    file = io.BytesIO()
    photograph(9).save(file, "PNG", pnginfo=text, exif=camera_exif(8), icc_profile=PROFILE)
    data = file.getvalue()
    if where == "after":
        chunk = data[data.index(b"eXIf") - 4 :]
        chunk = chunk[: 12 + int.from_bytes(chunk[:4], "big")]
        data = data.replace(chunk, b"")[:-12] + chunk + data[-12:] + b"private tail"
    clean = strip_metadata(data, where="test")
    left, _ = metadata_by_another_library(clean)
    assert set(left) == {"Exif.Image.Orientation"}
    assert not any(word in clean for word in private_words)
    assert b"private" not in clean
    assert "icc_profile" in Image.open(io.BytesIO(clean)).info
    assert same_picture(data, clean)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_all_kinds_of_png_survive(photograph, encoded, mode):
    image = photograph(10)
    odd = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257) if mode == "I;16" else image.convert(mode)
    data = encoded(odd, "PNG")
    assert same_picture(data, strip_metadata(data, where="test"))


def test_of_an_animated_png_the_still_picture_stays(photograph):
    file = io.BytesIO()
    photograph(1).save(file, "PNG", save_all=True, append_images=[photograph(2)])
    clean = strip_metadata(file.getvalue(), where="test")
    assert same_picture(file.getvalue(), clean)
    assert len(clean) < 0.7 * len(file.getvalue())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe1\x00\x01",
        b"\xff\xd8\xff\xe1\xff\xff",
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIDAT",
        b"\x89PNG\r\n\x1a\n\0\0\0\0IEND" + struct.pack(">I", zlib.crc32(b"IEND")),
    ],
)
def test_what_is_no_whole_file_is_refused(data):
    with pytest.raises(ImageError):
        strip_metadata(data, where="test")


@settings(max_examples=200, deadline=2000)
@given(st.data())
def test_damaged_files_are_cleaned_or_refused_but_never_crash(data):
    image = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    exif = Image.Exif()
    exif[0x013B] = "private"
    exif[0x0112] = 6
    file = io.BytesIO()
    image.save(file, data.draw(st.sampled_from(["JPEG", "PNG"])), exif=exif)
    damaged = bytearray(file.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(3, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        clean = strip_metadata(bytes(damaged), where="test")
    except ImageError:
        return
    assert strip_metadata(clean, where="test") == clean


@pytest.mark.realdata
def test_real_photographs_keep_their_pictures_and_lose_their_metadata(real_photographs):
    files = sorted((real_photographs / "exif").rglob("*.jp*g")) + sorted((real_photographs / "rain").rglob("*.*"))[::9]
    assert len(files) > 25
    for file in files:
        clean = strip_metadata(file.read_bytes(), where=file.name)
        left, comment = metadata_by_another_library(clean)
        assert set(left) <= {"Exif.Image.Orientation"}, file.name
        assert not comment, file.name
        assert same_picture(file.read_bytes(), clean), file.name
