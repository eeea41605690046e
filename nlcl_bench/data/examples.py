"""Photographs to try things on: rain-free ones that installed packages ship, and rain rendered on them.

Nothing is downloaded and nothing is bundled: scikit-image and pyiqa bring the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
from PIL import Image

from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ArtifactError, ImageError, InputError
from nlcl_bench.core.files import existing_folder, make_folder, writing
from nlcl_bench.core.images import decode_file, write_png
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.camera import write_camera_jpeg
from nlcl_bench.data.rendering import render, sample_rain

__all__ = ["Photograph", "packaged_photographs", "rain_on"]

_SKIMAGE = {
    "rocket.jpg": ("CC0-1.0", "SpaceX"),
    "motorcycle_left.png": ("CC0-1.0", "Daniel Scharstein, Middlebury College"),
    "chelsea.png": ("CC0-1.0", "Stefan van der Walt"),
    "coffee.png": ("CC0-1.0", "Rachel Michetti"),
    "astronaut.png": ("LicenseRef-NASA-public-domain", "NASA"),
}
_PYIQA = tuple(f"{name}.bmp" for name in ("I03", "I04", "I06", "I08", "I19"))
_PYIQA_RIGHTS = ("LicenseRef-TID2013", "TID2013, after the Kodak Lossless True Color Image Suite")

_MORE = ("frame_4wrwr48cdk6rbcjl.jpg", "frame_7gzdcz9sif0ekg31.jpg")
"""Two more that pyiqa brings for its own tests; the others there show rain or snow."""

_MOST = 12
_LONGEST_SIDE = 768
"""A reader's own photographs are few and small in the demo, so that it stays quick."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A rain-free photograph, the name it gets, and its rights."""

    path: Path
    name: str
    licence: str
    author: str


def packaged_photographs(*, more: bool = False) -> list[Photograph]:
    """Return the rain-free photographs of installed packages, ten or, with more of unknown rights, twelve.

    Raises:
        ArtifactError: An installed package lacks one.
    """
    skimage = Path(str(distribution("scikit-image").locate_file("skimage/data")))
    pyiqa = Path(str(distribution("pyiqa").locate_file("ResultsCalibra/ref_dir")))
    found = [Photograph(skimage / name, Path(name).stem, *rights) for name, rights in _SKIMAGE.items()]
    found += [Photograph(pyiqa / name, Path(name).stem.lower(), *_PYIQA_RIGHTS) for name in _PYIQA]
    if more:
        tests = Path(str(distribution("pyiqa").locate_file("tests/test_efficiency_img_dir")))
        found += [Photograph(tests / name, Path(name).stem, "LicenseRef-unknown", "unknown") for name in _MORE]
    for one in found:
        if not one.path.is_file():
            raise ArtifactError(
                "is not in the installed package", where=one.path, fix="install scikit-image and pyiqa again"
            )
    return found


def rain_on(into: Path, photos: Path | None = None, track: Track = silent) -> int:
    """Render rain on photographs: ``clean/NAME.png``, ``rainy/NAME.jpg`` as a camera writes it, and ``sources.toml``.

    The rain is drawn from the photograph's own pixels as a seed, so the same photographs give the same files.

    Args:
        into: The folder to fill.
        photos: A folder of rain-free photographs; None for the packaged ones.
        track: Shows progress.

    Returns:
        The number of pairs.

    Raises:
        InputError: The folder does not exist or holds no photograph.
        StorageError: Something cannot be written.
    """
    rainy, clean = make_folder(into / "rainy"), make_folder(into / "clean")
    chosen = packaged_photographs() if photos is None else _own(photos)
    for one in track(chosen, what="rain", total=len(chosen)):
        image = decode_file(one.path)
        image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
        rng = np.random.default_rng(int(sha256_bytes(image.tobytes())[:16], 16))
        rained = render(np.asarray(image, dtype=np.float64) / 255, sample_rain(rng), rng)
        write_camera_jpeg(rained, rainy / f"{one.name}.jpg", rng)
        write_png(image, clean / f"{one.name}.png")
    for folder, suffix in ((rainy, "jpg"), (clean, "png")):
        with writing(folder / "sources.toml") as part:
            part.write_text("\n".join(_rights(one, suffix) for one in chosen), encoding="utf-8")
    return len(chosen)


def _rights(one: Photograph, suffix: str) -> str:
    return f'[files."{one.name}.{suffix}"]\nlicence = "{one.licence}"\nauthor = "{one.author}"\n'


def _own(folder: Path) -> list[Photograph]:
    found: list[Photograph] = []
    for path in sorted(existing_folder(folder).rglob("*")):
        if len(found) == _MOST:
            break
        if not path.is_file() or path.name.startswith("."):
            continue
        try:
            decode_file(path)
        except ImageError:
            continue  # the folder may hold anything; what is no photograph is no part of the demo
        name = f"photo-{len(found) + 1:02d}"
        found.append(Photograph(path, name, "LicenseRef-own-photographs", "the photographer"))
    if not found:
        raise InputError("holds no photographs", where=folder, fix="give a folder of JPEG or PNG files")
    return found
