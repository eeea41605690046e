"""Whatever a file holds, the toolkit sees an upright sRGB image of eight bits, or one clear line."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import MAX_PIXELS, decode, decode_file, from_tensor, pixel_digest, to_tensor, write_png
from nlcl_bench.core.profiles import rgb_profile


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format=kind, **options)
    return stream.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises far more pixels than its few bytes hold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_out_upright(photograph, orientation):
    upright = photograph(0, 40, 24)
    inverse = {2: [0], 3: [3], 4: [1], 5: [5], 6: [2], 7: [6], 8: [4]}  # how the camera held the sensor
    stored = upright
    for step in inverse.get(orientation, []):
        stored = stored.transpose(Image.Transpose(step))
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert decode(encoded(stored, exif=exif), where="x").tobytes() == upright.tobytes()


def test_a_wide_colour_profile_is_applied_and_that_of_srgb_changes_nothing(photograph):
    image = photograph(5)
    wide = rgb_profile([(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)])
    pixels = np.asarray(image)
    shown = np.asarray(decode(encoded(image, icc_profile=wide), where="x"))
    assert np.abs(shown.astype(int) - pixels).max() > 10
    expected = ImageCms.profileToProfile(
        image, ImageCms.ImageCmsProfile(io.BytesIO(wide)), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert np.array_equal(shown, np.asarray(expected))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(np.asarray(decode(encoded(image, icc_profile=srgb), where="x")), pixels)


def test_a_broken_colour_profile_is_ignored():
    image = Image.new("RGB", (8, 8), (200, 30, 40))
    assert decode(encoded(image, icc_profile=b"no profile at all"), where="x").tobytes() == image.tobytes()


def test_sixteen_bits_are_scaled_to_eight():
    deep = Image.fromarray(np.array([[0, 32896, 65535]], dtype=np.uint16))
    assert np.asarray(decode(encoded(deep), where="x"))[0, :, 0].tolist() == [0, 128, 255]


def test_transparency_is_laid_on_white():
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    assert np.asarray(decode(encoded(image), where="x")).tolist() == [[[255, 0, 0], [255, 255, 255]]]


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "RGBA"])
def test_every_mode_becomes_rgb(mode):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert decode(encoded(Image.new(mode, (5, 4)), kind), where="x").mode == "RGB"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"rain, rain, go away", "is not an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not an image"),
        (bomb(20000, 20000), f"has more than {MAX_PIXELS['PNG']:,} pixels"),
        (bomb(100, 100), "is damaged"),
    ],
)
def test_what_is_no_photograph_is_told_in_one_line(data, says):
    with pytest.raises(ImageError, match=says) as caught:
        decode(data, where="holiday.jpg")
    assert str(caught.value).startswith("holiday.jpg: ")
    assert "\n" not in str(caught.value)


def test_a_truncated_jpeg_is_damaged(photograph):
    whole = encoded(photograph(1), "JPEG")
    with pytest.raises(ImageError, match="is damaged"):
        decode(whole[: len(whole) // 2], where="x")


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(ImageError, match="cannot be read"):
        decode_file(tmp_path / "gone.png")


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 2000), flips=st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 255)), max_size=4))
def test_damaged_files_decode_or_are_refused_but_never_crash(cut, flips):
    whole = bytearray(encoded(Image.radial_gradient("L").convert("RGB"), "JPEG", quality=60))
    for position, mask in flips:
        whole[position % len(whole)] ^= mask
    try:
        assert decode(bytes(whole[: len(whole) - cut]), where="x").mode == "RGB"
    except ImageError as error:
        assert error.fix is not None  # noqa: PT017 (either outcome is right, silence is not)


@given(st.lists(st.integers(0, 255), min_size=12, max_size=12))
def test_eight_bits_survive_the_way_through_a_tensor(values):
    image = Image.fromarray(np.array(values, dtype=np.uint8).reshape(2, 2, 3))
    assert from_tensor(to_tensor(image)).tobytes() == image.tobytes()


def test_rounding_is_half_to_even_and_clamped():
    grey = torch.tensor([-0.2, 0.5 / 255, 1.5 / 255, 2.5 / 255, 1.2], dtype=torch.float64).expand(3, 1, 5)
    assert np.asarray(from_tensor(grey))[0, :, 0].tolist() == [0, 0, 2, 2, 255]


def test_png_is_lossless_and_atomic(tmp_path, photograph):
    write_png(photograph(2), tmp_path / "a.png")
    assert pixel_digest(decode_file(tmp_path / "a.png")) == pixel_digest(photograph(2))
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
