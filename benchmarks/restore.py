"""What a photograph's size costs: ``python benchmarks/restore.py PHOTO [--weights FILE] [--sizes 1,3,12]``.

PHOTO is continued by reflection, or cropped, to each size in megapixels (1, 3, 12, 24 and 48 unless told otherwise),
and derained by the engine as `nlcl-bench derain` does. For NLCL the same network also runs over the image in one piece,
where that needs less than 12 GB, and the two results are compared.

Each run has a process of its own, so that its peak memory is its own: that of the whole process, torch and the decoded
photograph included. Seconds are those of the method alone.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from nlcl_bench.core.images import decode_file
from nlcl_bench.evaluation.inputs import method_weights
from nlcl_bench.methods.catalogue import METHODS

if TYPE_CHECKING:
    from torch import Tensor

NLCLS = ("nlcl", "nlcl-official", "rendered")
"""Methods that are a network of NLCL's."""

MOST = 12.0
"""Gigabytes beyond which nothing is run in one piece."""

PIECE = 0.65
"""Gigabytes that the authors' network takes for a megapixel in one piece."""

HEADER = f"{'megapixels':>10}  {'way':14}{'seconds':>9}{'s per MP':>10}{'peak MB':>9}{'largest difference':>20}"


class Cost(NamedTuple):
    """What a run took."""

    seconds: float
    megabytes: float


def sides(megapixels: float) -> tuple[int, int]:
    """Return height and width of 3 to 4."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5 / 4) * 4
    return height, round(megapixels * 1e6 / height / 4) * 4


def rainy_of(photo: Path, megapixels: float) -> Tensor:
    """Return the photograph in a size, float32 ``(3, H, W)`` in [0, 1]."""
    import torch

    height, width = sides(megapixels)
    pixels = torch.from_numpy(np.asarray(decode_file(photo)).copy())
    for axis, length in ((0, height), (1, width)):
        side = pixels.shape[axis]
        index = torch.arange(length) % (2 * side - 2)
        pixels = pixels.index_select(axis, torch.where(index < side, index, 2 * side - 2 - index))
    return pixels.permute(2, 0, 1).float().div_(255)


def by_engine(rainy: Tensor, method: str, weights: Path | None) -> Tensor:
    """Derain as the command does."""
    import torch

    from nlcl_bench.evaluation.apply import apply, load_method

    spec = METHODS.get(method)
    return apply(load_method(spec, torch.device("cpu"), weights), spec, rainy)


def in_one_piece(rainy: Tensor, method: str, weights: Path) -> Tensor:  # noqa: ARG001
    """Derain with NLCL's network as it stands."""
    import torch

    from baselines.nlcl.weights import load_generator

    with torch.inference_mode():
        return load_generator(weights).eval()(rainy[None] * 2 - 1)[0].add_(1).div_(2).clamp_(0, 1)


WAYS = {"by the engine": by_engine, "in one piece": in_one_piece}


def measured(way: str, photo: Path, megapixels: float, method: str, weights: Path | None, into: Path) -> Cost:
    """Run one way in a process of its own, and keep the result."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(partial(_measured, way, photo, megapixels, method, weights, into))


def _measured(way: str, photo: Path, megapixels: float, method: str, weights: Path | None, into: Path) -> Cost:
    rainy = rainy_of(photo, megapixels)
    begin = time.perf_counter()
    derained = WAYS[way](rainy, method, weights)
    cost = Cost(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    np.save(into, derained.numpy())
    return cost


def apart(first: Path, second: Path) -> float:
    """Return the largest difference of two results in grey levels."""
    one, two = (np.load(path, mmap_mode="r") for path in (first, second))
    return max(float(np.abs(one[:, row] - two[:, row]).max()) for row in range(one.shape[1])) * 255


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--method", default="nlcl")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--sizes", default="1,3,12,24,48")
    given = parser.parse_args()
    Image.MAX_IMAGE_PIXELS = None
    weights = method_weights(METHODS.get(given.method), given.weights)
    print(HEADER)
    with tempfile.TemporaryDirectory() as folder:
        for megapixels in map(float, given.sizes.split(",")):
            ways = [way for way in WAYS if way == "by the engine" or fits(given.method, megapixels)]
            kept = {way: Path(folder, f"{number}.npy") for number, way in enumerate(ways)}
            for way in ways:
                cost = measured(way, given.photo, megapixels, given.method, weights, kept[way])
                levels = f"{apart(*kept.values()):13.5f} levels" if way == "in one piece" else ""
                print(
                    f"{megapixels:10g}  {way:14}{cost.seconds:9.1f}{cost.seconds / megapixels:10.2f}"
                    f"{cost.megabytes:9.0f}{levels:>20}",
                    flush=True,
                )


def fits(method: str, megapixels: float) -> bool:
    """Tell whether a run in one piece says something that the engine's run does not, and has room."""
    return method in NLCLS and PIECE * megapixels < MOST


if __name__ == "__main__":
    main()
