"""The videos that one run meets: each is gone through once, kept in the store if a frame is taken, and reported."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collection_tools.collect.filmed import VideoOptions, filmed
from collection_tools.collect.found import Found
from collection_tools.collect.store import read_withdrawn, write_video
from collection_tools.video.survey import Survey, survey
from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nlcl_bench.data.record import Domain

__all__ = ["Films"]


class Films:
    """Gives the frames of videos to a walk; see :func:`collection_tools.collect.walk.walk`.

    Args:
        store: The store.
        options: What to take of a video.
        domain: Whether it rains in the videos.

    Raises:
        InputError: Pairs are asked for of videos in which it does not rain, or the frames lie no time apart.
    """

    def __init__(self, store: Path, options: VideoOptions, domain: Domain) -> None:
        if options.static and domain == "clean":
            raise InputError("pairs need rainy videos", where="--static", fix="use it with --domain rainy")
        if not options.every_seconds > 0:
            raise InputError("must be more than 0 seconds", where="--every", fix="write --every 1")
        self._store = store
        self._options = options
        self._surveys: dict[Path, Survey] = {}
        self._verdicts: dict[str, str] = {}
        self._settled = {one.video for one in read_withdrawn(store).values() if one.video is not None}

    def __call__(self, path: Path, root: Path) -> Iterator[Found]:
        """Yield the frames of a video, or the reason why there are none."""
        name = Found(path, root).file
        return filmed(path, root, self._options, look=self._look, note=partial(self._note, name))

    def kept(self, found: Found) -> Found:
        """Return a file as it is; of a frame the video lies in the store then, unless one of its stills was withdrawn.

        Raises:
            StorageError: The store cannot be written.
        """
        if found.frame is not None and found.archive is not None and found.frame.video not in self._settled:
            write_video(self._store, found.frame.video, found.archive)
            self._settled.add(found.frame.video)
        return found

    def verdicts(self) -> dict[str, str]:
        """Return whether the camera stood still, by the name of the video."""
        return self._verdicts

    def _look(self, path: Path, every: float) -> Survey:
        if path not in self._surveys:
            self._surveys[path] = survey(path, every)
        return self._surveys[path]

    def _note(self, name: str, found: Survey) -> None:
        self._verdicts[name] = found.verdict
