"""What a training looks at: crops of rainy and of clean photographs that need not show the same place.

Every photograph is decoded once, into a file of raw pixels from which crops are read without loading the rest, so
that a folder larger than the memory is no trouble. The files are named by the photographs' digests: a resumed
training finds them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from nlcl_bench.core.digest import sha256_bytes, sha256_lines
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.files import existing_folder, make_folder, writing
from nlcl_bench.core.images import decode, photographs_in, read_file
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.loading import load_samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from torch import Tensor

__all__ = ["Photographs", "decode_all", "draw", "from_folder", "from_release"]


@dataclass(frozen=True, slots=True)
class Photographs:
    """The decoded photographs of one domain.

    Attributes:
        files: Files of raw pixels, uint8 ``(H, W, 3)``, each at least as large as a crop.
        digest: Digest of the photographs' digests, in order.
        skipped: What could not be used, and why.
    """

    files: tuple[Path, ...]
    digest: str
    skipped: tuple[str, ...]


def from_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the photographs in a folder and its subfolders, in the order of their names.

    Raises:
        InputError: There is no such folder.
        ImageError: A file cannot be read.
    """
    for path in photographs_in(existing_folder(folder)):
        yield str(path), read_file(path)


def from_release(release: Path, domain: str) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the training photographs of a release folder; ``domain`` is rainy or clean.

    Raises:
        InputError: There is no such folder, or no such config in it.
        ManifestError: The release is damaged.
    """
    for sample in load_samples(existing_folder(release), domain, "train"):
        yield sample.record.file_name, sample.image


def decode_all(
    photographs: Iterable[tuple[str, bytes]], into: Path, *, crop: int, domain: str, track: Track = silent
) -> Photographs:
    """Decode photographs into files of raw pixels, except those that are decoded already.

    A damaged photograph, or one smaller than the crop, is skipped and named.

    Args:
        photographs: Names and bytes.
        into: The folder for the files.
        crop: Side of the crops to be drawn, in pixels.
        domain: ``rainy`` or ``clean``, for messages.
        track: Shows progress.

    Raises:
        InputError: No photograph can be used.
        StorageError: The folder cannot be written.
    """
    make_folder(into)
    usable: dict[str, Path] = {}
    skipped: list[str] = []
    for name, data in track(photographs, what=f"decode {domain} photographs"):
        digest = sha256_bytes(data)
        path = into / f"{digest}.npy"
        try:
            height, width = _decode_once(name, data, path)
        except ImageError as error:
            skipped.append(str(error))
            continue
        if min(height, width) < crop:
            skipped.append(f"{name}: {width}x{height} is smaller than a crop of {crop}")
        else:
            usable[digest] = path
    if not usable:
        raise InputError(
            f"no {domain} photograph can be used to train" + (f"; the first: {skipped[0]}" if skipped else ""),
            where=domain,
            fix=f"give photographs of at least {crop}x{crop} pixels, or a smaller crop",
        )
    return Photographs(tuple(usable.values()), sha256_lines(usable), tuple(skipped))


def _decode_once(name: str, data: bytes, path: Path) -> tuple[int, int]:
    if not path.exists():
        pixels = np.asarray(decode(data, where=name))
        with writing(path) as part, part.open("wb") as file:
            np.save(file, pixels)
    height, width, _ = np.load(path, mmap_mode="r").shape
    return height, width


def draw(photographs: Photographs, count: int, crop: int, chance: torch.Generator) -> Tensor:
    """Draw square crops, each from a photograph drawn evenly, at a place drawn evenly.

    Shape:
        returns: float32 ``(count, 3, crop, crop)``, values in [-1, 1], on the CPU.
    """
    return torch.stack([_draw_one(photographs.files, crop, chance) for _ in range(count)])


def _draw_one(files: tuple[Path, ...], crop: int, chance: torch.Generator) -> Tensor:
    pixels = np.load(files[_below(len(files), chance)], mmap_mode="r")
    top, left = (_below(length - crop + 1, chance) for length in pixels.shape[:2])
    window = torch.from_numpy(np.array(pixels[top : top + crop, left : left + crop]))
    return window.permute(2, 0, 1).float().div_(127.5).sub_(1)


def _below(limit: int, chance: torch.Generator) -> int:
    return int(torch.randint(limit, (), generator=chance))
