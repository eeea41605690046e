"""One board, with all that its pages show: the ranking, the runs behind it, slices, costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leaderboard.events import SELF_REPORTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leaderboard.costs import CostTable
    from leaderboard.events import Status
    from leaderboard.images.pictures import Pictured
    from leaderboard.people import People
    from leaderboard.photographs import Photographs
    from leaderboard.rank import Ranking
    from leaderboard.slices import Slice
    from nlcl_bench.evaluation.attack_table import AttackTable
    from nlcl_bench.evaluation.intake import Run

__all__ = ["Board"]


@dataclass(frozen=True, slots=True)
class Board:
    """What the pages of one benchmark are made of.

    Attributes:
        folder: The name of its folder in the site.
        ranking: The ranking.
        runs: The run of every row, by label.
        slices: The same on some of the photographs.
        photographs: The release, if one was given that holds the board's photographs.
        attacks: What its metrics can be gamed by, if anybody sent that.
        costs: What its rows cost, if any was measured.
        statuses: By label, whether anybody made a run again; those that are not here are self-reported.
        people: What people think of its rows, if anybody voted.
        pictures: What was made of the images that have a page in the site, by their ids.
    """

    folder: str
    ranking: Ranking
    runs: Mapping[str, Run]
    slices: Sequence[tuple[Slice, Ranking]]
    photographs: Photographs | None
    attacks: AttackTable | None
    costs: CostTable | None
    statuses: Mapping[str, Status] = field(default_factory=dict)
    people: People | None = None
    pictures: Mapping[str, Pictured] = field(default_factory=dict)

    def status(self, label: str) -> Status:
        """Return the status of a row."""
        return self.statuses.get(label, SELF_REPORTED)
