"""How well methods derain where the truth is known: ``python benchmarks/derain_quality.py --data DIR METHOD ...``.

METHOD is a name from ``nlcl-bench methods``, or NAME=WEIGHTS for a weight file of one's own. DIR holds what is there of

    video/fastderain/yard.mp4   real rain before a camera that stands still: frames 60, 110, ... 310, each judged by the
                                temporal median of the 60 frames around it (30 before, 30 after, not itself)
    paired/rain100L             pairs NAME_rain.png and NAME_clean.png; measured as they are, and once more with those
                                turned by a quarter that lie on their side, so that the rain falls in all
    clean/kodak24               photographs without rain, which should come out as they went in

Scores are those of the toolkit, of outputs rounded to 8 bits: PSNR of the full picture in RGB (yard, kodak24) or of
luma (rain100L), SSIM of luma. Means over pictures with bootstrap intervals of 95 %; "over input" is the mean of the
differences from the input, so its interval is that of the paired design; with ``--versus NAME`` the difference from
that method is printed too. ``--save DIR`` keeps the outputs to look at.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from PIL import Image

from collection_tools.video.reading import opened
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.evaluation.inputs import method_weights
from nlcl_bench.methods.catalogue import METHODS
from nlcl_bench.metrics.reference import PSNR, PSNR_Y, SSIM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy.typing as npt

    from nlcl_bench.metrics.spec import MetricSpec

    Picture = npt.NDArray[np.uint8]
    Numbers = npt.NDArray[np.float64]

YARD_FRAMES = range(60, 311, 50)
AROUND = 30
CPU = torch.device("cpu")


class Case(NamedTuple):
    """One picture with its truth."""

    name: str
    rainy: Picture
    truth: Numbers


def yard(data: Path) -> Iterator[Case]:
    """Yield frames of the static video with their temporal medians."""
    with opened(data / "video" / "fastderain" / "yard.mp4") as video:
        frames = [one.picture() for one in video.frames()]
    for number in YARD_FRAMES:
        others = np.stack(frames[number - AROUND : number] + frames[number + 1 : number + AROUND + 1])
        yield Case(f"{number:03d}", frames[number], np.median(others, 0))


def rain100l(data: Path) -> Iterator[Case]:
    """Yield the pairs of Rain100L."""
    for path in sorted((data / "paired" / "rain100L").glob("*_rain.png")):
        truth = picture(path.with_name(path.name.replace("_rain", "_clean")))
        yield Case(path.stem, picture(path), truth.astype(np.float64))


def rain100l_upright(data: Path) -> Iterator[Case]:
    """Yield the same pairs, turned where the rain, which is the difference of the two, changes more from row to row."""
    for case in rain100l(data):
        rain = (case.rainy - case.truth).mean(2)
        down, across = (float(np.square(np.diff(rain, axis=axis)).sum()) for axis in (0, 1))
        yield Case(case.name, np.rot90(case.rainy), np.rot90(case.truth)) if down > across else case


def kodak24(data: Path) -> Iterator[Case]:
    """Yield photographs without rain, which are their own truth."""
    for path in sorted((data / "clean" / "kodak24").iterdir()):
        found = picture(path)
        yield Case(path.stem, found, found.astype(np.float64))


def picture(path: Path) -> Picture:
    """Decode a file, RGB."""
    return np.asarray(Image.open(path).convert("RGB"))


SETS: dict[str, tuple[Callable[[Path], Iterator[Case]], tuple[MetricSpec, ...]]] = {
    "yard": (yard, (PSNR, SSIM)),
    "rain100L": (rain100l, (PSNR_Y, SSIM)),
    "upright": (rain100l_upright, (PSNR_Y, SSIM)),
    "kodak24": (kodak24, (PSNR,)),
}


def loaded(wanted: str) -> Callable[[Picture], Numbers]:
    """Return what derains a picture, for NAME or NAME=WEIGHTS."""
    name, _, weights = wanted.partition("=")
    spec = METHODS.get(name)
    derainer = load_method(spec, CPU, method_weights(spec, Path(weights) if weights else None))

    def derain(rainy: Picture) -> Numbers:
        given = torch.from_numpy(rainy.copy()).permute(2, 0, 1).float().div(255)
        made = apply(derainer, spec, given).mul(255).round()
        return made.permute(1, 2, 0).double().numpy()

    return derain


def scored(metric: MetricSpec, pairs: Iterable[tuple[Numbers, Numbers]]) -> Numbers:
    """Return a score per pair of output and truth."""
    score = metric.load(None)
    tensors = ([torch.from_numpy(one / 255).permute(2, 0, 1)[None].float() for one in pair] for pair in pairs)
    return np.array([float(score(*pair)) for pair in tensors])


def interval(values: Numbers, rng: np.random.Generator) -> str:
    """Return mean and bootstrap interval of 95 %, as text."""
    means = rng.choice(values, (10_000, len(values))).mean(1)
    low, high = np.percentile(means, (2.5, 97.5))
    return f"{values.mean():+8.3f} [{low:+.3f}, {high:+.3f}]"


def measure(set_: str, data: Path, wanted: list[str], versus: str | None, save: Path | None) -> None:
    """Derain a set with every method and print a line per method and measure."""
    cases_of, metrics = SETS[set_]
    cases = list(cases_of(data))
    scores: dict[str, dict[str, Numbers]] = {}
    for name in ["input", *wanted]:
        derain = loaded(name) if name != "input" else partial(np.asarray, dtype=np.float64)
        made = [derain(case.rainy) for case in cases]
        for case, one in zip(cases, made, strict=True):
            keep(one, save, f"{set_}-{case.name}-{name.partition('=')[0]}")
        scores[name] = {
            metric.title: scored(metric, zip(made, (case.truth for case in cases), strict=True)) for metric in metrics
        }
    for name, found in scores.items():
        for label, values in found.items():
            line = f"{set_:10}{len(cases):4} {name:40.40} {label:7}{values.mean():9.3f}"
            for other in ["input", versus] if versus else ["input"]:
                change = interval(values - scores[other][label], np.random.default_rng(0))
                line += f"   over {other:.20} {change}"
            sys.stdout.write(line + "\n")


def keep(made: Numbers, folder: Path | None, name: str) -> None:
    """Save an output."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(made.astype(np.uint8)).save(folder / f"{name}.png")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("methods", nargs="+")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--versus", help="one of the methods, with which the others are compared")
    parser.add_argument("--save", type=Path)
    chosen = parser.parse_args()
    for name in chosen.sets:
        measure(name, chosen.data, chosen.methods, chosen.versus, chosen.save)


if __name__ == "__main__":
    main()
