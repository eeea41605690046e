"""Where the layers that are analysed come from: a network's separation of rainy photographs, or rain that is rendered.

A network's layers carry its own faults: what tells B from R may be the network's handwriting. Rain rendered on clean
photographs gives layers that are true by construction, of rain that is not quite real. So both are offered.

Values are in [-1, 1], as in the networks; R is a difference of such values, 0 where there is no rain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

import numpy as np
import torch

from baselines.nlcl.weights import load_generator
from nlcl_bench.core.digest import sha256_bytes, sha256_value
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.files import existing_folder
from nlcl_bench.core.images import decode, photographs_in, read_file, to_tensor
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.record import Digest, Row
from nlcl_bench.data.rendering import render, sample_rain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

__all__ = ["Layers", "Scope", "Seen", "Source", "Survey", "rendered", "separated", "spread", "survey"]

T = TypeVar("T")

_ROUNDING = 1e-5  # a difference of no more is none: scale-free measures would take it for texture
_MULTIPLE = 8  # of both sides, which networks that work at lower resolutions need


@dataclass(frozen=True, slots=True)
class Layers:
    """A rainy photograph and its layers, each ``(1, 3, H, W)``; H and W are multiples of 8."""

    rainy: Tensor
    background: Tensor
    rain: Tensor


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of photographs and how each becomes layers.

    Attributes:
        name: ``separated`` by a network, or ``rendered``.
        folder: The photographs: rainy ones to separate, clean ones to render rain on.
        split: Makes layers of a photograph ``(1, 3, H, W)``; draws from the generator what is random in it.
    """

    name: Literal["separated", "rendered"]
    folder: Path
    split: Callable[[Tensor, np.random.Generator], Layers]


class Scope(Row):
    """How much is looked at.

    Attributes:
        limit: Photographs of a folder, at most; they are spread evenly over the folder.
        side: Longer photographs are cropped to so many pixels a side, around the middle.
        places: Random places per photograph.
        seed: Of the places and the rendered rain.
        draws: Of the bootstrap over photographs.
    """

    limit: int = 24
    side: int = 1024
    places: int = 25
    seed: int = 0
    draws: int = 2000


class Seen(Row):
    """A photograph that was used: its name in the folder, and the digest of its file."""

    name: str
    sha256: Digest


@dataclass(frozen=True, slots=True)
class Survey(Generic[T]):
    """What was found, photograph by photograph, and which photographs could not be used, and why."""

    photographs: tuple[Seen, ...]
    found: tuple[T, ...]
    skipped: tuple[str, ...]


def separated(folder: Path, background: Path, rain: Path | None = None) -> Source:
    """Take layers from rainy photographs by a trained generator G_B.

    Args:
        folder: The rainy photographs.
        background: Weights of G_B.
        rain: Weights of G_R, if R is to be its output; else R is ``O - B``.

    Raises:
        ArtifactError: A weight file cannot be used.
    """
    of_background = load_generator(background).eval()
    of_rain = None if rain is None else load_generator(rain).eval()

    def split(rainy: Tensor, _: np.random.Generator) -> Layers:
        layer = of_background(rainy)
        return Layers(rainy, layer, rainy - layer if of_rain is None else of_rain(rainy))

    return Source("separated", folder, split)


def rendered(folder: Path) -> Source:
    """Take layers from clean photographs by rendering rain on them: B is the photograph, and O is ``B + R`` exactly."""

    def split(clean: Tensor, chance: np.random.Generator) -> Layers:
        pixels = clean[0].permute(1, 2, 0).double().add(1).div(2).numpy()
        rainy = torch.from_numpy(render(pixels, sample_rain(chance), chance)).float().mul(2).sub(1)
        difference = rainy.permute(2, 0, 1)[None] - clean
        rain = torch.where(difference.abs() > _ROUNDING, difference, 0)
        return Layers(clean + rain, clean, rain)

    return Source("rendered", folder, split)


def survey(
    source: Source,
    look: Callable[[Layers, np.random.Generator], T],
    scope: Scope,
    *,
    least: int,
    track: Track = silent,
) -> Survey[T]:
    """Look at the layers of one photograph after the other; only what was found is kept.

    What is random depends on the seed and the photograph's bytes alone, not on its neighbours. A photograph that is
    damaged, too small or there twice is skipped and named.

    Args:
        source: The photographs.
        look: Returns what is found in a photograph's layers.
        scope: How much is looked at.
        least: Shortest side that can be used, in pixels.
        track: Shows progress.

    Raises:
        InputError: There is no such folder, or no photograph in it can be used.
    """
    seen: dict[str, str] = {}
    found: list[T] = []
    skipped: list[str] = []
    paths = spread(photographs_in(existing_folder(source.folder)), scope.limit)
    for path in track(paths, what=f"look at {source.name} photographs", total=len(paths)):
        name = path.relative_to(source.folder).as_posix()
        try:
            digest, photograph = _read(path, name, scope.side, least)
        except ImageError as error:
            skipped.append(str(error))
            continue
        if digest in seen:
            skipped.append(f"{name}: is the same file as {seen[digest]}")
            continue
        chance = np.random.default_rng(int(sha256_value([scope.seed, digest])[:15], 16))
        with torch.inference_mode():
            found.append(look(source.split(photograph, chance), chance))
        seen[digest] = name
    if not found:
        raise InputError(
            "holds no photograph that can be used" + (f"; the first: {skipped[0]}" if skipped else ""),
            where=source.folder,
            fix=f"give a folder of photographs of at least {least}x{least} pixels",
        )
    photographs = tuple(Seen(name=name, sha256=digest) for digest, name in seen.items())
    return Survey(photographs, tuple(found), tuple(skipped))


def spread(paths: list[T], limit: int) -> list[T]:
    """Return at most ``limit`` of the paths, evenly spread.

    Args:
        paths: In order.
        limit: How many, at most.

    >>> spread(list("abcdefg"), 3)
    ['a', 'c', 'e']
    """
    return paths if len(paths) <= limit else [paths[index * len(paths) // limit] for index in range(limit)]


def _read(path: Path, name: str, side: int, least: int) -> tuple[str, Tensor]:
    """Return a photograph's digest and its middle, ``(1, 3, h, w)`` in [-1, 1]."""
    data = read_file(path)
    image = to_tensor(decode(data, where=name))
    height, width = (min(length, side) // _MULTIPLE * _MULTIPLE for length in image.shape[1:])
    if min(height, width) < least:
        raise ImageError(f"{image.shape[2]}x{image.shape[1]} leaves less than {least} pixels a side", where=name)
    top, left = (image.shape[1] - height) // 2, (image.shape[2] - width) // 2
    return sha256_bytes(data), image[None, :, top : top + height, left : left + width].mul(2).sub(1)
