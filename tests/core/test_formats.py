"""Every kind of image file comes out as the upright sRGB picture of eight bits that its maker meant."""

from __future__ import annotations

import io
import struct

import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image, ImageCms

from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import MAX_PIXELS, decode
from nlcl_bench.core.kinds import kind_of
from nlcl_bench.core.profiles import rgb_profile

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

# Linear light of Display P3 (D65) and of sRGB, both to XYZ: SMPTE EG 432-1 and IEC 61966-2-1.
P3_TO_XYZ = np.array([[0.48657, 0.26567, 0.19822], [0.22897, 0.69174, 0.07929], [0.0, 0.04511, 1.04394]])
SRGB_TO_XYZ = np.array([[0.41239, 0.35758, 0.18048], [0.21264, 0.71517, 0.07219], [0.01933, 0.11919, 0.95053]])


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format=kind, **options)
    return stream.getvalue()


def heif(image: Image.Image, **options) -> bytes:
    stream = io.BytesIO()
    pillow_heif.from_pillow(image).save(stream, **{"quality": -1, "chroma": 444, **options})
    return stream.getvalue()


def furthest(left: Image.Image, right: Image.Image) -> int:
    """Return the largest difference of two pictures of one size."""
    assert left.size == right.size
    return int(np.abs(np.asarray(left, int) - np.asarray(right, int)).max())


def turned(upright: Image.Image, orientation: int) -> Image.Image:
    """Return the picture as a camera that is held so stores it."""
    steps = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    return upright if orientation == 1 else upright.transpose(Image.Transpose(steps[orientation]))


def with_orientation(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\xd8\xff\xe1", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"II+\0\x08\0\0\0", "TIFF"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "WEBP"),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (b"BM", "BMP"),
        (b"\0\0\0\x18ftypheic", "HEIF"),
        (b"\0\0\0\x18ftypmif1", "HEIF"),
        (b"\0\0\0\x18ftypisom", None),
        (b"\0\0\0\x18ftypcrx ", "RAW"),
        (b"II*\0\x10\0\0\0CR\2\0", "RAW"),
        (b"IIU\0\x18\0\0\0", "RAW"),
        (b"IIRO\x08\0\0\0", "RAW"),
        (b"FUJIFILMCCD-RAW 0201", "RAW"),
        (b"GIF89a", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_a_kind_is_told_by_the_first_bytes(data, kind):
    assert kind_of(data) == kind


# HEIF


@pytest.mark.parametrize("options", [{}, {"tile_size": 64}, {"quality": 95, "chroma": 420}])
def test_heif_comes_out_as_it_went_in(photograph, options):
    picture = photograph(1, 160, 130)
    assert furthest(decode(heif(picture, **options), where="x"), picture) <= (2 if "quality" not in options else 40)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heif_is_turned_once_though_its_exif_says_it_again(photograph, orientation):
    upright = photograph(2, 96, 64)
    exif = with_orientation(orientation).tobytes()
    data = heif(turned(upright, orientation), exif=exif)  # which writes the file's own instruction as well
    assert exif[6:] in data
    assert (b"irot" in data or b"imir" in data) == (orientation != 1)
    assert furthest(decode(data, where="x"), upright) <= 2


def test_heif_of_ten_bits_and_grey_and_with_alpha(photograph):
    picture = photograph(3, 64, 48)
    deep = pillow_heif.from_bytes("RGB;16", picture.size, (np.asarray(picture, np.uint16) * 257).tobytes())
    stream = io.BytesIO()
    deep.save(stream, quality=-1, chroma=444)
    assert furthest(decode(stream.getvalue(), where="x"), picture) <= 2
    grey = picture.convert("L")
    assert furthest(decode(heif(grey), where="x"), grey.convert("RGB")) <= 2
    veiled = Image.new("RGBA", (64, 48), (255, 0, 0, 255))
    veiled.paste((0, 0, 0, 0), (32, 0, 64, 48))
    shown = decode(heif(veiled), where="x")
    assert min(shown.getpixel((60, 10))) >= 253
    assert shown.getpixel((5, 5))[0] >= 253


def test_of_several_pictures_in_a_heif_file_the_primary_one_is_read(photograph):
    stream = io.BytesIO()
    both = pillow_heif.from_pillow(photograph(4, 64, 48))
    both.add_from_pillow(photograph(5, 80, 64))
    both.save(stream, quality=-1, chroma=444, primary_index=1)
    assert furthest(decode(stream.getvalue(), where="x"), photograph(5, 80, 64)) <= 2


def in_p3(colour):
    """Return an sRGB colour as Display P3 writes it, in floating point and by the definitions."""
    coded = np.array(colour) / 255
    light = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    other = np.linalg.solve(P3_TO_XYZ, SRGB_TO_XYZ @ light)
    coded = np.where(other <= 0.0031308, other * 12.92, 1.055 * other ** (1 / 2.4) - 0.055)
    return tuple(int(value) for value in np.rint(coded * 255))


P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))


@pytest.mark.parametrize("colour", [(230, 60, 40), (40, 160, 70), (60, 80, 220), (128, 128, 128)])
@pytest.mark.parametrize("told_by", ["code", "profile"])
def test_a_wide_colour_space_is_brought_to_srgb(colour, told_by):
    wide = in_p3(colour)
    assert colour[0] == colour[1] or max(abs(a - b) for a, b in zip(wide, colour, strict=True)) > 5
    options = {"icc_profile": rgb_profile(P3)}
    if told_by == "code":
        options = {"color_primaries": 12, "transfer_characteristics": 13, "matrix_coefficients": 6}
    shown = decode(heif(Image.new("RGB", (64, 64), wide), **options), where="x").getpixel((30, 30))
    assert max(abs(a - b) for a, b in zip(shown, colour, strict=True)) <= 3


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_the_profile_of_a_wide_colour_space_holds_in_every_kind(kind):
    options = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    data = encoded(Image.new("RGB", (64, 64), in_p3((230, 60, 40))), kind, icc_profile=rgb_profile(P3), **options)
    shown = decode(data, where="x").getpixel((30, 30))
    assert max(abs(a - b) for a, b in zip(shown, (230, 60, 40), strict=True)) <= 3


@pytest.mark.parametrize("transfer", [16, 18])
def test_high_dynamic_range_is_refused_because_its_rendering_is_a_matter_of_taste(photograph, transfer):
    data = heif(photograph(6, 64, 48), color_primaries=9, transfer_characteristics=transfer, matrix_coefficients=9)
    with pytest.raises(ImageError, match="high dynamic range"):
        decode(data, where="x")


def sized(data: bytes, old: tuple[int, int], new: tuple[int, int]) -> bytes:
    """Change what a HEIF file says of its size (the box ``ispe``)."""
    before, after = (b"ispe\0\0\0\0" + struct.pack(">II", *size) for size in (old, new))
    assert before in data
    return data.replace(before, after)


def test_a_heif_file_that_lies_about_its_size_is_refused(photograph):
    data = heif(photograph(7, 128, 128))
    with pytest.raises(ImageError, match=f"has more than {MAX_PIXELS['HEIF']:,} pixels"):
        decode(sized(data, (128, 128), (30000, 30000)), where="x")
    for other in ((64, 64), (256, 256)):
        with pytest.raises(ImageError, match="is damaged"):
            decode(sized(data, (128, 128), other), where="x")


@pytest.mark.parametrize("part", [0.1, 0.5, 0.95])
def test_a_truncated_heif_file_is_damaged(photograph, part):
    data = heif(photograph(8, 96, 64))
    with pytest.raises(ImageError, match="is damaged") as caught:
        decode(data[: int(part * len(data))], where="x")
    assert "\n" not in str(caught.value)


# TIFF


def tiff(values, **options) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, values, **options)
    return stream.getvalue()


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "tiff_deflate"])
def test_compressed_tiffs_come_out_as_they_went_in(photograph, compression):
    picture = photograph(1)
    assert decode(encoded(picture, "TIFF", compression=compression), where="x").tobytes() == picture.tobytes()


def test_a_tiff_compressed_as_jpeg_comes_out_nearly_as_it_went_in(photograph):
    picture = photograph(1)
    shown = decode(encoded(picture, "TIFF", compression="jpeg", quality=95), where="x")
    assert np.abs(np.asarray(shown, int) - np.asarray(picture, int)).mean() < 2


LARGE = {"bigtiff": True, "byteorder": "<"}  # Pillow reads it in this byte order only


@pytest.mark.parametrize(
    "options",
    [
        {"tile": (64, 64), "byteorder": "<"},
        {"tile": (64, 64), "byteorder": ">"},
        {"tile": (64, 64), "byteorder": ">", "compression": "zlib"},
        LARGE,
    ],
)
def test_tiled_and_large_tiffs_come_out_as_they_went_in(photograph, options):
    picture = photograph(2)
    data = tiff(np.asarray(picture), photometric="rgb", **options)
    assert decode(data, where="x").tobytes() == picture.tobytes()


@pytest.mark.parametrize(
    "options",
    [{"byteorder": "<"}, {"byteorder": ">"}, {"compression": "zlib", "byteorder": ">"}, LARGE, {"tile": (16, 16)}],
)
def test_sixteen_bits_of_colour_become_the_upper_eight(options):
    deep = np.random.default_rng(1).integers(0, 65536, (32, 48, 3)).astype(np.uint16)
    data = tiff(deep, photometric="rgb", **options)
    assert np.array_equal(np.asarray(decode(data, where="x")), deep >> 8)


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}, LARGE])
def test_sixteen_bits_of_grey_are_scaled_with_rounding(options):
    deep = np.random.default_rng(2).integers(0, 65536, (300, 48)).astype(np.uint16)
    shown = np.asarray(decode(tiff(deep, photometric="minisblack", **options), where="x"))
    assert np.array_equal(shown, np.repeat(np.rint(deep / 257).astype(np.uint8)[..., None], 3, axis=2))


def test_of_several_pages_the_first_is_read(photograph):
    pages = [photograph(3), photograph(4), photograph(5)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert decode(data, where="x").tobytes() == pages[0].tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["TIFF", "WEBP"])
def test_tiff_and_webp_are_turned_as_their_exif_says(photograph, kind, orientation):
    upright = photograph(6, 40, 24)
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(turned(upright, orientation), kind, exif=with_orientation(orientation), **options)
    assert decode(data, where="x").tobytes() == upright.tobytes()


def test_a_tiff_whose_strips_end_before_the_picture_does_is_damaged(photograph):
    picture = photograph(7, 48, 40)
    whole = encoded(picture, "TIFF", compression="raw")
    height = struct.pack("<HHII", 257, 4, 1, 40)
    assert height in whole
    with pytest.raises(ImageError, match="do not cover the picture"):
        decode(whole.replace(height, struct.pack("<HHII", 257, 4, 1, 400)), where="x")


def test_a_tiff_whose_tiles_are_larger_than_its_picture_is_damaged(photograph):
    data = tiff(np.asarray(photograph(7, 48, 40)), photometric="rgb", tile=(16, 16), compression="zlib")
    for tag in (322, 323):
        side = struct.pack("<HHI", tag, 4, 1)
        at = data.index(side)
        data = data[:at] + struct.pack("<HHII", tag, 4, 1, 16000) + data[at + 12 :]
    with pytest.raises(ImageError, match="tiles are larger than the picture"):
        decode(data, where="x")


def test_a_stripe_as_long_as_a_street_is_refused():
    with pytest.raises(ImageError, match=r"has a side of more than 65,535 pixels"):
        decode(encoded(Image.new("L", (70000, 8)), "PNG"), where="x")


# WebP


def test_webp_without_loss_with_alpha_and_of_an_animation_the_first_picture(photograph):
    picture = photograph(7)
    assert decode(encoded(picture, "WEBP", lossless=True), where="x").tobytes() == picture.tobytes()
    lossy = decode(encoded(picture, "WEBP", quality=95), where="x")
    assert np.abs(np.asarray(lossy, int) - np.asarray(picture, int)).mean() < 4
    moving = encoded(picture, "WEBP", save_all=True, append_images=[photograph(8)], lossless=True, duration=50)
    assert decode(moving, where="x").tobytes() == picture.tobytes()
    veiled = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    veiled.putpixel((1, 0), (0, 0, 0, 0))
    shown = decode(encoded(veiled, "WEBP", lossless=True), where="x")
    assert np.asarray(shown).tolist() == [[[255, 0, 0], [255, 255, 255]]]


# What only few decoders refuse


def test_a_jpeg_of_a_thousand_scans_is_refused():
    data = encoded(Image.radial_gradient("L"), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    decode(data, where="x")
    with pytest.raises(ImageError, match="more than 64 scans"):
        decode(data[:-2] + scan * 1000 + b"\xff\xd9", where="x")


def test_a_film_behind_a_jpeg_is_nobodys_scan(photograph):
    data = encoded(photograph(1), "JPEG")
    film = np.random.default_rng(1).bytes(12 << 20)
    assert film.count(b"\xff\xda") > 64
    assert decode(data + film, where="x").tobytes() == decode(data, where="x").tobytes()


def test_scans_behind_a_comment_that_feigns_the_end_are_counted():
    data = encoded(Image.radial_gradient("L"), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    comment = b"\xff\xfe\0\x04\xff\xd9"
    with pytest.raises(ImageError, match="more than 64 scans"):
        decode(data[:-2] + comment + scan * 1000 + b"\xff\xd9", where="x")


def test_what_is_decoded_holds_on_to_no_file(photograph):
    for kind in ("PNG", "JPEG", "BMP"):
        assert type(decode(encoded(photograph(9), kind), where="x")) is Image.Image
