"""How many faces are found, and how fast: ``NLCL_BENCH_DATA=DIR python benchmarks/faces.py [--sheets INTO]``.

DIR holds ``rain/SOURCE/*`` and ``clean/SOURCE/*``. Printed are, by source, the photographs, the boxes that would be
blurred by themselves and those that a person would be asked about, by the limits of the packaged recipe, and the
photographs that have any; then the boxes by confidence; then time and memory for one photograph of 12 megapixels on
one thread. What is right and what is missed only eyes can tell: with ``--sheets`` every box is written to contact
sheets, the surest first, in the middle of what is around it.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from collection_tools.curate.recipe import read_recipe
from collection_tools.privacy import blurred_png, choose, find_faces, with_margins
from collection_tools.privacy.model import network
from nlcl_bench.core.images import decode_file, photographs_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlcl_bench.data.record import Box

LEAST = 0.1
TWELVE_MEGAPIXELS = (4000, 3000)
SIDE, COLUMNS, ROWS, LABEL = 150, 12, 7, 24
AROUND = 1.5


@dataclass(frozen=True)
class Seen:
    """The boxes of one photograph and how long they took to find."""

    path: Path
    source: str
    boxes: tuple[Box, ...]
    seconds: float


def seen(path: Path, data: Path) -> Seen:
    image = decode_file(path)
    start = time.process_time()
    boxes = find_faces(image, LEAST)
    return Seen(path, "/".join(path.relative_to(data).parts[:2]), boxes, time.process_time() - start)


def by_source(shots: Sequence[Seen]) -> None:
    limits = read_recipe().privacy
    print("| source | photographs | blurred | in | asked about | in | seconds each |\n" + "|---" * 7 + "|")
    for source in [*sorted({shot.source for shot in shots}), "all"]:
        part = [shot for shot in shots if source in {"all", shot.source}]
        choices = [choose(shot.boxes, None, limits) for shot in part]
        counts = [
            count
            for boxes in ([choice.blur for choice in choices], [choice.ask for choice in choices])
            for count in (sum(map(len, boxes)), sum(map(bool, boxes)))
        ]
        seconds = sum(shot.seconds for shot in part) / len(part)
        print(f"| {source} | {len(part)} | " + " | ".join(map(str, counts)) + f" | {seconds:.2f} |")


def by_confidence(shots: Sequence[Seen]) -> None:
    tenths = Counter(int(10 * (box.confidence or 0)) for shot in shots for box in shot.boxes)
    print("\n| confidence from | " + " | ".join(f"{tenth / 10}" for tenth in range(1, 10)) + " |\n" + "|---" * 10 + "|")
    print("| boxes | " + " | ".join(str(tenths[tenth]) for tenth in range(1, 10)) + " |")


def speed(path: Path) -> None:
    image = decode_file(path).resize(TWELVE_MEGAPIXELS)
    network()
    start, before = time.process_time(), _megabytes()
    boxes = find_faces(image, LEAST)
    between, after = time.process_time(), _megabytes()
    blurred_png(image, with_margins(boxes, image.size))
    print(
        f"\n12 megapixels: {between - start:.2f} s to find, {time.process_time() - between:.2f} s to blur and write PNG"
    )
    print(f"peak memory: {before} MB with the photograph decoded, {after} MB after finding")


def _megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def sheets(shots: Sequence[Seen], into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    boxes = sorted(((box, shot) for shot in shots for box in shot.boxes), key=lambda pair: -(pair[0].confidence or 0))
    for number, first in enumerate(range(0, len(boxes), COLUMNS * ROWS)):
        sheet = Image.new("RGB", (COLUMNS * SIDE, ROWS * (SIDE + LABEL)), "white")
        for place, (box, shot) in enumerate(boxes[first : first + COLUMNS * ROWS]):
            x, y = place % COLUMNS * SIDE, place // COLUMNS * (SIDE + LABEL)
            sheet.paste(_crop(box, shot.path), (x, y + LABEL))
            label = f"{box.confidence} {box.width}x{box.height}\n{shot.path.stem[-20:]}"
            ImageDraw.Draw(sheet).text((x, y), label, fill="black")
        sheet.save(into / f"{number:02d}.png")


def _crop(box: Box, path: Path) -> Image.Image:
    half = AROUND * max(box.width, box.height)
    centre = np.array([box.left + box.width / 2, box.top + box.height / 2])
    crop = decode_file(path).crop(tuple(map(round, (*(centre - half), *(centre + half))))).resize((SIDE, SIDE))
    size = np.array([box.width, box.height]) * SIDE / (4 * half)
    corners = (*(SIDE / 2 - size), *(SIDE / 2 + size))
    ImageDraw.Draw(crop).rectangle(corners, outline="red")
    return crop


def main() -> None:
    data = Path(os.environ["NLCL_BENCH_DATA"])
    paths = [path for part in ("rain", "clean") for path in photographs_in(data / part)]
    speed(max(paths, key=lambda path: path.stat().st_size))
    shots = [seen(path, data) for path in paths]
    by_source(shots)
    by_confidence(shots)
    if "--sheets" in sys.argv:
        sheets(shots, Path(sys.argv[sys.argv.index("--sheets") + 1]))


if __name__ == "__main__":
    main()
