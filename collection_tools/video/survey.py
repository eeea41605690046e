"""The first way through a video: its shots, the frames to take of each, and whether the camera stood still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from collection_tools.video.glance import glance
from collection_tools.video.reading import opened
from collection_tools.video.scenes import Chooser, Chosen, cuts
from collection_tools.video.still import Sampler, Steadiness
from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    from pathlib import Path

    from collection_tools.video.glance import Glance

__all__ = ["Shot", "Survey", "survey"]


@dataclass(frozen=True, slots=True)
class Shot:
    """What lies between two cuts.

    Attributes:
        first: Number of its first frame.
        last: Number of its last frame.
        start: Time code of the first, in seconds.
        end: Time code of the last, in seconds.
        chosen: The frames to take.
        steadiness: How still the camera stood.
    """

    first: int
    last: int
    start: float
    end: float
    chosen: tuple[Chosen, ...]
    steadiness: Steadiness


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a video after going through it once.

    Attributes:
        shots: Its shots; at least one.
        damage: Why not all of its frames could be had, None if they could.
    """

    shots: tuple[Shot, ...]
    damage: str | None

    @property
    def verdict(self) -> str:
        """The camera in a word: ``still`` or ``moving`` in all shots, ``mixed``, or ``unclear`` where none tells."""
        told = {shot.steadiness.still for shot in self.shots if shot.steadiness.told}
        return {(): "unclear", (True,): "still", (False,): "moving"}.get(tuple(told), "mixed")


def survey(path: Path, every: float) -> Survey:
    """Go through a video once.

    Args:
        path: The video.
        every: Seconds between two chosen frames of a shot.

    Raises:
        ImageError: It cannot be read, is no video that is read, or none of its frames can be decoded.
    """
    chooser = Chooser(every)
    shots: list[_Shot] = []
    with opened(path) as video:
        for one, begins in cuts(glance(still) for still in video.frames()):
            if begins:
                chooser.begin(one)
                shots.append(_Shot(one))
            shots[-1].look(one)
            chooser.look(one)
        chooser.end()
        if not shots:
            raise ImageError(video.damage or "is a video without frames")
        return Survey(tuple(shot.done(chooser.chosen) for shot in shots), video.damage)


class _Shot:
    def __init__(self, one: Glance) -> None:
        self._first = self._last = (one.number, one.seconds)
        self._sampler = Sampler()

    def look(self, one: Glance) -> None:
        self._last = one.number, one.seconds
        self._sampler.look(one)

    def done(self, chosen: list[Chosen]) -> Shot:
        (first, start), (last, end) = self._first, self._last
        own = tuple(one for one in chosen if first <= one.number <= last)
        return Shot(first, last, start, end, own, self._sampler.steadiness())
