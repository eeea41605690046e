"""How well rain is told from no rain: ``NLCL_BENCH_DATA=DIR python benchmarks/rain_auc.py``.

DIR holds ``rain/SOURCE/*`` and ``clean/SOURCE/*``. Printed are areas under the ROC curve, that is, the share of all
pairs of a rainy and a rain-free photograph in which the rainy one has the higher value, with 95 % bootstrap intervals:

1.  of each cue alone, of each source against all of the other class;
2.  of presence, each pair judged by weights fitted without the sources of both its photographs;
3.  of what should not tell: the files' size and JPEG tables. Sources differ in both, so a measure could read the
    source instead of the rain. Against the first, everything is measured at a shorter side of 320 pixels; against the
    second, 2. is repeated with every photograph reduced to 320 pixels and written as JPEG of one quality;
4.  of rain rendered on the clean photographs of ``kodak24``, and of the pairs in ``paired/``: the same scenes with and
    without rain, in the same files but for the rain. Weights are fitted without ``kodak24`` and ``bsds500`` there.

``--fit`` also writes the weights fitted on all photographs to collection_tools/rain/presence.toml.
"""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from collection_tools.curate.recipe import read_recipe
from collection_tools.rain.cue import Cue
from collection_tools.rain.measure import CUES, Measured, cues, tags
from collection_tools.rain.presence import Presence, fit, probability
from collection_tools.rain.view import SIDE, view
from nlcl_bench.core.images import decode_file
from nlcl_bench.data.rendering import render, sample_rain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

WEIGHTS = Path(__file__).parent.parent / "collection_tools" / "rain" / "presence.toml"
SUFFIXES = {".jpg", ".jpeg", ".png"}
QUALITY = 75
DRAWS = 1000
RENDERED = 3
RENDERED_ON, DERIVED_FROM_BSDS = "kodak24", "bsds500"


@dataclass(frozen=True)
class Photograph:
    """What is kept of one file."""

    name: str
    source: str
    rainy: bool
    cues: Mapping[str, Cue]
    recoded: Mapping[str, Cue]
    side: float
    coarseness: float


def photographs(data: Path) -> list[Photograph]:
    """Measure every photograph below ``rain`` and ``clean``."""
    paths = [path for part in ("rain", "clean") for path in sorted((data / part).rglob("*"))]
    return [_photograph(path, data) for path in paths if path.suffix.lower() in SUFFIXES]


def _photograph(path: Path, data: Path) -> Photograph:
    part, source = path.relative_to(data).parts[:2]
    with Image.open(path) as file:
        table = getattr(file, "quantization", None) or {}
    image = decode_file(path)
    coarseness = float(np.mean(table[0])) if table else 0.0
    small = cues(view(image)), cues(view(_recoded(image)))
    return Photograph(f"{source}/{path.name}", source, part == "rain", *small, min(image.size), coarseness)


def _recoded(image: Image.Image) -> Image.Image:
    shorter = min(image.size)
    size = (round(image.width * SIDE / shorter), round(image.height * SIDE / shorter))
    into = io.BytesIO()
    image.resize(size, Image.Resampling.LANCZOS).save(into, "JPEG", quality=QUALITY)
    return Image.open(into)


def concordance(rainy: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """Return for each pair 1 if the rainy photograph has the higher value, 1/2 if both are equal, else 0."""
    return (np.sign(rainy[:, None] - clean[None, :]) + 1) / 2


def interval(pairs: np.ndarray) -> str:
    """Return the area and its bootstrap interval; rows and columns, that is, photographs, are drawn."""
    rng = np.random.default_rng(0)
    rows, columns = pairs.shape
    drawn = [pairs[rng.integers(0, rows, rows)][:, rng.integers(0, columns, columns)].mean() for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{pairs.mean():.2f} [{low:.2f}, {high:.2f}]"


def table(title: str, rows: Iterable[tuple[str, np.ndarray]], shots: Sequence[Photograph]) -> None:
    """Print areas in total and by source; ``rows`` are names and concordances of all pairs."""
    rain = [shot.source for shot in shots if shot.rainy]
    clean = [shot.source for shot in shots if not shot.rainy]
    print(f"\n## {title}\n")
    columns = [*sorted(set(rain)), *sorted(set(clean))]
    print("| | all | " + " | ".join(f"{name} ({(rain + clean).count(name)})" for name in columns) + " |")
    print("|---" * (len(columns) + 2) + "|")
    for name, pairs in rows:
        cells = [interval(pairs)]
        cells += [f"{pairs[np.array(rain) == source].mean():.2f}" for source in sorted(set(rain))]
        cells += [f"{pairs[:, np.array(clean) == source].mean():.2f}" for source in sorted(set(clean))]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def split(shots: Sequence[Photograph], value: Callable[[Photograph], float]) -> np.ndarray:
    """Return the concordance of a value over all pairs."""
    values = [np.array([value(shot) for shot in shots if shot.rainy is rainy]) for rainy in (True, False)]
    return concordance(*values)


def held_out(shots: Sequence[Photograph], names: Sequence[str], which: str = "cues") -> np.ndarray:
    """Return the concordance of presence over all pairs, by weights that saw neither photograph's source."""
    rainy, clean = ([shot for shot in shots if shot.rainy is wanted] for wanted in (True, False))
    pairs = np.zeros((len(rainy), len(clean)))
    for one in {shot.source for shot in rainy}:
        for other in {shot.source for shot in clean}:
            weights = fitted([shot for shot in shots if shot.source not in {one, other}], names, which)
            rows, columns = (
                np.array([probability(getattr(shot, which), weights) for shot in part if shot.source == source])
                for part, source in ((rainy, one), (clean, other))
            )
            inside = np.ix_([shot.source == one for shot in rainy], [shot.source == other for shot in clean])
            pairs[inside] = concordance(rows, columns)
    return pairs


def fitted(shots: Sequence[Photograph], names: Sequence[str], which: str = "cues") -> Presence:
    return fit([getattr(shot, which) for shot in shots], [shot.rainy for shot in shots], names)


def source_by_source(title: str, pairs: np.ndarray, shots: Sequence[Photograph]) -> None:
    """Print the area of each rainy against each rain-free source."""
    rain, clean = (np.array([shot.source for shot in shots if shot.rainy is wanted]) for wanted in (True, False))
    columns = sorted(set(clean))
    print(f"\n## {title}\n\n| | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
    for source in sorted(set(rain)):
        cells = [f"{pairs[np.ix_(rain == source, clean == other)].mean():.2f}" for other in columns]
        print(f"| {source} | " + " | ".join(cells) + " |", flush=True)


def real(shots: Sequence[Photograph]) -> None:
    alone = ((name, split(shots, lambda shot, name=name: shot.cues[name].value)) for name in (*CUES, "night"))
    table("Each cue alone", alone, shots)
    streaks = ("density", "concentration", "uprightness")
    sets: dict[str, Sequence[str]] = {
        "all cues": CUES,
        "streaks only": streaks,
        "without greyness": [name for name in CUES if name != "greyness"],
        "veil and greyness only": ("veil", "greyness"),
    }
    table("Presence, sources held out", ((name, held_out(shots, cues)) for name, cues in sets.items()), shots)
    source_by_source("All cues, source by source", held_out(shots, CUES), shots)
    table(
        f"The same after equal size and JPEG quality {QUALITY} for all",
        ((name, held_out(shots, cues, "recoded")) for name, cues in sets.items()),
        shots,
    )
    table(
        "What should not tell (0.5 would be harmless; 0 and 1 are equally bad)",
        (
            ("shorter side in pixels", split(shots, lambda shot: shot.side)),
            ("mean of the JPEG luma table, PNG 0", split(shots, lambda shot: shot.coarseness)),
        ),
        shots,
    )
    rainy, clean = ({shot.coarseness for shot in shots if shot.rainy is wanted} for wanted in (True, False))
    told = sum(shot.coarseness not in rainy & clean for shot in shots)
    print(f"\n{told} of {len(shots)} photographs have a JPEG table that only one class has.")


def same_scenes(title: str, pairs: Sequence[tuple[Mapping[str, Cue], Mapping[str, Cue]]], weights: Presence) -> None:
    """Print areas over pairs of the same scene with and without rain."""
    print(f"\n## {title}: {len(pairs)} pairs\n\n| | area | rainy above its own clean |\n|---|---|---|")
    measures: dict[str, Callable[[Mapping[str, Cue]], float]] = {
        name: lambda found, name=name: found[name].value for name in CUES
    }
    measures["presence"] = lambda found: probability(found, weights)
    for name, value in measures.items():
        each = concordance(*(np.array([value(pair[side]) for pair in pairs]) for side in (0, 1)))
        print(f"| {name} | {interval(each)} | {np.diag(each).mean():.2f} |", flush=True)


def rendered(data: Path) -> list[tuple[Mapping[str, Cue], Mapping[str, Cue]]]:
    rng = np.random.default_rng(0)
    scenes = [np.asarray(decode_file(path)) / 255.0 for path in sorted((data / "clean" / RENDERED_ON).iterdir())]
    return [
        (cues(view(render(clean, sample_rain(rng), rng))), dry)
        for clean, dry in ((clean, cues(view(clean))) for clean in scenes)
        for _ in range(RENDERED)
    ]


def paired(folder: Path) -> list[tuple[Mapping[str, Cue], Mapping[str, Cue]]]:
    names = [(path, path.with_name(path.name.replace("_rain", "_clean"))) for path in sorted(folder.glob("*_rain.png"))]
    return [(_cues(rain), _cues(clean)) for rain, clean in names if clean.exists()]


def _cues(path: Path) -> Mapping[str, Cue]:
    return cues(view(decode_file(path)))


def write(weights: Presence) -> None:
    lines = ["# Written by benchmarks/rain_auc.py --fit; see collection_tools.rain.presence.", ""]
    lines += [f"intercept = {weights.intercept:.4f}"]
    for name, scale in weights.cues.items():
        lines += ["", f"[cues.{name}]"]
        lines += [f"{key} = {getattr(scale, key):.4f}" for key in ("mean", "deviation", "weight")]
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def mistakes(shots: Sequence[Photograph], weights: Presence) -> None:
    ranked = sorted(shots, key=lambda shot: probability(shot.cues, weights))
    for title, chosen in (
        ("rainy, least so", [s for s in ranked if s.rainy][:8]),
        ("rain-free, most rainy", [s for s in reversed(ranked) if not s.rainy][:8]),
    ):
        print(f"\n{title}: " + ", ".join(f"{s.name} {probability(s.cues, weights):.2f}" for s in chosen))


def kinds(shots: Sequence[Photograph]) -> None:
    limits = read_recipe().rain
    print("\n## Tags\n\n| | streak | veil | drop | photographs |\n|---|---|---|---|---|")
    for source in dict.fromkeys(shot.source for shot in shots):
        found = [tags(Measured(presence=Cue("presence", 0, 0), **s.cues), limits) for s in shots if s.source == source]
        print(
            f"| {source} | "
            + " | ".join(str(sum(kind in named for named in found)) for kind in ("streak", "veil", "drop"))
            + f" | {len(found)} |"
        )


def main() -> None:
    if "NLCL_BENCH_DATA" not in os.environ:
        sys.exit("set NLCL_BENCH_DATA to a folder with rain/SOURCE and clean/SOURCE")
    data = Path(os.environ["NLCL_BENCH_DATA"])
    shots = photographs(data)
    real(shots)
    weights = fitted(shots, CUES)
    mistakes(shots, weights)
    kinds(shots)
    unseen = fitted([shot for shot in shots if shot.source not in {RENDERED_ON, DERIVED_FROM_BSDS}], CUES)
    same_scenes(f"Rain rendered on {RENDERED_ON}", rendered(data), unseen)
    for folder in sorted((data / "paired").iterdir()):
        pairs = paired(folder)
        if pairs:
            same_scenes(f"paired/{folder.name}", pairs, unseen)
    if "--fit" in sys.argv[1:]:
        write(weights)


main()
