"""Somebody's own photograph keeps what the camera wrote, and its bits."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from nlcl_bench.core.deep import decode_deep, encode_deep, is_deep, with_chunks
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.exif import made_true
from nlcl_bench.evaluation.derain import derain, find_inputs
from nlcl_bench.evaluation.photo import png_of, read_photo
from nlcl_bench.methods.catalogue import METHODS

MAKER, LENS, LATITUDE = 271, 0xA434, 2


def jpeg(photograph, orientation=6):
    exif = Image.Exif()
    exif[MAKER], exif[274] = "Acme", orientation
    exif.get_ifd(0x8769).update({LENS: "50 mm", 0xA002: 64, 0xA003: 40, 0xA001: 65535, 37500: b"maker's own" * 9})
    exif.get_ifd(0x8825)[LATITUDE] = (52.0, 31.0, 12.0)
    stream = io.BytesIO()
    photograph(1, 64, 40).save(stream, "JPEG", exif=exif, quality=95)
    return stream.getvalue()


def through(data: bytes) -> Image.Image:
    photo = read_photo(data, where="photo")
    return Image.open(io.BytesIO(png_of(photo, photo.pixels)))


def test_exif_is_kept_and_says_what_is_true_of_the_upright_picture(photograph):
    picture = through(jpeg(photograph))
    exif = picture.getexif()
    assert picture.size == (40, 64)
    assert (exif[MAKER], exif[274]) == ("Acme", 1)
    deeper = exif.get_ifd(0x8769)
    assert (deeper[LENS], deeper[0xA002], deeper[0xA003], deeper[0xA001]) == ("50 mm", 40, 64, 1)
    assert deeper[37500] == b"maker's own" * 9
    assert exif.get_ifd(0x8825)[LATITUDE] == (52.0, 31.0, 12.0)
    assert picture.info["srgb"] == 0


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80), st.sampled_from([b"II*\0", b"MM\0*"]))
def test_a_strangers_block_of_any_bytes_is_survived(noise, header):
    block = header + noise
    for changed in (made_true(block, (3, 2), srgb=True), made_true(noise, (3, 2), srgb=True)):
        assert len(changed) in {0, len(block), len(noise)}


def deep(height=30, width=40) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 65536, (height, width, 3), dtype=np.uint16)


def test_sixteen_bits_come_back_bit_for_bit():
    picture = deep()
    png = encode_deep(picture)
    assert is_deep(png, "PNG")
    assert np.array_equal(decode_deep(png, "PNG"), picture)
    photo = read_photo(png, where="deep.png")
    again = png_of(photo, photo.pixels)
    assert np.array_equal(decode_deep(again, "PNG"), picture)
    Image.open(io.BytesIO(again)).verify()  # checksums of all chunks


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_of_sixteen_bits_is_turned_as_one_of_eight(orientation):
    picture = deep()
    exif = Image.Exif()
    exif[274] = orientation
    png = with_chunks(encode_deep(picture), exif=exif.tobytes().removeprefix(b"Exif\0\0"))
    photo = read_photo(png, where="turned.png")
    assert photo.deep
    plain = np.asarray(through(png)).astype(int)
    shown = Image.fromarray((picture >> 8).astype(np.uint8))
    stream = io.BytesIO()
    shown.save(stream, "PNG", exif=exif)
    expected = np.asarray(through(stream.getvalue())).astype(int)
    assert plain.shape == expected.shape
    assert np.abs(plain - expected).max() <= 1


def test_a_sixteen_bit_tiff_gives_a_sixteen_bit_png(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    picture = deep()
    for name, options in {"plain": {}, "packed": {"compression": "zlib", "predictor": True}}.items():
        tifffile.imwrite(tmp_path / f"{name}.tif", picture, photometric="rgb", metadata=None, **options)
        photo = read_photo((tmp_path / f"{name}.tif").read_bytes(), where=name)
        assert np.array_equal(decode_deep(png_of(photo, photo.pixels), "PNG"), picture)


def test_grey_of_sixteen_bits_is_kept_too():
    grey = deep()[..., 0]
    stream = io.BytesIO()
    Image.fromarray(grey).save(stream, "PNG")
    photo = read_photo(stream.getvalue(), where="grey")
    assert photo.deep
    assert np.array_equal(decode_deep(png_of(photo, photo.pixels), "PNG")[..., 1], grey)


def test_a_deep_picture_in_another_colour_space_keeps_its_profile():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = read_photo(with_chunks(encode_deep(deep()), profile=profile), where="photo")
    assert (photo.deep, photo.profile) == (True, profile)
    assert Image.open(io.BytesIO(png_of(photo, photo.pixels))).info["icc_profile"] == profile


def test_eight_bits_stay_eight(photograph):
    stream = io.BytesIO()
    photograph(2, 30, 20).save(stream, "PNG")
    assert not is_deep(stream.getvalue(), "PNG")
    assert np.array_equal(np.asarray(through(stream.getvalue())), np.asarray(photograph(2, 30, 20)))


def test_photos_and_films_of_one_name_do_not_meet(tmp_path, photograph):
    for name in ("a.jpg", "a.png", "b.jpg"):
        photograph(0, 20, 20).save(tmp_path / name)
    for name in ("a.mp4", "b.MOV", "b.mkv"):
        (tmp_path / name).write_bytes(b"x")
    names = {source.name: name for source, name in find_inputs([tmp_path])}
    assert names == {
        "a.jpg": "a.jpg.png",
        "a.png": "a.png.png",
        "b.jpg": "b.png",
        "a.mp4": "a.mp4",
        "b.MOV": "b.MOV.mp4",
        "b.mkv": "b.mkv.mp4",
    }


def test_an_output_never_takes_the_place_of_an_input(tmp_path, photograph):
    photograph(0, 20, 20).save(tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()
    run = derain(
        find_inputs([tmp_path / "a.png"]),
        tmp_path,
        METHODS.get("identity"),
        weights=None,
        device=torch.device("cpu"),
        overwrite=True,
    )
    with pytest.raises(InputError, match=r"would be replaced by an output .choose another folder"):
        list(run)
    assert (tmp_path / "a.png").read_bytes() == before


def test_a_bad_film_stops_nobody(tmp_path, photograph):
    photograph(0, 20, 20).save(tmp_path / "a.jpg")
    (tmp_path / "b.mp4").write_bytes(b"no video")
    found = find_inputs([tmp_path])
    run = derain(found, tmp_path / "out", METHODS.get("identity"), weights=None, device=torch.device("cpu"))
    problems = {one.source.name: one.problem for one in run}
    assert problems["a.jpg"] is None
    assert problems["b.mp4"] == "is not a video we can read: use MP4, MOV, MKV, WebM, AVI or MPEG-TS"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png"]
