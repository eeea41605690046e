"""Writing a picture as a camera does: a JPEG with EXIF, the private parts included.

Rendered examples carry what real photographs carry, so that what curation must remove is there to be removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import ExifTags, Image

from nlcl_bench.core.files import writing

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["write_camera_jpeg"]

_EXPOSURES = (1 / 250, 1 / 125, 1 / 80, 1 / 60, 1 / 30)
_SPEEDS = (100, 200, 400, 800, 1600)


def write_camera_jpeg(picture: npt.NDArray[np.float64], path: Path, rng: np.random.Generator) -> None:
    """Write a picture as JPEG, quality 92, with capture values, a place, a serial number and an owner.

    Args:
        picture: The picture.
        path: The file to write.
        rng: The source of the capture values.

    Shape:
        picture: float ``(H, W, 3)``, sRGB, values in [0, 1].

    Raises:
        StorageError: The file cannot be written.
    """
    image = Image.fromarray(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8))
    with writing(path) as part:
        image.save(part, format="JPEG", quality=92, subsampling="4:2:0", exif=_exif(rng))


def _exif(rng: np.random.Generator) -> Image.Exif:
    exif = Image.Exif()
    taken = (
        f"2026:{rng.integers(1, 13):02d}:{rng.integers(1, 29):02d} {rng.integers(7, 20):02d}:{rng.integers(60):02d}:00"
    )
    base = ExifTags.Base
    exif[base.Make] = "nlcl-bench"
    exif[base.Model] = "Rendered Rain"
    exif[base.Orientation] = 1
    exif[base.DateTime] = taken
    exif[base.Artist] = "Owner of the camera"
    capture = exif.get_ifd(ExifTags.IFD.Exif)
    capture[base.ExposureTime] = float(rng.choice(_EXPOSURES))
    capture[base.FNumber] = float(rng.choice((2.8, 4.0, 5.6)))
    capture[base.ISOSpeedRatings] = int(rng.choice(_SPEEDS))
    capture[base.FocalLength] = float(rng.choice((24, 35, 50)))
    capture[base.DateTimeOriginal] = taken
    capture[base.BodySerialNumber] = f"SN-{rng.integers(10**6):06d}"
    capture[base.CameraOwnerName] = "Owner of the camera"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "N"
    place[ExifTags.GPS.GPSLatitude] = (47.0, float(rng.integers(60)), 0.0)
    place[ExifTags.GPS.GPSLongitudeRef] = "E"
    place[ExifTags.GPS.GPSLongitude] = (8.0, float(rng.integers(60)), 0.0)
    return exif
