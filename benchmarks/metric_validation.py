"""How far metrics that see no truth agree with the truth: ``python benchmarks/metric_validation.py --pairs DIR``.

DIR holds pairs NAME_rain.png and NAME_clean.png; those that lie on their side are turned. Of each rainy picture
outputs of many strengths are made, rounded to 8 bits: blended with the clean picture to 0, 25, 50, 75 and 100 %, and,
of the input and of the blend of 75 %, blurred, JPEG-compressed, over-smoothed, sharpened, with invented detail, and
with more rain. Every metric scores them all beside their PSNR to the truth. Agreement is Spearman's rank correlation
over the outputs of one picture, turned so that 1 is full agreement, then averaged over pictures; intervals of 95 %
are bootstrapped over pictures. The second column is the same among the spoiled outputs of the input alone and of the
blend alone, where content is lost while the rain stays what it is (but for the one with more). A metric ranks only if
the interval of its lead on NIQE, over all outputs, lies above 0.

NIQE and BRISQUE need their parameter files (see ``nlcl-bench doctor``); what is missing is left out and said.
"""

from __future__ import annotations

import argparse
import io
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy import ndimage, stats
from skimage.restoration import denoise_bilateral

from nlcl_bench.core.artifacts import locate
from nlcl_bench.core.images import decode_file
from nlcl_bench.data.rendering import Rain, render
from nlcl_bench.metrics.no_reference import BRISQUE, NIQE, PIQE
from nlcl_bench.metrics.rain_and_content import COLOUR_SHIFT, CONTENT_KEPT, RESIDUAL_RAIN
from nlcl_bench.metrics.rain_probability.spec import RAIN_PROBABILITY
from nlcl_bench.metrics.reference import PSNR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt
    from torch import Tensor

    Picture = npt.NDArray[np.float64]

OURS = (RESIDUAL_RAIN, CONTENT_KEPT, COLOUR_SHIFT)
SPECS = (*OURS, RAIN_PROBABILITY, NIQE, PIQE, BRISQUE)
TOGETHER = {
    "residual_rain and content_kept": ((RESIDUAL_RAIN,), (CONTENT_KEPT,)),
    "all three of ours": tuple((spec,) for spec in OURS),
    "rain_probability and content_kept": ((RAIN_PROBABILITY,), (CONTENT_KEPT,)),
    "headline of a board without truth": ((RESIDUAL_RAIN,), (CONTENT_KEPT,), (NIQE, PIQE, BRISQUE)),
}
"""Mean ranks of several families, and of the metrics within each."""

ALMOST = 0.75
STARTS = ("input:", "75 %:")
MORE_RAIN = Rain(angle=5.0, spread=2.0, length=0.15, density=900.0, strength=0.7, veil=0.1)


def blurred(picture: Picture, down: float, right: float) -> Picture:
    """Blur with a Gaussian of so many pixels."""
    return ndimage.gaussian_filter(picture, (down, right, 0), mode="nearest")


def compressed(picture: Picture, quality: int) -> Picture:
    """Save as JPEG and read again."""
    stream = io.BytesIO()
    Image.fromarray((picture * 255).round().astype(np.uint8)).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream)) / 255


def spoiled(picture: Picture, seed: int) -> Iterator[tuple[str, Picture]]:
    """Yield what a method may do to a picture instead of taking rain away, by name."""
    rng = np.random.default_rng(seed)
    for sigma in (0.7, 1.5, 3.0):
        yield f"blur {sigma}", blurred(picture, sigma, sigma)
    yield "blur across 2.0", blurred(picture, 0, 2)
    for quality in (90, 75, 40, 15):
        yield f"JPEG {quality}", compressed(picture, quality)
    for side in (3, 7):
        yield f"median {side}", ndimage.median_filter(picture, (side, side, 1))
    yield "bilateral", denoise_bilateral(picture, win_size=7, sigma_color=0.1, sigma_spatial=2, channel_axis=2)
    yield "sharpened", picture + (picture - blurred(picture, 1, 1))
    for strength in (0.02, 0.06):
        yield f"noise {strength}", picture + rng.normal(0, strength, picture.shape)
    texture = blurred(rng.normal(0, 1, (*picture.shape[:2], 1)), 1.2, 1.2)
    yield "texture", picture + 0.05 * texture / texture.std()
    yield "more rain", render(picture, MORE_RAIN, rng)


def outputs(rainy: Picture, clean: Picture) -> Iterator[tuple[str, Picture]]:
    """Yield all outputs of one pair, by name, in [0, 1], in steps of 1/255."""
    made = [(f"{share:.0%} derained", (1 - share) * rainy + share * clean) for share in (0, 0.25, 0.5, ALMOST, 1)]
    for start, picture in zip(STARTS, (rainy, (1 - ALMOST) * rainy + ALMOST * clean), strict=True):
        made += [(f"{start} {name}", one) for name, one in spoiled(picture, seed=0)]
    for name, picture in made:
        yield name, np.clip(picture * 255, 0, 255).round() / 255


def scored(path: Path, names: tuple[str, ...], side: int | None) -> tuple[list[str], Picture]:
    """Score the outputs of one pair.

    Returns:
        Names of the outputs, and a row for each: PSNR, then a column per metric.
    """
    import torch

    torch.set_num_threads(1)
    pair = (picture(one, side) for one in (path, path.with_name(path.name.replace("_rain", "_clean"))))
    rainy, clean = upright(*pair)
    metrics = [
        (spec.load(locate(spec.weights) if spec.weights else None), spec.reference)
        for spec in (PSNR, *SPECS)
        if spec.name in names
    ]
    references = {"none": None, "rainy": tensor(rainy), "clean": tensor(clean)}
    kinds, rows = [], []
    for kind, output in outputs(rainy, clean):
        kinds.append(kind)
        rows.append([float(metric(tensor(output), references[reference])[0]) for metric, reference in metrics])
    return kinds, np.array(rows)


def picture(path: Path, side: int | None) -> Picture:
    """Return a file's pixels, or those of its middle."""
    pixels = np.asarray(decode_file(path)) / 255
    if side is None:
        return pixels
    top, left = (max(0, (length - side) // 2) for length in pixels.shape[:2])
    return pixels[top : top + side, left : left + side]


def upright(rainy: Picture, clean: Picture) -> tuple[Picture, Picture]:
    """Turn a pair by 90 degrees if its rain runs level, so that down is where the drops fall.

    Some sets turned their upright photographs. What tells is the rain itself, the difference of the two.
    """
    rain = (rainy - clean).mean(axis=2)
    level = np.square(np.diff(rain, axis=0)).sum() > np.square(np.diff(rain, axis=1)).sum()
    return (np.rot90(rainy), np.rot90(clean)) if level else (rainy, clean)


def tensor(pixels: Picture) -> Tensor:
    """Return a batch of one."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].float()


def agreements(tables: list[Picture], names: list[str]) -> dict[str, Picture]:
    """Return for each metric, and for the mean ranks of several, its agreement with PSNR in each picture."""
    directions = [-1 if spec.better == "lower" else 1 for spec in SPECS if spec.name in names]
    columns = {name: [[names.index(name)]] for name in names}
    columns |= {
        name: [[names.index(spec.name) for spec in family] for family in families]
        for name, families in TOGETHER.items()
        if all(spec.name in names for family in families for spec in family)
    }
    found: dict[str, list[float]] = {name: [] for name in columns}
    for table in tables:
        ranks = stats.rankdata(table[:, 1:] * directions, axis=0)
        for name, which in columns.items():
            whole = np.mean([ranks[:, family].mean(axis=1) for family in which], axis=0)
            found[name].append(stats.spearmanr(whole, table[:, 0]).statistic)
    return {name: np.array(values) for name, values in found.items()}


def interval(values: Picture) -> tuple[float, float, float]:
    """Return mean and bootstrap interval of 95 % over pictures."""
    means = np.random.default_rng(0).choice(values, (10_000, len(values))).mean(axis=1)
    return float(values.mean()), *(float(bound) for bound in np.percentile(means, (2.5, 97.5)))


def report(kinds: list[str], tables: list[Picture], names: list[str]) -> None:
    """Print both tables: agreement with PSNR, and the mean of each metric for each kind of output."""
    say: Callable[[str], int] = sys.stdout.write
    found = agreements(tables, names)
    alike = [
        agreements([table[[kind.startswith(start) for kind in kinds]] for table in tables], names) for start in STARTS
    ]
    say("| metric | rank correlation with PSNR | among outputs with as much rain | lead on NIQE | may rank |\n")
    say("|---|---|---|---|---|\n")
    for name, values in sorted(found.items(), key=lambda item: -float(item[1].mean())):
        columns = (interval(values), interval(np.mean([one[name] for one in alike], axis=0)))
        line = f"| {name} |" + "".join(f" {mean:.2f} [{low:.2f}, {high:.2f}] |" for mean, low, high in columns)
        if NIQE.name in found and name != NIQE.name:
            lead, least, most = interval(values - found[NIQE.name])
            line += f" {lead:+.2f} [{least:+.2f}, {most:+.2f}] | {'yes' if least > 0 else 'no'} |"
        else:
            line += " | |"
        say(line + "\n")
    say(f"\n| output | PSNR | {' | '.join(names)} |\n|---|{'---|' * (len(names) + 1)}\n")
    for kind, row in zip(kinds, np.mean(tables, axis=0), strict=True):
        say(f"| {kind} | {' | '.join(f'{value:.3g}' for value in row)} |\n")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--size", type=int, help="only the middle of so many pixels a side; at least 192 for NIQE")
    parser.add_argument("--limit", type=int, help="only the first so many pairs")
    parser.add_argument("--metrics", nargs="+", default=[spec.name for spec in SPECS], help="only these")
    parser.add_argument("--jobs", type=int, default=1)
    chosen = parser.parse_args()
    specs = [spec for spec in SPECS if spec.name in chosen.metrics]
    paths = sorted(chosen.pairs.glob("*_rain.png"))[: chosen.limit]
    names = [spec.name for spec in specs if spec.weights is None or locate(spec.weights) is not None]
    for name in (spec.name for spec in specs if spec.name not in names):
        sys.stdout.write(f"{name} is left out: its parameter file is missing\n")
    with ProcessPoolExecutor(chosen.jobs, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(partial(scored, names=(PSNR.name, *names), side=chosen.size), paths))
    sys.stdout.write(f"{len(paths)} pairs of {chosen.pairs.name}, {len(done[0][0])} outputs of each\n\n")
    tables = [table for _, table in done]
    report(done[0][0], tables, names)


if __name__ == "__main__":
    main()
