"""How near to the truth scenes without rain come: ``python benchmarks/static_video.py VIDEO [--quick]``.

VIDEO is rain before a camera that stands still, of 240 frames or more. Compared are a single frame, the mean, the
temporal median and robust PCA, as :mod:`collection_tools.video.background` computes them.

1.  On VIDEO. From four seconds or so, every second frame goes to the estimates and the others are held out; judge is
    the temporal median of 60 held-out frames. Two medians of the same scene also differ, by what rain and noise leave
    of them, so the judge favours the median a little. A second judge, the 40 % quantile of the same frames, takes no
    side: it lies below the median by what rain adds.
      PSNR, error       against the judge, in dB and levels; error is the mean of absolute differences
      bias              mean difference, in levels: rain that is left brightens
      rain left         share of pixels that are brighter than the judge by 15 levels or more
      content           mean gradient as a share of the judge's: less is blur, more is noise or rain
2.  The same with the truth known: rain rendered on a packaged photograph, with the noise of a camera.
3.  What the choice of frames does: 60 frames side by side, or spread over the whole video, judged by how well they fit
    a rainy frame in their middle: the mean of absolute differences below 20 levels, where there is no rain.

Each estimate runs in a process of its own; memory is its peak beyond what the imports take.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image

from collection_tools.video.background import estimate
from collection_tools.video.reading import opened
from collection_tools.video.stack import Stack
from collection_tools.video.survey import survey
from nlcl_bench.data.examples import packaged_photographs
from nlcl_bench.data.rendering import Rain, render

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Picture = npt.NDArray[np.uint8]

RAIN = Rain(angle=8, spread=2, length=0.16, density=900, strength=0.7, veil=0.0)
SIDE = 320
HEADER = (
    f"{'estimate':26}{'frames':>7}{'PSNR':>8}{'error':>7}{'bias':>7}{'rain left':>11}{'content':>9}{'s':>8}{'MB':>6}"
)


class Cost(NamedTuple):
    """What an estimate took."""

    seconds: float
    megabytes: float


def frames_of(path: Path, numbers: range) -> list[Picture]:
    """Decode some frames."""
    with opened(path) as video:
        return [one.picture() for one in video.frames() if one.number in numbers]


def mean(stack: Stack) -> Picture:
    """Return the temporal mean."""
    total = np.zeros(stack.shape)
    for index in range(len(stack)):
        total += stack.picture(index)
    return np.asarray(np.rint(total / len(stack)), np.uint8)


def quantile(frames: list[Picture], share: float) -> Picture:
    """Return what a share of the frames lies below, row by row, so that memory stays small."""
    rows = [np.quantile(np.stack([one[row] for one in frames]), share, axis=0) for row in range(len(frames[0]))]
    return np.asarray(np.rint(np.stack(rows)), np.uint8)


WAYS: dict[str, Callable[[Stack], Picture]] = {
    "one frame": lambda stack: stack.picture(len(stack) // 2),
    "temporal mean": mean,
    "temporal median": lambda stack: estimate(stack, way="temporal median").picture,
    "robust PCA": lambda stack: estimate(stack, way="robust PCA").picture,
}


def measured(way: str, frames: list[Picture]) -> tuple[Picture, Cost]:
    """Run one estimate in a process of its own."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(partial(_measured, way, frames))


def _measured(way: str, frames: list[Picture]) -> tuple[Picture, Cost]:
    with Stack(frames) as stack:
        before, begin = _megabytes(), time.perf_counter()
        picture = WAYS[way](stack)
        return picture, Cost(time.perf_counter() - begin, _megabytes() - before)


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def gradient(picture: Picture) -> float:
    """Return the mean difference of neighbouring pixels."""
    signed = picture.astype(np.float32)
    return float(np.abs(np.diff(signed, axis=0)).mean() + np.abs(np.diff(signed, axis=1)).mean())


def row(name: str, count: int, picture: Picture, judge: Picture, cost: Cost) -> str:
    """Return one line of a table."""
    apart = picture.astype(np.float64) - judge
    psnr = 10 * np.log10(255**2 / np.mean(apart**2))
    return (
        f"{name:26}{count:7}{psnr:8.2f}{np.abs(apart).mean():7.2f}{apart.mean():+7.2f}{(apart > 15).mean():11.3%}"
        f"{gradient(picture) / gradient(judge):9.3f}{cost.seconds:8.1f}{cost.megabytes:6.0f}"
    )


def compare(given: list[Picture], judges: dict[str, Picture], *, quick: bool) -> None:
    """Print a table for each judge."""
    runs = [("one frame", 1), ("temporal mean", 60)]
    runs += [(way, count) for way in ("temporal median", "robust PCA") for count in (15, 30, 60)]
    results = []
    for way, count in runs:
        if not (quick and way == "robust PCA" and count != 30):
            results.append((way, count, *measured(way, given[:: len(given) // count][:count])))
    for name, judge in judges.items():
        print(f"\nagainst {name}\n{HEADER}")
        for way, count, picture, cost in results:
            print(row(way, count, picture, judge, cost))


def on_video(path: Path, *, quick: bool) -> None:
    """Estimates from even frames, judged by odd ones of the same seconds."""
    found = survey(path, 1.0)
    print(f"{path.name}: {found.shots[0].last + 1} frames, {found.verdict}: {found.shots[0].steadiness}")
    first = (found.shots[0].last + 1) // 2 - 60
    given = frames_of(path, range(first, first + 120, 2))
    held = frames_of(path, range(first + 1, first + 121, 2))
    judges = {
        "the temporal median of 60 held-out frames": quantile(held, 0.5),
        "the 40 % quantile of 60 held-out frames": quantile(held, 0.4),
    }
    compare(given, judges, quick=quick)


def on_rendered(*, quick: bool) -> None:
    """Estimates from rain rendered on a photograph, judged by the photograph."""
    with Image.open(packaged_photographs()[0].path) as file:
        photograph = file.convert("RGB")
    photograph.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    clean = np.asarray(photograph)
    rng = np.random.default_rng(0)
    given = []
    for _ in range(60):
        rainy = render(clean / 255.0, RAIN, rng) * 255 + rng.normal(0, 2.0, clean.shape)
        given.append(np.rint(rainy).clip(0, 255).astype(np.uint8))
    print(
        f"\nrain rendered on {packaged_photographs()[0].name}, {clean.shape[1]} x {clean.shape[0]}, noise of 2 levels"
    )
    compare(given, {"the photograph": clean}, quick=quick)


def on_spread(path: Path) -> None:
    """Medians of 60 frames, side by side or spread, against single frames."""
    with opened(path) as video:
        last = max(one.number for one in video.frames())
    middles = range(45, last - 45, (last - 90) // 5)
    everywhere = quantile([*frames_of(path, range(0, last + 1, last // 59))][:60], 0.5)
    print(f"\n{'60 frames':26}{'error beside rain, at frame ' + ', '.join(map(str, middles))}")
    rows: dict[str, list[float]] = {"side by side": [], "every second": [], "spread over the video": []}
    for middle in middles:
        (rainy,) = frames_of(path, range(middle, middle + 1))
        for name, step in (("side by side", 1), ("every second", 2)):
            start = min(max(0, middle - 30 * step), last - 60 * step)
            used = range(start, start + 60 * step, step)
            around = [one for one, number in zip(frames_of(path, used), used, strict=True) if number != middle]
            rows[name].append(beside_rain(rainy, quantile(around, 0.5)))
        rows["spread over the video"].append(beside_rain(rainy, everywhere))
    for name, errors in rows.items():
        print(f"{name:26}" + "".join(f"{error:7.2f}" for error in errors) + f"   mean {np.mean(errors):.2f}")


def beside_rain(rainy: Picture, scene: Picture) -> float:
    """Return the mean difference where it is below 20 levels."""
    apart = np.abs(rainy.astype(np.float32) - scene)
    return float(apart[apart < 20].mean())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    VIDEO, QUICK = Path(sys.argv[1]), "--quick" in sys.argv
    on_video(VIDEO, quick=QUICK)
    on_spread(VIDEO)
    on_rendered(quick=QUICK)
