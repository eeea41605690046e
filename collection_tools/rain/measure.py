"""Everything about the rain of one photograph at once, and the words for it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from collection_tools.rain.cue import Cue
from collection_tools.rain.drops import drops
from collection_tools.rain.light import greyness, night
from collection_tools.rain.presence import Presence, probability
from collection_tools.rain.streaks import streaks
from collection_tools.rain.veil import veil
from collection_tools.rain.view import view
from nlcl_bench.data.record import Row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collection_tools.rain.view import Picture, View

__all__ = ["CUES", "Limits", "Measured", "cues", "measure", "packaged_presence", "tags", "time_of_day"]

CUES = ("density", "concentration", "uprightness", "veil", "greyness", "drops")
"""The cues that are weighed for presence."""

Share = Annotated[float, Field(ge=0, le=1)]


class Limits(Row):
    """From where on a kind of rain is named.

    Attributes:
        confidence: Of the cue, at least, for streak, veil, day and night.
        streak: Density and concentration of streaks, at least.
        veil: The veil, at least.
        drop: Confidence in drops, at least.
    """

    confidence: Share
    streak: tuple[Share, Share]
    veil: Share
    drop: Share


@dataclass(frozen=True, slots=True)
class Measured:
    """The rain of one photograph.

    Attributes:
        presence: Probability of rain if half of all photographs were rainy; confidence is how far it is from even.
        angle: See :class:`collection_tools.rain.streaks.Streaks`.
        density: The same.
        concentration: The same.
        uprightness: The same.
        veil: See :func:`collection_tools.rain.veil.veil`.
        drops: See :func:`collection_tools.rain.drops.drops`.
        greyness: See :func:`collection_tools.rain.light.greyness`.
        night: See :func:`collection_tools.rain.light.night`.
    """

    presence: Cue
    angle: Cue
    density: Cue
    concentration: Cue
    uprightness: Cue
    veil: Cue
    drops: Cue
    greyness: Cue
    night: Cue


def measure(picture: Picture, presence: Presence | None = None) -> Measured:
    """Measure the rain of a photograph; a picture too small or too flat gives confidences of 0.

    Args:
        picture: An upright sRGB image of mode ``RGB``, or float ``(H, W, 3)`` in [0, 1].
        presence: The weights; else the packaged ones.

    Raises:
        InputError: It is neither of them.
    """
    seen = view(picture)
    found = cues(seen)
    rain = probability(found, presence or packaged_presence())
    return Measured(presence=Cue("presence", rain, seen.trust * abs(2 * rain - 1)), **found)


def cues(seen: View) -> dict[str, Cue]:
    """Return every cue but presence, by name."""
    lines = streaks(seen)
    of_streaks = (lines.angle, lines.density, lines.concentration, lines.uprightness)
    measured = (*of_streaks, veil(seen), drops(seen), greyness(seen), night(seen))
    return {cue.name: cue for cue in measured}


def time_of_day(dark: Cue, limits: Limits) -> Literal["day", "night"] | None:
    """Return day or night by :func:`collection_tools.rain.light.night`, or None where the brightness does not tell."""
    if dark.confidence < limits.confidence:
        return None
    return "night" if dark.value > 0.5 else "day"  # noqa: PLR2004 (half way)


def tags(measured: Measured, limits: Limits) -> tuple[str, ...]:
    """Return the kinds of rain as :class:`nlcl_bench.data.record.Record` names them: streak, veil, drop, in that order.

    They are meant for photographs known to be rainy: a lawn is streaky and fog is a veil.
    """
    density, concentration = limits.streak
    lines = (measured.density.value >= density, measured.concentration.value >= concentration)
    named: Mapping[str, bool] = {
        "streak": all(lines) and measured.density.confidence >= limits.confidence,
        "veil": measured.veil.value >= limits.veil and measured.veil.confidence >= limits.confidence,
        "drop": measured.drops.confidence >= limits.drop,
    }
    return tuple(kind for kind, is_there in named.items() if is_there)


@cache
def packaged_presence() -> Presence:
    """Return the weights that come with this package."""
    text = (files("collection_tools.rain") / "presence.toml").read_text(encoding="utf-8")
    return Presence.model_validate(tomllib.loads(text))
