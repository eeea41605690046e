"""Streaks: faint thin lines that all run in nearly one direction, everywhere in the picture.

A falling drop smears over the exposure into a line (Garg and Nayar, "Vision and Rain", IJCV 75(1), 2007). Each pixel
votes for the direction of the lines around it, and each cell of a grid has the same say:
:mod:`nlcl_bench.core.orientation` says how.

Grass, blinds and brickwork draw parallel faint lines too, and a photograph alone cannot always tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from collection_tools.rain.cue import Cue, ramp
from nlcl_bench.core import orientation
from nlcl_bench.core.orientation import CENTRES, WINDOW, Scales, main_direction

if TYPE_CHECKING:
    from collection_tools.rain.view import View

__all__ = ["Streaks", "streaks"]

SHARES = Scales(fine=0.0022, around=0.0063, coarse=0.0125)
"""The scales of :mod:`nlcl_bench.core.orientation` in shorter sides of the picture."""

GRID = 10
"""Cells along each side of the picture."""

UPRIGHT = 40
"""Most rain is within this many degrees of the vertical."""

ENOUGH = 0.3
"""Share of the picture that must vote before the directions are trusted."""


@dataclass(frozen=True, slots=True)
class Streaks:
    """What the faint lines of a photograph say.

    Attributes:
        angle: Their main direction in degrees from the vertical, within ±55; positive leans to the right going down.
        density: Share of the picture's cells given over to lines of the main direction, beyond what goes to as wide a
            range of other directions; in [0, 1]. It grows with the number of streaks but is no number of streaks.
        concentration: Share of all lines that run within 15° of the main direction; 1/6 if they run anyhow.
        uprightness: Share of all lines that run within 40° of the vertical; 4/9 if they run anyhow.
    """

    angle: Cue
    density: Cue
    concentration: Cue
    uprightness: Cue


def streaks(seen: View) -> Streaks:
    """Measure streaks; where there is no line at all, every value and confidence is 0."""
    scales = Scales(*(share * seen.unit for share in SHARES))
    votes = orientation.votes(seen.luma, scales, GRID) if seen.trust else np.zeros_like(CENTRES)
    total = float(votes.sum())
    trust = seen.trust * ramp(total, 0.0, ENOUGH)
    if trust == 0:
        return Streaks(*(Cue(name, 0.0, 0.0) for name in ("angle", "density", "concentration", "uprightness")))
    angle = main_direction(votes)
    near = np.abs(CENTRES - angle) <= WINDOW
    density = max(0.0, float(votes[near].sum() - np.median(votes) * near.sum()))
    concentration = float(votes[near].sum()) / total
    upright = float(votes[np.abs(CENTRES) <= UPRIGHT].sum()) / total
    return Streaks(
        Cue("angle", angle, trust * ramp(concentration, 0.25, 0.5)),
        Cue("density", density, trust),
        Cue("concentration", concentration, trust),
        Cue("uprightness", upright, trust),
    )
