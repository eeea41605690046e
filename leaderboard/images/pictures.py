"""The pictures of one photograph: thumbnails, one size to look at and compare, and crops pixel by pixel.

Thumbnails and whole pictures are lossy WebP. Crops are lossless: they are there to judge single pixels, and what one
sees of them must be the method's doing and not our encoder's. Two of 240 pixels weigh as much as a whole picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import PIL
from PIL import Image, features
from pydantic import ValidationError

from leaderboard.images.crops import CELL, SIDE, Crop, difference, windows
from leaderboard.images.outputs import show
from nlcl_bench.core.digest import sha256_value
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.files import make_folder, write_texts, writing
from nlcl_bench.core.images import decode
from nlcl_bench.core.plain import plain
from nlcl_bench.data.record import Digest, Row, Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from leaderboard.images.outputs import Output
    from nlcl_bench.data.record import Record
    from nlcl_bench.data.sample import Sample

__all__ = ["CLEAN", "INPUT", "MADE", "Pictured", "Refused", "key", "made", "make"]

INPUT = "_input"
CLEAN = "_clean"
"""Names of the photograph and of the same scene without rain; no label begins so."""

MADE = "made.json"
"""What was made of which bytes: it is written last, so that a build that was killed goes on where it was."""

LONGEST = 1600  # pixels of a whole picture
_THUMBNAIL = 320
_WHOLE: dict[str, Any] = {"quality": 82, "method": 4}
_SMALL: dict[str, Any] = {"quality": 72, "method": 4}
_EXACT: dict[str, Any] = {"lossless": True, "quality": 60, "method": 4}
_RECIPE = 1  # counts up when equal bytes give other pictures


class Refused(Row):
    """An output that is not shown, and why."""

    label: Text
    why: Text


class Pictured(Row):
    """The pictures of one photograph, as they lie in its folder: ``whole``, ``small`` and ``crop-1``, ``crop-2``.

    Attributes:
        key: Digest of all that they were made of.
        size: Width and height of the whole pictures.
        small: Width and height of the thumbnails.
        crops: The windows that are shown pixel by pixel.
        names: The file names, without ending: the input, the clean photograph if there is one, labels.
        refused: Outputs that are not shown.
    """

    key: Digest
    size: tuple[int, int]
    small: tuple[int, int]
    crops: tuple[Crop, ...]
    names: tuple[Text, ...]
    refused: tuple[Refused, ...] = ()

    @property
    def files(self) -> list[str]:
        """Paths from the folder."""
        kinds = ["whole", "small", *(f"crop-{number}" for number in range(1, len(self.crops) + 1))]
        return [MADE, *(f"{kind}/{name}.webp" for kind in kinds for name in self.names)]


def key(record: Record, outputs: Sequence[Output]) -> str:
    """Return the digest of all that pictures are made of: bytes, what is hidden, sizes, and the encoder."""
    return sha256_value(
        {
            "recipe": [_RECIPE, LONGEST, _THUMBNAIL, SIDE, CELL, _WHOLE, _SMALL, _EXACT],
            "encoder": [PIL.__version__, features.version("webp")],
            "input": record.sha256,
            "clean": record.clean_sha256,
            "hidden": [box.model_dump(mode="json") for box in record.blurred],
            "outputs": [[one.label, one.scored, one.sha256, one.problem] for one in outputs],
        }
    )


def made(folder: Path, wanted: str) -> Pictured | None:
    """Return the pictures that an earlier build made of the same bytes; None if there are none, or not all."""
    place = folder / MADE
    try:
        found = Pictured.model_validate_json(place.read_bytes())
    except (OSError, ValidationError):
        return None
    return found if found.key == wanted and all((folder / name).is_file() for name in found.files) else None


def make(sample: Sample, outputs: Sequence[Output], folder: Path) -> Pictured:
    """Make the pictures of a photograph; one output at a time is in memory.

    Args:
        sample: The photograph, with its clean twin if there is one.
        outputs: What methods are said to have made of it.
        folder: Where the pictures go; made if need be.

    Raises:
        ImageError: The photograph cannot be decoded; an output that cannot is refused, and the others are shown.
        StorageError: A picture cannot be written.
    """
    rainy = sample.open()
    names = [INPUT]
    _write(rainy, folder, INPUT)
    clean = None if sample.clean is None else decode(sample.clean, where=f"clean of {sample.record.image_id}")
    if clean is not None and clean.size != rainy.size:
        clean = None  # nothing could be laid upon it
    if clean is not None:
        names.append(CLEAN)
        _write(clean, folder, CLEAN)
    shown, refused, maps = _outputs(sample, rainy, outputs, folder)
    found = windows(rainy.size, maps if clean is None else [difference(rainy, clean)])
    for number, crop in enumerate(found, start=1):
        _crop(rainy, folder, INPUT, number, crop)
        if clean is not None:
            _crop(clean, folder, CLEAN, number, crop)
    for output in shown:  # decoded again: forty outputs of a large photograph do not fit into memory
        image = show(output, rainy, sample.record.blurred)
        for number, crop in enumerate(found, start=1):
            _crop(image, folder, output.label, number, crop)
    pictured = Pictured(
        key=key(sample.record, outputs),
        size=_fitted(rainy.size, LONGEST),
        small=_fitted(rainy.size, _THUMBNAIL),
        crops=found,
        names=(*names, *(output.label for output in shown)),
        refused=tuple(refused),
    )
    write_texts({MADE: pictured.model_dump_json(indent=1) + "\n"}, folder)
    return pictured


def _outputs(
    sample: Sample, rainy: Image.Image, outputs: Sequence[Output], folder: Path
) -> tuple[list[Output], list[Refused], list[npt.NDArray[np.uint8]]]:
    """Write every output that may be shown; return those, the others, and where the former changed the photograph."""
    shown, refused, maps = [], [], []
    for output in outputs:
        try:
            image = show(output, rainy, sample.record.blurred)
        except ImageError as error:
            refused.append(Refused(label=output.label, why=plain(error.what, 200)))
            continue
        _write(image, folder, output.label)
        shown.append(output)
        changed = difference(image, rainy)
        if changed.any():
            maps.append(changed)
    return shown, refused, maps


def _fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Return a size with the same proportions and no longer side; nothing is enlarged."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _write(image: Image.Image, folder: Path, name: str) -> None:
    for kind, longest, how in (("whole", LONGEST, _WHOLE), ("small", _THUMBNAIL, _SMALL)):
        size = _fitted(image.size, longest)
        smaller = image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        _save(smaller, folder / kind / f"{name}.webp", how)


def _crop(image: Image.Image, folder: Path, name: str, number: int, crop: Crop) -> None:
    _save(image.crop(crop.box), folder / f"crop-{number}" / f"{name}.webp", _EXACT)


def _save(image: Image.Image, path: Path, how: dict[str, Any]) -> None:
    make_folder(path.parent)
    with writing(path) as part:
        image.save(part, format="WEBP", **how)
