"""The largest groups of copies and the largest scenes, so that a person can check what was taken for alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Sequence

    from collection_tools.report.cases import Case
    from collection_tools.report.gather import Gathered

__all__ = ["GROUPS", "MEMBERS", "Group", "Groups", "fill", "largest_groups", "sizes"]

GROUPS, MEMBERS = 8, 6
"""Groups of a kind, and pictures of each, that are shown at most."""


@dataclass(slots=True)
class Group:
    """Pictures that were taken for alike.

    Attributes:
        image_id: The picture that it is named after.
        size: How many there are.
        members: The first of them; of copies, the one that is kept comes first.
    """

    image_id: str
    size: int
    members: list[Case] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Groups:
    """The largest groups.

    Attributes:
        copies: A picture and its copies.
        scenes: Published photographs of one scene.
    """

    copies: Sequence[Group]
    scenes: Sequence[Group]


def largest_groups(got: Gathered) -> Groups:
    """Return the largest groups, still without their members."""
    scenes = [one for names in got.scenes.values() for one in _largest(names)]
    scenes.sort(key=lambda one: (-one.size, one.image_id))
    copies = [Group(one.image_id, one.size + 1) for one in _largest(got.copied, least=1)]  # and the one that is kept
    return Groups(copies, scenes[:GROUPS])


def fill(groups: Groups, seen: Iterable[Case]) -> None:
    """Put the first few members into each group."""
    copies = {one.image_id: one for one in groups.copies}
    scenes = {one.image_id: one for one in groups.scenes}
    for case in seen:
        name = case.row.sha256[:16]
        of = case.copied_from
        if name in copies and of is None:
            copies[name].members.insert(0, case)
        elif of in copies and len(copies[of].members) < MEMBERS:
            copies[of].members.append(case)
        if case.record is not None and case.record.scene_id in scenes:
            scene = scenes[case.record.scene_id]
            if len(scene.members) < MEMBERS:
                scene.members.append(case)
    for one in groups.copies:
        del one.members[MEMBERS:]


def sizes(scenes: array[int]) -> dict[int, int]:
    """Return how many scenes there are of each size.

    >>> from array import array
    >>> sizes(array("Q", [7, 8, 7, 9]))
    {1: 2, 2: 1}
    """
    found = np.unique(np.frombuffer(scenes, np.uint64), return_counts=True)[1]
    size, count = np.unique(found, return_counts=True)
    return dict(zip(size.tolist(), count.tolist(), strict=True))


def _largest(names: array[int], *, least: int = 2) -> list[Group]:
    """Return the names that occur most often, and at least so often."""
    number, count = np.unique(np.frombuffer(names, np.uint64), return_counts=True)
    order = np.lexsort((number, -count))[:GROUPS]
    found = zip(number[order].tolist(), count[order].tolist(), strict=True)
    return [Group(f"{one:016x}", size) for one, size in found if size >= least]
