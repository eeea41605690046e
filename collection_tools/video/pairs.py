"""Frames of a video as PNG files, and for a camera that stands still the same scene without rain.

No camera stands quite still and no scene does not change: wet ground dries, a tripod sinks by a third of a pixel in
ten seconds. So a shot is cut into spans of about two seconds, and a rainy frame goes with the scene of its own span.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np
from PIL import Image

from collection_tools.video.background import Background, estimate, foreign
from collection_tools.video.reading import opened
from collection_tools.video.stack import Stack
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import encode_png

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    import numpy.typing as npt

    from collection_tools.video.background import Way
    from collection_tools.video.scenes import Chosen
    from collection_tools.video.survey import Shot
    from nlcl_bench.core.video.pixels import Still

    Bytes = npt.NDArray[np.uint8]

__all__ = ["Film", "Span", "spans"]

FRAMES = 60
"""Frames of an estimate, at most."""

FEWEST = 20
"""Frames without which there is no estimate: with fewer, rain that covers a third of the time shows through."""

SECONDS = 2.0
"""A span is at least so long, if the shot is: slowed-down rain stays in place for several frames."""

MOVED = 0.02
"""Share of the picture in which rainy frame or scene may show something else before the pair is refused."""

LIGHT = 3.0
"""Levels by which the light of a rainy frame may differ from that of its scene."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a shot that has one scene without rain.

    Attributes:
        first: Number of its first frame.
        last: Number of its last frame.
        used: The frames from which the scene is computed.
        chosen: The frames to go with it.
        seconds: How long it lasts.
    """

    first: int
    last: int
    used: tuple[int, ...]
    chosen: tuple[Chosen, ...]
    seconds: float

    @property
    def text(self) -> str:
        """How its scene is computed, in words for a manifest."""
        way: Way = "temporal median"
        return f"{way} of {len(self.used)} frames in {self.seconds:.1f} s, less than {MOVED:.0%} of it moving"


def spans(shot: Shot) -> tuple[Span, ...]:
    """Cut a shot into spans of equal length; none if it is too short for any.

    Raises:
        ImageError: The camera does not stand still, or the shot is too short.
    """
    if shot.steadiness.refusal is not None:
        raise ImageError(shot.steadiness.refusal)
    frames, seconds = shot.last - shot.first + 1, shot.end - shot.start
    if frames < FEWEST:
        raise ImageError(f"is too short for a scene without rain: {frames} frames of {FEWEST}")
    count = max(1, min(frames // FRAMES, int(seconds / SECONDS) if seconds else 1))
    bounds = [shot.first + frames * part // count for part in range(count + 1)]
    return tuple(_span(first, after - 1, shot, seconds / count) for first, after in pairwise(bounds))


def _span(first: int, last: int, shot: Shot, seconds: float) -> Span:
    used = np.linspace(first, last, min(FRAMES, last - first + 1)).round().astype(int)
    chosen = tuple(one for one in shot.chosen if first <= one.number <= last)
    return Span(first, last, tuple(int(number) for number in used), chosen, seconds)


class Film:
    """A video whose frames are asked for, best in order: going back means decoding from the start. To be closed.

    Args:
        path: The video.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = ExitStack()
        self._stills: Iterator[Still] = iter(())
        self._next: int | None = None
        self._scene: _Scene | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the video and what was laid aside of it."""
        self._open.close()
        self._next = None
        self._forget()

    def frame(self, number: int) -> bytes:
        """Return a frame as PNG.

        Raises:
            ImageError: There is no such frame, or the video cannot be read.
        """
        return encode_png(Image.fromarray(self._still(number).picture()))

    def rainy(self, number: int, span: Span) -> bytes:
        """Return a frame that makes a pair with the scene of its span, as PNG.

        Raises:
            ImageError: It makes none, because too much moves or the light differs; or it cannot be read.
        """
        scene = self._scene_of(span)
        picture = scene.stack.picture(scene.place[number])
        _refuse_unlike(picture, scene.background)
        return encode_png(Image.fromarray(picture))

    def clean(self, span: Span) -> bytes:
        """Return the scene of a span without rain, as PNG.

        Raises:
            ImageError: The video cannot be read.
        """
        return encode_png(Image.fromarray(self._scene_of(span).background.picture))

    def _scene_of(self, span: Span) -> _Scene:
        if self._scene is None or self._scene.span != span:
            self._forget()
            numbers = sorted({*span.used, *(one.number for one in span.chosen)})
            stack = Stack(self._still(one).picture() for one in numbers)
            place = {one: index for index, one in enumerate(numbers)}
            self._scene = _Scene(span, stack, place, estimate(stack, [place[one] for one in span.used]))
        return self._scene

    def _forget(self) -> None:
        if self._scene is not None:
            self._scene.stack.close()
            self._scene = None

    def _still(self, number: int) -> Still:
        if self._next is None or number < self._next:
            self._open.close()
            self._stills = self._open.enter_context(opened(self._path)).frames()
        for still in self._stills:
            self._next = still.number + 1
            if still.number == number:
                return still
        raise ImageError(f"is a video without a frame {number}")


@dataclass(frozen=True, slots=True)
class _Scene:
    span: Span
    stack: Stack
    place: dict[int, int]
    background: Background


def _refuse_unlike(picture: Bytes, background: Background) -> None:
    light = float(np.median(picture.astype(np.int16) - background.picture))
    if abs(light) > LIGHT:
        raise ImageError(f"the light changes: by {light:+.0f} levels")
    share = float((background.untrusted | foreign(picture, background.picture)).mean())
    if share > MOVED:
        raise ImageError(f"something other than rain moves: in {share:.1%} of the picture")
