"""Where one shot ends and the next begins, and which frames of a shot to take.

A cut is a frame whose thumbnail differs from the one before by far more than neighbours differed lately, and to which
the next few frames do not return; so neither a flash of lightning nor an umbrella before the lens is a cut. Dissolves
are not looked for.

Of each shot a frame is taken once per interval, the first a moment after the cut. A frame that is blurred beside those
right after it gives way to them, and a frame that repeats the last one taken is not taken.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from collection_tools.video.glance import Glance

__all__ = ["Chooser", "Chosen", "cuts"]

CUT = 0.06
"""Least difference between thumbnails across a cut."""

OUTSTANDING = 4
"""A cut differs at least so many times as much as neighbours did lately."""

LATELY = 24
"""Frames that count as lately."""

CONFIRMED = 4
"""The frames after a cut that must not return to what was before it."""

SETTLED = 0.2
"""Seconds after a cut from which a frame may be taken: encoders need a moment, and so do dissolves."""

BLURRED = 0.8
"""A frame with less than this share of a neighbour's sharpness is blurred."""

WINDOW = 0.25
"""Share of the interval in which a blurred frame can be replaced; half a second at most."""

FROZEN = 0.3
"""Mean difference, in levels, up to which a frame repeats another: the noise of a camera is above it."""

_ROUNDING = 1e-4  # of time codes, in seconds


def cuts(glances: Iterable[Glance]) -> Iterator[tuple[Glance, bool]]:
    """Yield each glance, and whether a new shot begins with it; the first begins one."""
    before: Glance | None = None
    lately: deque[float] = deque(maxlen=LATELY)
    for ahead in _ahead(glances):
        now = ahead[0]
        steps = [1.0] if before is None else [before.differs(one) for one in ahead]
        leaps = steps[0] > max(CUT, OUTSTANDING * float(np.median(lately or [0.0])))
        begins = leaps and min(steps) > CUT
        if begins:
            lately.clear()
        yield now, begins
        if begins or not leaps:  # what is after a flash is compared with what was before it
            lately.append(steps[0])
            before = now


def _ahead(glances: Iterable[Glance]) -> Iterator[list[Glance]]:
    """Yield each glance with those that follow, up to four in all."""
    waiting: deque[Glance] = deque()
    for one in glances:
        waiting.append(one)
        if len(waiting) == CONFIRMED:
            yield list(waiting)
            waiting.popleft()
    while waiting:
        yield list(waiting)
        waiting.popleft()


class Chosen(NamedTuple):
    """A frame to take: its number and its time code in seconds."""

    number: int
    seconds: float


class Chooser:
    """Chooses frames of one video, shot by shot.

    Args:
        every: Seconds between two chosen frames of a shot.

    Attributes:
        chosen: What has been chosen so far.
    """

    def __init__(self, every: float) -> None:
        self.chosen: list[Chosen] = []
        self._every = every
        self._window = min(WINDOW * every, 0.5)
        self._due = 0.0
        self._last: Glance | None = None
        self._best: Glance | None = None

    def begin(self, one: Glance) -> None:
        """Begin a new shot with this frame."""
        self.end()
        self._due = one.seconds + (SETTLED if one.number else 0.0) - _ROUNDING

    def look(self, one: Glance) -> None:
        """Look at the next frame of the shot."""
        if one.seconds < self._due:
            return
        if self._best is not None and one.seconds > self._due + self._window:
            self.end()
            self._due += self._every * max(1, (one.seconds - self._due) // self._every)
            if one.seconds < self._due:
                return
        if self._last is not None and one.repeats(self._last, FROZEN):
            return
        if self._best is None or self._best.sharpness < BLURRED * one.sharpness:
            self._best = one

    def end(self) -> None:
        """End the shot: what waits for something sharper is taken."""
        if self._best is not None:
            self.chosen.append(Chosen(self._best.number, self._best.seconds))
            self._last, self._best = self._best, None
