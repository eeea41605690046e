"""How what was measured is distributed, before the recipe was applied and after."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collection_tools.curate.recipe import Recipe

__all__ = ["AXES", "BINS", "Axis", "Fate", "Histogram", "Limit", "limits"]

BINS = 32

Fate = Literal["published", "rejected by it", "rejected otherwise"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A line of the recipe.

    Attributes:
        value: Its value.
        side: Whether a measure must be at least or at most so much; ``named`` where nothing is rejected by it, but
            a kind of rain is named from there on.
        words: What the line is called.
    """

    value: float
    side: Literal["least", "most", "named"]
    words: str


@dataclass(frozen=True, slots=True)
class Axis:
    """What a measure is called and where it lies.

    Attributes:
        title: What is measured.
        unit: In which unit.
        ticks: Values to write along the axis, which ends at the first and the last; what lies beyond counts there.
        scale: How values are spread: evenly, by their logarithm, or by their square root.
        note: What else a reader must know.
    """

    title: str
    unit: str
    ticks: tuple[float, ...]
    scale: Literal["even", "log", "root"] = "even"
    note: str = ""

    def place(self, value: float) -> float:
        """Return where a value lies, from 0 at the first tick to 1 at the last.

        >>> Axis("", "", (1, 10, 100), "log").place(10), Axis("", "", (0, 4)).place(9)
        (0.5, 1.0)
        """
        low, high = self._spread(self.ticks[0]), self._spread(self.ticks[-1])
        return min(1.0, max(0.0, (self._spread(min(max(value, self.ticks[0]), self.ticks[-1])) - low) / (high - low)))

    def _spread(self, value: float) -> float:
        if self.scale == "log":
            return math.log(value)
        return math.sqrt(value) if self.scale == "root" else value

    def edges(self) -> tuple[float, ...]:
        """Return where the bins begin and end, in the unit of the measure."""
        low, high = self._spread(self.ticks[0]), self._spread(self.ticks[-1])
        spread = [low + (high - low) * number / BINS for number in range(BINS + 1)]
        if self.scale == "log":
            return tuple(math.exp(value) for value in spread)
        return tuple(value * value if self.scale == "root" else value for value in spread)


AXES: Mapping[str, Axis] = {
    "resolution": Axis("Shorter side", "pixels", (64, 256, 1024, 8192), "log"),
    "aspect": Axis("Longer over shorter side", "", (1, 1.5, 2, 3, 4), "log"),
    "integrity": Axis("Missing, plain grey", "of the height or width", (0, 0.02, 0.1, 0.3, 1), "root"),
    "jpeg": Axis("JPEG quality", "by the quantisation table", (0, 25, 50, 75, 100), note="only JPEG files have one"),
    "exposure": Axis("Exposure", "mean grey level", (0, 64, 128, 192, 255)),
    "clipping": Axis("Clipping", "share that is black, or burnt out", (0, 0.05, 0.2, 0.5, 1), "root"),
    "borders": Axis("Borders", "share of the picture in bars", (0, 0.03, 0.1, 0.3, 1), "root"),
    "monochrome": Axis("Colour", "grey levels between channels", (0, 4, 32, 96, 255), "root"),
    "sharpness": Axis("Sharpness", "decibels, fine over coarser detail", (-45, -35, -25, -15, -5)),
    "upscaling": Axis(
        "Enlargement",
        "decibels, strength of a period",
        (0, 10, 20, 30, 40),
        note="only where the spectrum falls steeply, too",
    ),
    "presence": Axis("Rain, presence", "probability", (0, 0.25, 0.5, 0.75, 1)),
    "streak_density": Axis("Streaks", "share of the picture", (0, 0.25, 0.5, 0.75, 1), note="and concentrated enough"),
    "veil": Axis("Veil", "how much is hidden", (0, 0.25, 0.5, 0.75, 1)),
    "drops": Axis("Drops on the lens", "confidence in them", (0, 0.125, 0.25, 0.375, 0.5)),
}
"""By the names of the checks, then by those of the rain measures."""


def limits(recipe: Recipe) -> Mapping[str, tuple[Limit, ...]]:
    """Return the recipe's lines by the name of the measure."""
    return {
        "resolution": (Limit(recipe.resolution.shorter_side, "least", "at least"),),
        "aspect": (Limit(recipe.aspect.ratio, "most", "at most"),),
        "integrity": (Limit(recipe.integrity.missing, "most", "at most"),),
        "jpeg": (Limit(recipe.jpeg.quality, "least", "at least"),),
        "exposure": (Limit(recipe.exposure.darkest, "least", "from"), Limit(recipe.exposure.brightest, "most", "to")),
        "clipping": (
            Limit(recipe.clipping.black, "most", "black at most"),
            Limit(recipe.clipping.white, "most", "white at most"),
        ),
        "borders": (Limit(recipe.borders.share, "most", "at most"),),
        "monochrome": (Limit(recipe.monochrome.chroma, "least", "at least"),),
        "sharpness": (Limit(recipe.sharpness.fine, "least", "at least"),),
        "upscaling": (Limit(recipe.upscaling.period, "most", "at most"),),
        "streak_density": (Limit(recipe.rain.streak[0], "named", "named streak from"),),
        "veil": (Limit(recipe.rain.veil, "named", "named veil from"),),
        "drops": (Limit(recipe.rain.drop, "named", "named drop from"),),
    }


@dataclass(slots=True)
class Histogram:
    """Counts of one measure.

    Attributes:
        axis: Its axis.
        counts: Photographs per bin, by what became of them.
        unmeasured: Photographs for which there is no such number.
    """

    axis: Axis
    counts: dict[Fate, list[int]] = field(
        default_factory=lambda: {
            "published": [0] * BINS,
            "rejected by it": [0] * BINS,
            "rejected otherwise": [0] * BINS,
        }
    )
    unmeasured: int = 0
    _edges: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        self._edges = self.axis.edges()

    def add(self, value: float | None, fate: Fate) -> None:
        """Count a photograph."""
        if value is None or math.isnan(value):
            self.unmeasured += 1
        else:
            self.counts[fate][min(BINS, max(1, bisect_left(self._edges, value))) - 1] += 1

    def total(self, *fates: Fate) -> int:
        """Return how many photographs of some fates were measured."""
        return sum(sum(self.counts[fate]) for fate in fates)
