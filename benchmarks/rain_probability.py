"""What ``rain_probability`` is worth: ``python benchmarks/rain_probability.py --data DIR [--weights FILE]``.

DIR holds ``rain/SOURCE/*``, ``clean/SOURCE/*`` and ``paired/SET/NAME_rain.png`` with ``NAME_clean.png``. Photographs
that the network was trained on, which its list photographs.tsv names by digest, are left out. Printed are

1.  areas under the ROC curve, that is, the share of all pairs of a rainy and a rain-free photograph in which the rainy
    one has the higher probability, with 95 % bootstrap intervals over photographs, source by source; and against the
    same rainy photographs on their side, which have the same content, camera and compression but no falling rain;
2.  for each set of pairs: the share told apart, and the mean probability of the rainy picture blended with the clean
    one to 0, 25, 50, 75 and 100 %, and the share in which it falls at every step; pairs that lie on their side are
    turned upright (rain_probability looks for falling rain alone);
3.  what attacks do: the mean probability of unseen rainy photographs, and of the rainy pictures of the pairs, after
    compression, resizing, blur, sharpening, flips and noise, beside that of the truth; and in which share of the pairs
    the attack lowers it as far as the truth does.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy import ndimage

from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.images import decode_file, photographs_in
from nlcl_bench.metrics.rain_probability.spec import RAIN_PROBABILITY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    Picture = npt.NDArray[np.float64]

BLENDS = (0, 0.25, 0.5, 0.75, 1)
SEED = 0


def jpeg(quality: int) -> Callable[[Picture], Picture]:
    def attack(picture: Picture) -> Picture:
        stream = io.BytesIO()
        Image.fromarray((picture * 255).round().astype(np.uint8)).save(stream, "JPEG", quality=quality)
        return np.asarray(Image.open(stream)) / 255

    return attack


def resized(picture: Picture, share: float, *, back: bool) -> Picture:
    image = Image.fromarray((picture * 255).round().astype(np.uint8))
    small = image.resize((round(image.width * share), round(image.height * share)), Image.Resampling.LANCZOS)
    return np.asarray(small.resize(image.size, Image.Resampling.BICUBIC) if back else small) / 255


def blurred(picture: Picture, sigma: float) -> Picture:
    return ndimage.gaussian_filter(picture, (sigma, sigma, 0), mode="nearest")


ATTACKS: dict[str, Callable[[Picture], Picture]] = {
    **{f"JPEG {quality}": jpeg(quality) for quality in (95, 90, 75, 50)},
    "half the size": partial(resized, share=0.5, back=False),
    "half the size and back": partial(resized, share=0.5, back=True),
    "blur 0.7": partial(blurred, sigma=0.7),
    "blur 1.5": partial(blurred, sigma=1.5),
    "blur 3": partial(blurred, sigma=3),
    "sharpened": lambda picture: 2 * picture - blurred(picture, 1),
    "mirrored": lambda picture: picture[:, ::-1],
    "upside down": lambda picture: picture[::-1],
    "noise 0.02": lambda picture: picture + np.random.default_rng(SEED).normal(0, 0.02, picture.shape),
    "median 3": lambda picture: ndimage.median_filter(picture, (3, 3, 1)),
    "half the contrast": lambda picture: 0.25 + picture / 2,
}


def probability(picture: Picture, weights: Path) -> float:
    """Return the probability of a picture as it is written: 8 bits."""
    import torch

    metric = _loaded(weights)
    pixels = np.clip(picture * 255, 0, 255).round() / 255
    batch = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].float()
    return float(metric(batch, None)[0])


_LOADED: dict[Path, Callable[..., object]] = {}


def _loaded(weights: Path) -> Callable[..., object]:
    import torch

    if weights not in _LOADED:
        torch.set_num_threads(1)
        _LOADED[weights] = RAIN_PROBABILITY.load(weights)
    return _LOADED[weights]


def opened(path: Path) -> Picture:
    return np.asarray(decode_file(path)) / 255


def photograph(path: Path, weights: Path) -> dict[str, float]:
    """Return probabilities of a photograph: as it is, and on its side."""
    picture = opened(path)
    return {"": probability(picture, weights), "on its side": probability(np.rot90(picture), weights)}


def attacked(path: Path, weights: Path) -> dict[str, float]:
    """Return probabilities of an attacked picture; that of a pair is upright."""
    picture = upright_pair(path)[0] if path.name.endswith("_rain.png") else opened(path)
    return {name: probability(attack(picture), weights) for name, attack in ATTACKS.items()}


def blended(path: Path, weights: Path) -> dict[str, float]:
    """Return probabilities of the blends of a pair."""
    rainy, clean = upright_pair(path)
    return {f"{share:.0%}": probability((1 - share) * rainy + share * clean, weights) for share in BLENDS}


def upright_pair(path: Path) -> tuple[Picture, Picture]:
    rainy, clean = opened(path), opened(path.with_name(path.name.replace("_rain", "_clean")))
    rain = (rainy - clean).mean(axis=2)
    level = np.square(np.diff(rain, axis=0)).sum() > np.square(np.diff(rain, axis=1)).sum()
    return (np.rot90(rainy), np.rot90(clean)) if level else (rainy, clean)


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def area(rainy: Sequence[float], clean: Sequence[float]) -> str:
    """Return the area under the ROC curve with its bootstrap interval; photographs of both kinds are drawn."""
    told = (np.sign(np.subtract.outer(np.array(rainy), np.array(clean))) + 1) / 2
    rng, (rows, columns) = np.random.default_rng(SEED), told.shape
    drawn = [told[rng.integers(0, rows, rows)][:, rng.integers(0, columns, columns)].mean() for _ in range(1000)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{told.mean():.2f} [{low:.2f}, {high:.2f}]"


def areas(rainy: Mapping[Path, Mapping[str, float]], clean: Mapping[Path, Mapping[str, float]]) -> None:
    """Print how well unseen photographs are told apart."""

    def by_source(found: Mapping[Path, Mapping[str, float]], which: str = "") -> dict[str, list[float]]:
        sources: dict[str, list[float]] = {"all": [values[which] for values in found.values()]}
        for path, values in found.items():
            sources.setdefault(path.parent.name, []).append(values[which])
        return sources

    others = by_source(clean)
    columns = " | ".join(f"{name} ({len(values)})" for name, values in others.items())
    say(f"| rainy against clean | mean | {columns} | itself on its side |\n|---|---|{'---|' * (len(others) + 1)}")
    sides = by_source(rainy, "on its side")
    for name, values in by_source(rainy).items():
        cells = " | ".join(area(values, other) for other in others.values())
        say(f"| {name} ({len(values)}) | {np.mean(values):.2f} | {cells} | {area(values, sides[name])} |")
    means = " | ".join(f"{np.mean(values):.2f}" for values in others.values())
    say(f"| mean of the clean | | {means} | |\n")
    turned = by_source(clean, "on its side")
    say(f"clean against itself on its side (0.5 is harmless): {area(others['all'], turned['all'])}\n")


def pairs(found: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """Print how far pairs are told apart, and blends are in order."""
    blends = [f"{share:.0%}" for share in BLENDS]
    say(f"| pairs | told apart | {' | '.join(blends)} derained | falls at every step |")
    say("|---|---|" + "---|" * (len(blends) + 1))
    for name, each in found.items():
        table = np.array([[values[blend] for blend in blends] for values in each])
        means = " | ".join(f"{mean:.2f}" for mean in table.mean(axis=0))
        falls = (np.diff(table, axis=1) < 0).all(axis=1).mean()
        say(f"| {name} ({len(each)}) | {(table[:, 0] > table[:, -1]).mean():.0%} | {means} | {falls:.0%} |")
    say()


def attacks(rainy: Mapping[Path, Mapping[str, float]], found: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """Print what attacks do to the probability."""
    say("| attack | unseen photographs | " + " | ".join(found) + " | lowers as far as the truth |")
    say("|---|---|" + "---|" * (len(found) + 1))
    every = [values for each in found.values() for values in each]
    for title, name, photo in (("none", "0%", ""), *((name, name, name) for name in ATTACKS), ("truth", "100%", None)):
        cells = [f"{np.mean([values[name] for values in each]):.2f}" for each in found.values()]
        one = "" if photo is None else f"{np.mean([values[photo] for values in rainy.values()]):.2f}"
        share = np.mean([values[name] <= values["100%"] < values["0%"] for values in every])
        say(f"| {title} | {one} | {' | '.join(cells)} | {share:.0%} |")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="default: those that come with the package")
    parser.add_argument("--limit", type=int, help="only the first so many pairs of each set")
    parser.add_argument("--jobs", type=int, default=1)
    chosen = parser.parse_args()
    weights = chosen.weights or obtain(RAIN_PROBABILITY.weights)
    with (RAIN_PROBABILITY.weights.path.parent / "photographs.tsv").open(encoding="utf-8", newline="") as lines:
        trained = {row["sha256"] for row in csv.DictReader(lines, delimiter="\t")}
    paths = {kind: photographs_in(chosen.data / kind) for kind in ("rain", "clean")}
    unseen = {kind: [path for path in each if sha256_file(path) not in trained] for kind, each in paths.items()}
    sets = {
        folder.name: sorted(folder.glob("*_rain.png"))[: chosen.limit]
        for folder in sorted((chosen.data / "paired").iterdir())
    }
    with ProcessPoolExecutor(chosen.jobs, mp_context=get_context("spawn")) as pool:

        def each(what: Callable[..., dict[str, float]], paths: Sequence[Path]) -> dict[Path, dict[str, float]]:
            return dict(zip(paths, pool.map(partial(what, weights=weights), paths), strict=True))

        rainy, clean = (each(photograph, paths) for paths in unseen.values())
        areas(rainy, clean)
        found = {name: list(each(blended, paths).values()) for name, paths in sets.items() if paths}
        pairs(found)
        for name, values in found.items():
            for one, more in zip(values, each(attacked, sets[name]).values(), strict=True):
                one |= more  # noqa: PLW2901
        for path, more in each(attacked, list(rainy)).items():
            rainy[path] |= more
        attacks(rainy, found)


if __name__ == "__main__":
    main()
