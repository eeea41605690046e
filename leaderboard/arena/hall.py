"""What the arena works on: photographs, outputs that are proven to be the scored ones, and the votes so far."""

from __future__ import annotations

import io
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFilter

from leaderboard.arena.schedule import BLURRED, Pair, next_pair
from leaderboard.images.outputs import outputs, show
from leaderboard.votes import Vote, append_vote, read_votes
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.images import decode, pixel_digest
from nlcl_bench.data.loading import Samples
from nlcl_bench.evaluation.changes import identity_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from leaderboard.images.outputs import Output
    from leaderboard.photographs import Photographs
    from leaderboard.votes import Said
    from nlcl_bench.core.progress import Track
    from nlcl_bench.data.record import Record
    from nlcl_bench.evaluation.intake import Run

__all__ = ["Hall", "Trial", "open_hall"]

CROP = 512
"""Side of what is shown, in pixels of the photograph."""

_WHOLE = 1600
_BLUR = 8.0  # pixels; nobody who looks takes it for the sharper one


@dataclass(frozen=True, slots=True)
class Trial:
    """A pair as it is shown: what the browser knows of it is its id alone."""

    id: str
    pair: Pair
    crop: tuple[int, int, int, int]


@dataclass
class Hall:
    """One rater's arena, for several threads.

    Attributes:
        rater: Who votes.
        path: The file of votes.
        samples: The photographs.
        there: The outputs that can be shown, by image and label.
        identity: The label of the photographs as they are.
        generator: Draws pairs.
        votes: All votes of the file, and those that were added here.
        mine: How many were added here.
    """

    rater: str
    path: Path
    samples: Samples
    there: Mapping[str, Mapping[str, Output]]
    identity: str | None
    generator: np.random.Generator
    votes: list[Vote]
    mine: int = 0
    _current: Trial | None = None
    _said: dict[str, Said] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._pictures = lru_cache(maxsize=4)(self._read)
        self._places = {record.image_id: place for place, record in enumerate(self.samples.records)}

    def trial(self) -> Trial:
        """Return the pair that waits for a vote; the same until there is one."""
        with self._lock:
            if self._current is None:
                labels = {image: sorted(found) for image, found in self.there.items()}
                pair = next_pair(labels, self.votes, self.identity, self.generator)
                record = self.samples.records[self._places[pair.image_id]]
                self._current = Trial(secrets.token_urlsafe(12), pair, _window(record, pair.place))
            return self._current

    def picture(self, trial_id: str, side: str, *, whole: bool) -> bytes | None:
        """Return a picture of the pair as PNG: ``left``, ``right`` or the ``input``; None if it is not the open one.

        Raises:
            ImageError: The output is not the one that was scored any more.
        """
        trial = self._current
        if trial is None or trial.id != trial_id:
            return None
        label = {"left": trial.pair.left, "right": trial.pair.right}.get(side)
        image = self._pictures(trial.pair.image_id, label)
        if whole:
            image = image.copy()
            image.thumbnail((_WHOLE, _WHOLE), Image.Resampling.LANCZOS)
        else:
            image = image.crop(trial.crop)
        stream = io.BytesIO()
        image.save(stream, "PNG", compress_level=1)
        return stream.getvalue()

    def vote(self, trial_id: str, said: Said, milliseconds: int, *, whole: bool) -> bool:
        """Write a vote on the open pair; to say the same again adds nothing.

        Returns:
            Whether it was taken: False for a pair that is not open, or was voted on otherwise.

        Raises:
            StorageError: The disk is full or read-only.
        """
        with self._lock:
            trial = self._current
            if trial is None or trial.id != trial_id:
                return self._said.get(trial_id) == said
            vote = self._vote(trial, said, milliseconds, whole=whole)
            append_vote(vote, self.path)
            self.votes.append(vote)
            self.mine += 1
            self._said[trial.id] = said
            self._current = None
        return True

    def _vote(self, trial: Trial, said: Said, milliseconds: int, *, whole: bool) -> Vote:
        pair = trial.pair
        record = self.samples.records[self._places[pair.image_id]]
        left, top, right, _ = trial.crop
        return Vote(
            at=datetime.now(tz=UTC).date(),
            rater=self.rater,
            image_id=pair.image_id,
            scene_id=record.scene_id,
            left=pair.left,
            right=pair.right,
            left_output=self._digest(pair.image_id, pair.left),
            right_output=self._digest(pair.image_id, pair.right),
            crop=None if whole else (left, top, right - left),
            said=said,
            expected=pair.expected,
            milliseconds=min(max(0, milliseconds), 86_400_000),
        )

    def _digest(self, image_id: str, label: str) -> str:
        if label == BLURRED:
            return pixel_digest(self._pictures(image_id, BLURRED))
        return self.there[image_id][label].scored

    def _read(self, image_id: str, label: str | None) -> Image.Image:
        """Return the input (no label), its blurred copy, or an output, proven to be the scored one."""
        sample = self.samples[self._places[image_id]]
        photograph = decode(sample.image, where=image_id)
        if label is None:
            return photograph
        if label == BLURRED:
            return photograph.filter(ImageFilter.GaussianBlur(_BLUR))
        return show(self.there[image_id][label], photograph, sample.record.blurred)


def _window(record: Record, place: tuple[float, float]) -> tuple[int, int, int, int]:
    side = min(CROP, record.width, record.height)
    left, top = (round(part * (size - side)) for part, size in zip(place, (record.width, record.height), strict=True))
    return left, top, left + side, top + side


def open_hall(runs: Sequence[Run], there: Photographs, path: Path, *, rater: str, seed: int, track: Track) -> Hall:
    """Find out what can be shown, and read the votes so far.

    Args:
        runs: Runs of one benchmark with their outputs.
        there: Its photographs.
        path: The file of votes; it need not be there yet.
        rater: Who votes.
        seed: Draws pairs.
        track: Shows progress.

    Raises:
        InputError: No photograph has two outputs, or the file of votes is damaged.
    """
    by_label = {run.result.label: run for run in runs}
    samples = Samples(there.benchmark, there.folder, None)
    wanted = {record.image_id for record in there.records}
    found: dict[str, dict[str, Output]] = {}
    records = [record for record in samples.records if record.image_id in wanted]
    for record in track(records, what="outputs", total=len(records)):
        mine = {one.label: one for one in outputs(record, by_label) if not one.problem}
        if len(mine) > 1:
            found[record.image_id] = mine
    if not found:
        raise InputError(
            "no photograph has outputs of two methods",
            where=", ".join(sorted(by_label)),
            fix="evaluate two methods, and keep the folders restored/",
        )
    votes, refused = read_votes(path)
    if refused:
        raise InputError(refused[0].why, where=refused[0].where, fix=refused[0].fix)
    identity = identity_of(runs)
    return Hall(
        rater=rater,
        path=path,
        samples=samples,
        there=found,
        identity=None if identity is None else identity.result.label,
        generator=np.random.default_rng([seed, len(votes)]),
        votes=votes,
    )
