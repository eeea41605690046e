"""Small sound files of every kind that is collected, with all that cameras put into them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import numpy as np
import pillow_heif
import tifffile
from dng import dng
from PIL import Image, PngImagePlugin

from nlcl_bench.core.profiles import rgb_profile

__all__ = ["seeds"]

PROFILE = rgb_profile(((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)))  # the same at any time of day


def seeds():
    """Return the files by name; the part of a name before the first dot is the kind."""
    picture = _picture()
    images = {**_jpegs(picture), **_pngs(picture), **_tiffs(picture), **_webps(picture), **_heifs(picture)}
    images["bmp.bmp"] = _saved(picture, "BMP")
    images["raw.dng"] = dng(picture, orientation=6, details=[(0x829A, 5, [1, 125])])
    return {**images, **_archives(images)}


def _picture():
    grain = np.random.default_rng(1).integers(0, 256, (40, 48, 3), dtype=np.uint8)
    return Image.blend(Image.fromarray(grain), Image.radial_gradient("L").resize((48, 40)).convert("RGB"), 0.8)


def _exif(orientation=6):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112], exif[0x013B] = "Acme", "Acme R1", orientation, "private"
    details, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    details[0x829A], details[0x829D], details[0x9003], details[0xA431] = 0.008, 2.8, "2024:05:17 18:42:59", "private"
    place[1], place[2] = "N", (52.0, 31.0, 12.0)
    return exif


def _saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def _jpegs(picture):
    return {
        "jpeg.baseline": _saved(picture, "JPEG", exif=_exif(), comment=b"private", restart_marker_rows=1),
        "jpeg.progressive": _saved(picture, "JPEG", progressive=True, icc_profile=PROFILE, subsampling=0),
        "jpeg.cmyk": _saved(picture.convert("CMYK"), "JPEG"),
        "jpeg.mpo": _saved(picture, "MPO", save_all=True, append_images=[picture], exif=_exif(3)),
    }


def _pngs(picture):
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", "private")
    text.add_itxt("Comment", "private", zip=True)
    deep = Image.fromarray(np.asarray(picture.convert("L"), np.uint16) * 257)
    return {
        "png.rgb": _saved(picture, "PNG", pnginfo=text, exif=_exif(), icc_profile=PROFILE),
        "png.deep": _saved(deep, "PNG"),
        "png.palette": _saved(picture.convert("P"), "PNG", transparency=3),
        "png.moving": _saved(picture, "PNG", save_all=True, append_images=[picture.rotate(90)]),
    }


def _tiffs(picture):
    compressions = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
    found = {f"tiff.{name}": _saved(picture, "TIFF", compression=name, exif=_exif()) for name in compressions}
    tiled, deep = io.BytesIO(), io.BytesIO()
    tifffile.imwrite(tiled, np.asarray(picture), photometric="rgb", tile=(16, 16), compression="zlib")
    tifffile.imwrite(deep, np.asarray(picture, np.uint16) * 257, photometric="rgb", bigtiff=True)
    return {**found, "tiff.tiled": tiled.getvalue(), "tiff.big": deep.getvalue()}


def _webps(picture):
    veiled = picture.copy()
    veiled.putalpha(Image.linear_gradient("L").resize(picture.size))
    moving = {"save_all": True, "append_images": [picture.rotate(90)], "duration": 40}
    return {
        "webp.lossy": _saved(picture, "WEBP", quality=70),
        "webp.alpha": _saved(veiled, "WEBP", quality=70, exif=_exif(), icc_profile=PROFILE, xmp=b"<private/>"),
        "webp.lossless": _saved(veiled, "WEBP", lossless=True, exif=_exif()),
        "webp.moving": _saved(picture, "WEBP", **moving),
    }


def _heifs(picture):
    def saved(image, **options):
        file = io.BytesIO()
        pillow_heif.from_pillow(image).save(file, **options)
        return file.getvalue()

    turned = picture.copy()
    turned.info["exif"] = _exif().tobytes()
    grid = picture.resize((96, 80))
    deep = pillow_heif.from_bytes("RGB;16", picture.size, (np.asarray(picture, np.uint16) * 257).tobytes())
    tenbit = io.BytesIO()
    deep.save(tenbit, quality=60, chroma=444)
    veiled = picture.copy()
    veiled.putalpha(128)
    return {
        "heif.plain": saved(picture, quality=60),
        "heif.turned": saved(turned, quality=60, icc_profile=PROFILE, xmp=b"<private/>"),
        "heif.grid": saved(grid, quality=60, tile_size=64),
        "heif.alpha": saved(veiled, quality=60),
        "heif.deep": tenbit.getvalue(),
    }


def _archives(images):
    members = {
        "a.jpg": "jpeg.baseline",
        "street/b.png": "png.deep",
        "../escape.jpg": "jpeg.cmyk",
        "/c.heic": "heif.plain",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, seed in members.items():
            archive.writestr(zipfile.ZipInfo(name), images[seed], zipfile.ZIP_DEFLATED)
    taped = io.BytesIO()
    with tarfile.open(fileobj=taped, mode="w") as archive:
        for name, seed in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(images[seed])
            archive.addfile(info, io.BytesIO(images[seed]))
    tape = taped.getvalue()
    return {
        "zip.zip": packed.getvalue(),
        "tar.tar": tape,
        "tar.tar.gz": gzip.compress(tape, mtime=0),
        "tar.tar.bz2": bz2.compress(tape),
        "tar.tar.xz": lzma.compress(tape),
    }
