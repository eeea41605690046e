"""The outputs that run folders carry beside their scores: shown only if they are the pictures that were scored."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import pixel_digest
from nlcl_bench.evaluation.protocol import read_output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from PIL import Image

    from nlcl_bench.data.record import Box, Record
    from nlcl_bench.evaluation.intake import Run

__all__ = ["Output", "has_output", "outputs", "show"]

_FOLDER = "restored"


@dataclass(frozen=True, slots=True)
class Output:
    """A file that is said to be what a method made of a photograph.

    Attributes:
        label: The row's name.
        path: The PNG file.
        scored: Digest of the pixels that the scores are of.
        sha256: Digest of the file; empty where it is not to be read.
        problem: Why it is not to be read.
    """

    label: str
    path: Path
    scored: str
    sha256: str = ""
    problem: str = ""


def has_output(run: Run, image_id: str) -> bool:
    """Whether a run folder carries something in the place of an output."""
    return os.path.lexists(_path(run, image_id))


def _path(run: Run, image_id: str) -> Path:
    return run.folder / _FOLDER / f"{image_id}.png"


def outputs(record: Record, runs: Mapping[str, Run]) -> list[Output]:
    """Return what the runs carry for a photograph, by label; runs without a file are left out."""
    found = []
    for label, run in sorted(runs.items()):
        if not has_output(run, record.image_id):
            continue
        path = _path(run, record.image_id)
        line = run.images.index(record.image_id) if record.image_id in run.images else None
        scored = "" if line is None else run.outputs[line]
        problem = _problem(path, record)
        if line is None:
            problem = "there is no score of it"
        elif run.inputs[line] != record.sha256:
            problem = "its scores are of another photograph than the release's"
        found.append(Output(label, path, scored, "" if problem else _digest(path), problem))
    return found


def _digest(path: Path) -> str:
    try:
        return sha256_file(path)
    except OSError:
        return ""  # reading it will say why


def _problem(path: Path, record: Record) -> str:
    """Say why a file is not even looked into; it may be a link to anything, or have no end."""
    if path.parent.is_symlink() or not stat.S_ISREG(path.lstat().st_mode):
        return "it is a link or no plain file"
    most = 8 * record.height * (record.width + 1) + 100_000
    return "" if path.stat().st_size <= most else f"it has more than {most:,} bytes"


def show(output: Output, rainy: Image.Image, hidden: Iterable[Box]) -> Image.Image:
    """Read an output, and lay over it what the release hides: no picture may show what the photograph does not.

    Args:
        output: The file.
        rainy: The photograph, decoded.
        hidden: What is unrecognisable in the photograph.

    Raises:
        ImageError: The file cannot be read, is against the protocol, or is not the picture that was scored.
    """
    if output.problem:
        raise ImageError(output.problem, where=output.label)
    image = read_output(output.path, rainy.size)
    if pixel_digest(image) != output.scored:
        raise ImageError("it is not the picture that the scores are of", where=output.label)
    for box in hidden:
        place = (box.left, box.top, box.left + box.width, box.top + box.height)
        image.paste(rainy.crop(place), place[:2])
    return image
