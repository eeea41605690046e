"""The strip of samples: a few pictures of a release in one small JPEG, for people who want to see before they load.

Pairs come first, side by side; then single pictures, as different in light, rain, camera and author as they come. No
picture is shown of which a part had to be hidden, none in which nobody looked for faces, and none whose licence forbids
changed copies.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from nlcl_bench.core.files import writing
from nlcl_bench.core.images import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from nlcl_bench.data.record import Record

__all__ = ["FILE_NAME", "choose", "write_samples"]

FILE_NAME = "samples.jpg"

_COLUMNS, _MOST = 4, 12
_CELL = (300, 225)
_GAP = 4
_MOST_BYTES = 400_000
_QUALITIES = (85, 75, 65, 50, 35)


def choose(records: Sequence[Record], *, faces: bool) -> list[Record]:
    """Return the records to show, at most twelve; of a pair both, the rainy one first.

    Args:
        records: All records, sorted.
        faces: Whether faces were looked for; else only what a person has looked at is shown.
    """
    shown = [
        record
        for record in records
        if (faces or record.reviewed) and not record.blurred and "-ND" not in record.rights.licence.upper()
    ]
    by_id = {record.image_id: record for record in shown}
    pairs = [(one, by_id[one.clean_id]) for one in shown if one.clean_id in by_id and one.estimate is None]
    chosen = [record for rainy, clean in _different(pairs, _MOST // 3) for record in (rainy, clean)]
    taken = {record.scene_id for record in chosen}
    singles = [(record,) for record in shown if record.scene_id not in taken]
    rainy_first = sorted(singles, key=lambda one: one[0].domain == "clean")
    chosen += [record for (record,) in _different(rainy_first, _MOST - len(chosen))]
    return chosen


def _different(groups: Sequence[tuple[Record, ...]], most: int) -> list[tuple[Record, ...]]:
    """Return some groups: in turn the first of each look, and no scene twice."""
    looks: dict[tuple[object, ...], list[tuple[Record, ...]]] = {}
    for group in groups:
        looks.setdefault(_look(group[0]), []).append(group)
    chosen: list[tuple[Record, ...]] = []
    scenes: set[str] = set()
    for group in _in_turn(list(looks.values())):
        if len(chosen) == most:
            break
        if group[0].scene_id not in scenes:
            scenes.add(group[0].scene_id)
            chosen.append(group)
    return chosen


def _in_turn(lists: Sequence[Sequence[tuple[Record, ...]]]) -> Iterator[tuple[Record, ...]]:
    for turn in range(max(map(len, lists), default=0)):
        for one in lists:
            if turn < len(one):
                yield one[turn]


def _look(record: Record) -> tuple[object, ...]:
    return (record.domain, record.time_of_day, record.rain_kinds, record.rights.author, record.capture.camera)


def write_samples(chosen: Sequence[Record], read: Callable[[Record], bytes], path: Path) -> None:
    """Write the strip; a grid with the pictures cropped to cells of equal size.

    Args:
        chosen: What to show; nothing is written for nothing.
        read: Gives the bytes of a record's file.
        path: The JPEG file.

    Raises:
        ManifestError: ``read`` raises it.
        StorageError: It cannot be written.
    """
    if not chosen:
        return
    columns = min(_COLUMNS, len(chosen))
    rows = -(-len(chosen) // columns)
    width, height = (side + _GAP for side in _CELL)
    strip = Image.new("RGB", (columns * width - _GAP, rows * height - _GAP), "white")
    for place, record in enumerate(chosen):
        picture = decode(read(record), where=record.file_name, at_least=2 * max(_CELL))
        cell = ImageOps.fit(picture, _CELL, Image.Resampling.LANCZOS)
        strip.paste(cell, (place % columns * width, place // columns * height))
    with writing(path) as part:
        part.write_bytes(_small(strip))


def _small(strip: Image.Image) -> bytes:
    data = b""
    for quality in _QUALITIES:
        stream = io.BytesIO()
        strip.save(stream, format="JPEG", quality=quality)
        data = stream.getvalue()
        if len(data) <= _MOST_BYTES:
            break
    return data
