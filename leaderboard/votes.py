"""What people said of blind pairs: a file of one vote a line, which only grows, and which votes count.

A vote names the outputs by the digests of their pixels, so it does not outlive a change of them. Some pairs are
attention checks, whose answer is known: the input beside a spoilt copy of it, or a picture beside itself. Who gives
too many wrong answers there is left out with all votes, and is listed.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from leaderboard.lines import append_line, read_lines
from nlcl_bench.core.plain import plain
from nlcl_bench.data.record import Digest, ImageId, Name, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from nlcl_bench.evaluation.intake import Refusal, Run

__all__ = ["Said", "Vote", "append_vote", "attentive", "read_votes", "standing"]

Said = Literal["left", "right", "equal"]

_MOST_BYTES = 200_000_000
_FEWEST_CHECKS = 2
_MOST_WRONG = 0.25
"""Share of attention checks that may be wrong; one slip in four is human."""


class Vote(Row):
    """One line: what somebody said of two pictures of one photograph.

    Attributes:
        at: The day.
        rater: A pseudonym.
        image_id: The photograph.
        scene_id: Its scene.
        left: Label of the row whose output was shown on the left.
        right: The other.
        left_output: Digest of the pixels of what was shown on the left.
        right_output: The other.
        crop: Left, top and side of the square that was shown, in pixels; None for the whole picture.
        said: Which is better.
        expected: The right answer of an attention check; None for a vote.
        milliseconds: How long it took.
    """

    at: date
    rater: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
    image_id: ImageId
    scene_id: ImageId
    left: Name
    right: Name
    left_output: Digest
    right_output: Digest
    crop: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)], Annotated[int, Field(gt=0)]] | None = None
    said: Said
    expected: Said | None = None
    milliseconds: Annotated[int, Field(ge=0, le=86_400_000)] = 0


def append_vote(vote: Vote, path: Path) -> None:
    """Add a line; it is on the disk when this returns, and several may write at once.

    Raises:
        StorageError: It cannot be written.
    """
    append_line(vote, path)


def read_votes(path: Path) -> tuple[list[Vote], list[Refusal]]:
    """Return the votes of a file, and the lines that are none; of very many bad lines the first ten are named."""
    return read_lines(path, Vote, shown=plain(path.name), what="vote", most=_MOST_BYTES)


def attentive(votes: Iterable[Vote]) -> tuple[list[Vote], dict[str, str]]:
    """Return the votes of raters who paid attention, without the checks, and why others are left out, by rater.

    Left out is who answered at least two checks and more than a quarter of them wrongly.
    """
    votes = list(votes)
    right: dict[str, list[bool]] = defaultdict(list)
    for vote in votes:
        if vote.expected is not None:
            right[vote.rater].append(vote.said == vote.expected)
    left_out = {
        rater: f"{answers.count(False)} of {len(answers)} attention checks were wrong"
        for rater, answers in sorted(right.items())
        if len(answers) >= _FEWEST_CHECKS and answers.count(False) > _MOST_WRONG * len(answers)
    }
    return [vote for vote in votes if vote.expected is None and vote.rater not in left_out], left_out


def standing(votes: Sequence[Vote], runs: Mapping[str, Run]) -> tuple[list[Vote], int]:
    """Return the votes on outputs that these runs still have, and how many are on others."""
    outputs = {
        (label, image): output
        for label, run in runs.items()
        for image, output in zip(run.images, run.outputs, strict=True)
    }
    kept = [
        vote
        for vote in votes
        if vote.left != vote.right
        and outputs.get((vote.left, vote.image_id)) == vote.left_output
        and outputs.get((vote.right, vote.image_id)) == vote.right_output
    ]
    return kept, len(votes) - len(kept)
