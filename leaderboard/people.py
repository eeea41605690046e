"""What people prefer on a board, and how often each metric makes the choices that they make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard.preferences import preferences
from leaderboard.votes import attentive, standing
from nlcl_bench.evaluation.agreement import agreement
from nlcl_bench.evaluation.opinions import opinions_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leaderboard.preferences import Preference
    from leaderboard.rank import Ranking
    from leaderboard.votes import Vote
    from nlcl_bench.evaluation.agreement import Estimate
    from nlcl_bench.evaluation.intake import Run

__all__ = ["People", "people"]

_DRAWS = 500
"""Draws of raters and scenes; each is a fit of its own."""

_PART = {"left": 1.0, "right": 0.0, "equal": 0.5}


@dataclass(frozen=True, slots=True)
class People:
    """People's votes on one board.

    Attributes:
        against: The label that chances are taken against; None for the average of the others.
        rows: What people think of a method, by label.
        accuracies: By metric id, in what part of people's choices the metric makes the same.
        votes: How many count.
        raters: Of how many people.
        left_out: Why somebody's votes do not count, by pseudonym.
        elsewhere: Votes on outputs that are not on this board.
    """

    against: str | None
    rows: Mapping[str, Preference]
    accuracies: Mapping[str, Estimate]
    votes: int
    raters: int
    left_out: Mapping[str, str]
    elsewhere: int


def people(votes: Sequence[Vote], ranking: Ranking, runs: Mapping[str, Run]) -> People | None:
    """Return what people think of a board's rows; None if no vote that counts is on them.

    Args:
        votes: All votes of a file.
        ranking: The board.
        runs: Its runs, by label.
    """
    kept, left_out = attentive(votes)
    mine, elsewhere = standing(kept, runs)
    if not mine:
        return None
    voted = {label for vote in mine for label in (vote.left, vote.right)}
    against = ranking.identity if ranking.identity in voted else None
    choices = [(vote.image_id, vote.left, vote.right, _PART[vote.said]) for vote in mine]
    opinions = opinions_of(choices, {vote.image_id: vote.scene_id for vote in mine})
    found, _ = agreement([runs[label] for label in sorted(voted)], opinions, draws=ranking.draws, seed=ranking.seed)
    return People(
        against=against,
        rows=preferences(mine, against, draws=_DRAWS, seed=ranking.seed),
        accuracies={one.metric.id: one.accuracy for one in found},
        votes=len(mine),
        raters=len({vote.rater for vote in mine}),
        left_out=left_out,
        elsewhere=elsewhere,
    )
