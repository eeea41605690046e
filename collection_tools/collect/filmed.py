"""Videos, read in place: a video counts as a folder of its frames, ``films/yard.mp4/000123.png``.

The frames are PNG files, made when they are asked for while the video is walked through, so that a walk which asks
for none goes through the video once and no more. The same video gives the same bytes every time. With ``static``, each
frame comes with the same scene without rain, computed from the frames around it. A ``sources.toml`` beside a video
speaks for its frames; one for a single video says ``[files."yard.mp4/*"]``.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from collection_tools.collect.found import Found
from collection_tools.collect.sources import sources_on_disk
from collection_tools.video.pairs import Film, spans
from collection_tools.video.survey import Survey, survey
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import ImageError
from nlcl_bench.data.record import Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from collection_tools.video.pairs import Span
    from collection_tools.video.scenes import Chosen
    from collection_tools.video.survey import Shot

__all__ = ["VideoOptions", "filmed"]


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """What to take of videos.

    Attributes:
        every_seconds: Seconds between two frames of a shot; the first is taken right after the cut.
        static: Whether to take pairs: rainy frames of a camera that stands still, each with its scene without rain.
    """

    every_seconds: float = 1.0
    static: bool = False


def _silent(_: Survey) -> None:
    """Do nothing with what is known of a video."""


def filmed(
    path: Path,
    root: Path,
    options: VideoOptions,
    *,
    look: Callable[[Path, float], Survey] = survey,
    note: Callable[[Survey], None] = _silent,
) -> Iterator[Found]:
    """Yield the frames to take of a video; what is wrong with the video itself comes first.

    Args:
        path: The video.
        root: The folder that was given and holds it, or the video itself.
        options: What to take.
        look: Goes through the video once; another one may remember what an earlier walk saw.
        note: Is told what is known of the video: its shots, and whether the camera stood still.
    """
    try:
        found = look(path, options.every_seconds)
        video = sha256_file(path)
    except ImageError as error:
        yield Found(path, root, error.what)
        return
    except OSError as error:
        yield Found(path, root, f"cannot be read: {error.strerror}")
        return
    note(found)
    if found.damage is not None:
        yield Found(path, root, found.damage)
    with closing(Film(path)) as film:
        maker = _Maker(path, root, video, film)
        for shot in found.shots:
            if options.static:
                yield from maker.pairs(shot, alone=len(found.shots) == 1)
            else:
                yield from (maker.frame(one) for one in shot.chosen)


@dataclass(frozen=True, slots=True)
class _Maker:
    path: Path
    root: Path
    video: str
    film: Film

    def frame(self, one: Chosen) -> Found:
        return self._found(one, partial(self.film.frame, one.number))

    def pairs(self, shot: Shot, *, alone: bool) -> Iterator[Found]:
        try:
            parts = spans(shot)
        except ImageError as error:
            yield Found(self.path if alone else self._name(f"{shot.first:06d}"), self.root, error.what)
            return
        for span in parts:
            clean = self._clean(span)
            yield from (self._found(one, partial(self.film.rainy, one.number, span), clean) for one in span.chosen)

    def _found(self, one: Chosen, unpack: Callable[[], bytes], twin: Found | None = None) -> Found:
        return Found(
            self._name(f"{one.number:06d}"),
            self.root,
            unpack=unpack,
            archive=self.path,
            sources=self._sources,
            twin=twin,
            frame=Frame(video=self.video, number=one.number, seconds=one.seconds),
        )

    def _clean(self, span: Span) -> Found:
        return Found(
            self._name(f"{span.first:06d}-{span.last:06d}"),
            self.root,
            unpack=partial(self.film.clean, span),
            archive=self.path,
            sources=self._sources,
            estimate=span.text,
        )

    def _sources(self, file: Path) -> bytes | None:
        return None if file.is_relative_to(self.path) else sources_on_disk(file)

    def _name(self, stem: str) -> Path:
        return self.path / f"{stem}.png"
