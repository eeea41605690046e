"""Every kind of file is collected as what it is, and published with the same pixels and nothing about its owner."""

import io
import runpy
import struct
import sys
from pathlib import Path

import numpy as np
import pillow_heif
import pyexiv2
import pytest
from PIL import Image, ImageCms

from collection_tools.collect.exif import read_capture, read_moment
from collection_tools.collect.store import object_path, open_store, read_rejected
from collection_tools.curate.curate import curate
from collection_tools.curate.curated import read_records
from collection_tools.curate.recipe import read_recipe
from collection_tools.metadata.block import exif_of
from collection_tools.metadata.publish import publishable
from collection_tools.metadata.strip import orientation, strip_metadata
from collection_tools.release.release import release
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import decode, pixel_digest
from nlcl_bench.core.kinds import kind_of
from nlcl_bench.core.raw import development
from nlcl_bench.core.tiff import Entry, first_directory, written
from nlcl_bench.data.record import Capture

dng = runpy.run_path(str(Path(__file__).with_name("fuzz") / "dng.py"))["dng"]

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

# The allow-list, and what is not on it, as entries of a DNG.
SHOT = [
    *((0x829A, 5, [1, 125]), (0x829D, 5, [28, 10]), (0x8827, 3, [400]), (0x9003, 2, b"2024:05:17 18:42:59\0")),
    *((0x920A, 5, [35, 1]), (0xA434, 2, b"Acme 35mm\0"), (0xA430, 2, b"Ada Owner 1815\0")),
    (0xA431, 2, b"SN-0042-PRIVATE\0"),
]
TAKEN = Capture(
    camera_make="Acme",
    camera_model="Acme R1",
    lens_model="Acme 35mm",
    exposure_seconds=0.008,
    f_number=2.8,
    iso=400,
    focal_length_mm=35.0,
    taken_at="2024-05-17T18",
)


def heif(image, **options):
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, **{"quality": 90, **options})
    return file.getvalue()


def other_library(data):
    with pyexiv2.ImageData(data) as image:
        return image.read_exif() | image.read_iptc() | image.read_xmp()


def pixels(data):
    return pixel_digest(decode(data, where="test"))


def smooth(photograph, size=(320, 272)):
    return photograph(3, size=size, noise=0)


@pytest.fixture(scope="session")
def of_every_kind(photograph, encoded, camera_exif, camera_jpeg):
    """One photograph of every kind, with all that a camera writes, by the kind's name."""
    picture, exif = photograph(1), camera_exif()
    veiled = picture.copy()
    veiled.putalpha(Image.linear_gradient("L").resize(picture.size))
    moving = {"save_all": True, "append_images": [photograph(2)], "duration": 40}
    return {
        "JPEG": camera_jpeg(1),
        "PNG": encoded(picture, "PNG", exif=exif),
        "TIFF": encoded(picture, "TIFF", exif=exif.tobytes()),
        "WEBP": encoded(picture, "WEBP", exif=exif, xmp=b"<x>SN-0042-PRIVATE</x>"),
        "WEBP without loss": encoded(veiled, "WEBP", lossless=True, exif=exif),
        "WEBP animation": encoded(picture, "WEBP", exif=exif, **moving),
        "BMP": encoded(picture, "BMP"),
        "HEIF": heif(picture, exif=exif.tobytes(), xmp=b"<x>SN-0042-PRIVATE</x>"),
        "RAW": dng(picture, details=SHOT),
    }


CONVERTED = {
    "TIFF": "TIFF, decoded and saved as PNG",
    "WEBP animation": "WebP animation, its first frame saved as PNG",
    "BMP": "BMP, decoded and saved as PNG",
    "HEIF": "HEIF, decoded and saved as PNG",
    "RAW": f"camera RAW, developed to PNG by {development()}",
}
SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "WEBP without loss": "webp"}
KINDS = [*SUFFIXES, *CONVERTED]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_published_shows_the_same_pixels_and_knows_no_owner(of_every_kind, private_words, kind):
    data = of_every_kind[kind]
    assert kind_of(data) == kind.split()[0]
    done = publishable(data, where="test")
    assert (done.suffix, done.converted) == (SUFFIXES.get(kind, "png"), CONVERTED.get(kind))
    assert pixels(done.data) == pixels(data)
    assert other_library(done.data) == {}
    assert not any(word in done.data for word in private_words)
    assert publishable(data, where="test") == done
    assert publishable(done.data, where="test").data == done.data


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_that_knows_nothing_of_us_shows_the_same_picture(of_every_kind, kind):
    from datasets import Dataset, Features
    from datasets import Image as Column

    done = publishable(of_every_kind[kind], where="test")
    rows = Dataset.from_list([{"image": {"bytes": done.data, "path": None}}], Features({"image": Column()}))
    shown = rows[0]["image"]
    assert shown.size == decode(of_every_kind[kind], where="test").size
    if shown.mode == "RGB":
        assert shown.tobytes() == decode(of_every_kind[kind], where="test").tobytes()


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 80}])
def test_a_webp_keeps_its_compressed_picture_profile_and_orientation(photograph, encoded, camera_exif, turn, options):
    data = encoded(photograph(4), "WEBP", exif=camera_exif(turn), icc_profile=PROFILE, **options)
    clean = strip_metadata(data, where="test")
    assert set(other_library(clean)) == (set() if turn == 1 else {"Exif.Image.Orientation"})
    assert orientation(clean) == turn
    assert chunks(clean)[b"ICCP"] == PROFILE
    picture = b"VP8L" if "lossless" in options else b"VP8 "
    assert chunks(clean)[picture] == chunks(data)[picture]
    flags = chunks(clean)[b"VP8X"][0]
    assert (bool(flags & 0x20), bool(flags & 0x08), bool(flags & 0x04)) == (True, turn != 1, False)
    assert pixels(clean) == pixels(data)


def chunks(data):
    """The chunks of a WebP file, read the slow way."""
    found, at = {}, 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        found[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    assert at == len(data) == int.from_bytes(data[4:8], "little") + 8
    return found


def test_a_plain_webp_stays_as_it_is_but_for_what_follows_it(photograph, encoded):
    data = encoded(photograph(5), "WEBP")
    assert strip_metadata(data + b"private tail", where="test") == data
    unknown = data + b"PRIV" + struct.pack("<I", 7) + b"private\0"
    unknown = unknown[:4] + struct.pack("<I", len(unknown) - 8) + unknown[8:]
    assert strip_metadata(unknown, where="test") == data


@pytest.mark.parametrize("cut", [4, 11, 19, 24, 40])
def test_a_webp_that_breaks_off_is_refused(photograph, encoded, cut):
    data = encoded(photograph(6), "WEBP")
    with pytest.raises(ImageError):
        publishable(data[:cut], where="test")
    with pytest.raises(ImageError):
        publishable(data[:-cut], where="test")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "WEBP without loss", "WEBP animation", "HEIF", "RAW"])
def test_the_allow_list_is_read_from_every_kind(of_every_kind, private_words, kind):
    capture = read_capture(of_every_kind[kind])
    assert capture == TAKEN
    assert not any(word.decode() in capture.model_dump_json() for word in private_words)
    assert read_moment(of_every_kind[kind]) is not None


def test_the_exif_of_fujifilms_and_canons_raw_files_is_found(of_every_kind):
    jpeg = of_every_kind["JPEG"]
    fujifilm = b"FUJIFILMCCD-RAW".ljust(84, b"\0") + struct.pack(">II", 160, len(jpeg))
    assert read_capture(fujifilm.ljust(160, b"\0") + jpeg) == TAKEN
    exif = exif_of(of_every_kind["RAW"])
    head = b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + b"\0\0\1\0moov"
    boxes = b"\0\0\1\0CMT1" + written(exif.order, exif.first) + b"\0\0\1\0CMT2" + written(exif.order, exif.details)
    assert read_capture(head + boxes) == TAKEN


@pytest.mark.parametrize(
    "data",
    [
        b"FUJIFILMCCD-RAW",
        b"FUJIFILMCCD-RAW".ljust(84, b"\0") + b"\xff" * 8,
        b"\0\0\0\x18ftypcrx CMT1",
        b"\0\0\0\x18ftypcrx CMT1II*\0\x08\0\0\0\xff\xffCMT2MM\0*",
        b"\0\0\0\x18ftypheic" + b"\xff" * 40,
        b"II*\0\x08\0\0\0" + b"\xff" * 40,
    ],
)
def test_damaged_exif_of_any_kind_gives_an_empty_capture(data):
    assert read_capture(data) == Capture()


def test_directories_that_go_round_in_circles_or_name_millions_of_values_end_soon():
    many = b"".join(struct.pack("<HHII", 0x829A, 5, 900, 8) for _ in range(60000))
    around = struct.pack("<HHII", 0x8769, 4, 1, 8)
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", 60001) + around + many + struct.pack("<I", 8)
    assert read_capture(data + b"\0" * 8000).camera_make is None


def test_a_directory_written_is_read_again():
    entries = {
        0x010F: Entry(2, 5, b"Acme\0"),
        0x0112: Entry(3, 1, b"\x06\0"),
        0x829A: Entry(5, 1, b"\1\0\0\0\x7d\0\0\0"),
    }
    assert first_directory(written("<", entries)) == entries


# camera RAW


def test_a_raw_file_is_developed_to_the_picture_that_its_sensor_saw(photograph):
    picture = smooth(photograph)
    shown = decode(dng(picture), where="test")
    difference = np.abs(np.asarray(shown, int) - np.asarray(picture, int))
    assert shown.size == picture.size
    assert difference.mean() < 1  # demosaicing blurs colours a little; a wrong tone curve or matrix is far off
    assert np.quantile(difference, 0.999) <= 12


@pytest.mark.parametrize("level", [40, 200])
def test_nothing_is_brightened_and_grey_stays_grey(level):
    shown = np.asarray(decode(dng(Image.new("RGB", (64, 64), (level,) * 3)), where="test"), int)
    assert np.abs(shown - level).max() <= 1


@pytest.mark.parametrize(("orientation", "size"), [(1, (320, 272)), (3, (320, 272)), (6, (272, 320)), (8, (272, 320))])
def test_a_raw_file_is_turned_as_its_camera_says(photograph, orientation, size):
    stored = smooth(photograph)
    upright = stored.rotate({1: 0, 3: 180, 6: 270, 8: 90}[orientation], expand=True)
    shown = decode(dng(stored, orientation=orientation), where="test")
    assert shown.size == size
    assert np.abs(np.asarray(shown, int) - np.asarray(upright, int)).mean() < 1


def test_without_rawpy_a_raw_file_is_refused_with_what_to_install(photograph, monkeypatch, tmp_path, gather):
    folder = tmp_path / "card"
    folder.mkdir()
    (folder / "a.dng").write_bytes(dng(photograph(1, size=(64, 48))))
    (folder / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "rawpy", raising=False)
    assert gather(folder).added == 0
    reasons = {row.file: row.reason for row in read_rejected(tmp_path / "store").values()}
    assert reasons["card/a.dng"] == "is a camera RAW file, which is read with the extra raw: install nlcl-bench[raw]"


def test_a_raw_file_that_breaks_off_is_damaged_though_its_decoder_would_fill_in_black(photograph):
    data = dng(photograph(1, size=(64, 48)))
    with pytest.raises(ImageError, match="it ends early"):
        decode(data[:-1], where="test")


@pytest.mark.parametrize("pattern", [b"\0\1\1\x21", b"\0\0\1\2", b"\0\1\2\1", b"\0\1\1", b"\1\1\1\1"])
def test_colour_filters_in_no_known_order_are_refused_because_their_picture_would_differ_each_time(photograph, pattern):
    data = dng(photograph(1, size=(64, 48)))
    entry = struct.pack("<HHI", 33422, 1, 4) + b"\0\1\1\2"
    assert entry in data
    odd = struct.pack("<HHI", 33422, 1, len(pattern)) + pattern.ljust(4, b"\0")
    with pytest.raises(ImageError, match="in no known order"):
        decode(data.replace(entry, odd), where="test")


def test_a_finished_tiff_of_a_camera_is_no_raw_file(of_every_kind):
    assert kind_of(of_every_kind["TIFF"]) == "TIFF"
    assert (
        kind_of(of_every_kind["RAW"].replace(struct.pack("<HHI", 50706, 1, 4), struct.pack("<HHI", 50707, 1, 4)))
        == "RAW"
    )


# all the way


def test_photographs_of_every_kind_go_all_the_way_to_a_release(of_every_kind, tmp_path, gather, photograph, encoded):
    folder = tmp_path / "card"
    folder.mkdir()
    made = {
        "a.jpg": of_every_kind["JPEG"],
        "b.tif": encoded(photograph(11), "TIFF"),
        "c.webp": encoded(photograph(12), "WEBP", quality=95),
        "d.heic": heif(photograph(13), quality=95),
        "e.dng": dng(photograph(14), orientation=6),
    }
    for name, data in made.items():
        (folder / name).write_bytes(data)
    assert gather(folder).added == len(made)
    rows = {row.file.split("/")[1]: row for row in open_store(tmp_path / "store").rows()}
    assert {name: row.format for name, row in rows.items()} == {
        "a.jpg": "JPEG",
        "b.tif": "TIFF",
        "c.webp": "WEBP",
        "d.heic": "HEIF",
        "e.dng": "RAW",
    }
    for name, row in rows.items():
        assert object_path(tmp_path / "store", row.sha256, row.format).read_bytes() == made[name]
    curate(tmp_path / "store", tmp_path / "curated", recipe=read_recipe(), faces=False)
    records = {record.image_id: record for record in read_records(tmp_path / "curated")}
    kept = {name: records[row.sha256[:16]] for name, row in rows.items()}
    assert {name: record.file_name[17:] for name, record in kept.items()} == {
        "a.jpg": "jpg",
        "b.tif": "png",
        "c.webp": "webp",
        "d.heic": "png",
        "e.dng": "png",
    }
    assert kept["e.dng"].converted == CONVERTED["RAW"]
    assert kept["a.jpg"].converted is None
    release(
        tmp_path / "curated",
        tmp_path / "release",
        name="small",
        title="Small",
        contact="x@example.org",
        without_face_check=True,
    )
