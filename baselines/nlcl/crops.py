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

from baselines.nlcl.patches import random_queries
from baselines.nlcl.rain import rain_on, vary
from baselines.nlcl.step import Batch
from nlcl_bench.core.digest import sha256_bytes, sha256_lines, sha256_value
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.files import existing_folder, make_folder, writing
from nlcl_bench.core.images import decode, photographs_in, read_file
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.loading import load_samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy.typing as npt
    from torch import Tensor

    from baselines.nlcl.config import Config

__all__ = ["Photographs", "Source", "decode_all", "draw_batch", "from_folder", "from_release"]


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


@dataclass(frozen=True, slots=True)
class Source:
    """What crops are drawn from.

    Attributes:
        rainy: Photographs in which it rains; None for a recipe that looks at none.
        clean: Photographs of other scenes in which it does not.
        layers: Layers of rain to render on clean crops, ``(count, side, side)``; None if the recipe renders none.
    """

    rainy: Photographs | None
    clean: Photographs
    layers: npt.NDArray[np.uint8] | None

    @property
    def domains(self) -> dict[str, Photographs]:
        """The photographs by what they show, rainy ones first."""
        return {"clean": self.clean} if self.rainy is None else {"rainy": self.rainy, "clean": self.clean}


def from_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the photographs in a folder and its subfolders, in the order of their names.

    Names begin with the folder's, not with where it lies on this machine: a report repeats them.

    Raises:
        InputError: There is no such folder.
        ImageError: A file cannot be read.
    """
    for path in photographs_in(existing_folder(folder)):
        yield f"{folder.name}/{path.relative_to(folder).as_posix()}", read_file(path)


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


def draw_batch(source: Source, config: Config, number: int, samples: range) -> Batch:
    """Draw what a step looks at; a sample depends on the seed and on its number alone.

    Args:
        source: The photographs, and layers of rain.
        config: The recipe.
        number: Of the step.
        samples: Which samples of the step's batch; a process of several draws its share, which begins and ends at a
            multiple of ``config.rainy_every``.

    Returns:
        The batch, on the CPU.
    """
    drawn: dict[str, list[Tensor]] = {}
    seeds = [int(sha256_value([config.seed, number, index])[:15], 16) for index in samples]
    for index, seed in zip(samples, seeds, strict=True):
        for name, tensor in _sample(source, config, seed, rainy=index % config.rainy_every == 0).items():
            drawn.setdefault(name, []).append(tensor)
    stacked = {name: torch.stack(tensors) for name, tensors in drawn.items()}
    return Batch(
        rainy=stacked.get("rainy", stacked["clean"][:0]),
        clean=stacked["clean"],
        rendered=stacked.get("rendered"),
        truth=stacked.get("truth"),
        places=torch.cat((stacked["rainy_places"], stacked["clean_places"])),
        background_places=stacked["background_places"],
        rain_places=stacked["rain_places"],
        seeds=torch.tensor(seeds),
    )


def _sample(source: Source, config: Config, seed: int, *, rainy: bool) -> dict[str, Tensor]:
    """Draw a crop with rendered rain and its truth; with ``rainy``, real ones and the places to look at in them too."""
    chance, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    found: dict[str, Tensor] = {}
    if source.layers is not None:
        crop = max((_crop(source.clean.files, config, rng) for _ in range(config.busiest_of)), key=_busy)
        rendered, truth = rain_on(vary(crop, rng), source.layers, rng)
        if config.turned and rng.random() < config.turned:
            rendered, truth = np.rot90(rendered), np.rot90(truth)
        found = {"rendered": _to_tensor(rendered), "truth": _to_tensor(truth)}
    if not rainy:
        return found
    for name, photographs in source.domains.items():
        found[name] = _to_tensor(np.divide(_crop(photographs.files, config, rng), 255, dtype=np.float32))
    size, margin = (config.crop, config.crop), config.query_margin
    for name, count in (
        ("rainy_places", config.location_queries),
        ("clean_places", config.location_queries),
        ("background_places", 1),
        ("rain_places", 1),
    ):
        found[name] = random_queries(size, count, margin, chance)
    return found


def _busy(crop: npt.NDArray[np.uint8]) -> float:
    """Return how much there is to see in a crop: the mean difference of neighbouring pixels, in levels."""
    return float(np.abs(np.diff(crop[..., 1].astype(np.int16), axis=0)).mean())


def _to_tensor(crop: npt.NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(crop)).permute(2, 0, 1).contiguous().mul_(2).sub_(1)


def _crop(files: tuple[Path, ...], config: Config, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Draw a square crop of a photograph drawn evenly, at a place drawn evenly, shrunk and mirrored if so wanted."""
    pixels = np.load(files[rng.integers(len(files))], mmap_mode="r")
    factor = 1
    if config.shrink:  # a large photograph holds the textures of smaller ones, too
        halvings = int(np.log2(max(1, min(pixels.shape[:2]) // (2 * config.crop))))
        factor = 2 ** int(rng.integers(halvings + 1))
    side = config.crop * factor
    top, left = (rng.integers(length - side + 1) for length in pixels.shape[:2])
    window = np.asarray(pixels[top : top + side, left : left + side])
    if factor > 1:
        means = window.reshape(config.crop, factor, config.crop, factor, 3).mean((1, 3), dtype=np.float32)
        window = np.rint(means).astype(np.uint8)
    return window[:, ::-1] if config.flips and rng.random() < 0.5 else window  # noqa: PLR2004 (half of them)
