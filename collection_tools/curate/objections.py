"""What speaks against publishing a photograph, as far as it tells by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from collection_tools.curate.findings import absence
from collection_tools.privacy.blur import share, with_margins
from collection_tools.privacy.choose import choose
from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from collection_tools.collect.store import Collected, Tombstone
    from collection_tools.curate.finding import Finding
    from collection_tools.decisions import Decision
    from collection_tools.privacy.choose import Limits

__all__ = ["Objection", "unusable", "unwanted"]


class Objection(NamedTuple):
    """Why a photograph is not published, and the number that says so, if there is one."""

    reason: str
    measure: float | None = None


def unusable(
    row: Collected, finding: Finding | None, store: Path, withdrawn: Mapping[str, Tombstone]
) -> Objection | None:
    """Return what nobody can overrule: a withdrawal, missing or damaged bytes.

    Args:
        row: The photograph.
        finding: What was found out about it, if it could be examined.
        store: The store.
        withdrawn: The tombstones by the digest of the picture.
    """
    if row.pixels in withdrawn:  # the same picture with other metadata included
        return Objection(f"was withdrawn: {withdrawn[row.pixels].reason}")
    absent = absence(row, store)
    if absent is not None:
        return Objection(absent)
    if finding is None:
        return Objection("was not examined")
    return None if finding.damage is None else Objection(finding.damage)


def unwanted(row: Collected, finding: Finding, said: Decision, limits: Limits) -> Objection | None:
    """Return what a person says against it, what there is to hide, or else what the checks say.

    Somebody who accepts a photograph overrules the checks, but not what there is to hide: boxes decide about that.
    """
    if said.verdict == "reject":
        return Objection(f"rejected in review: {said.reason}" if said.reason else "rejected in review")
    hidden = _hidden(row, finding, said, limits)
    if hidden > limits.share:
        return Objection("too much of it would have to be blurred", hidden)
    check = finding.objection
    return None if check is None or said.verdict == "accept" else Objection(check.reason or "", check.measure)


def _hidden(row: Collected, finding: Finding, said: Decision, limits: Limits) -> float:
    """Return which part of a photograph would be blurred."""
    private = choose(finding.private or (), said, limits).blur
    if not private:
        return 0.0
    size = (row.width, row.height)
    try:
        return share(with_margins(private, size), size)
    except ImageError:  # a person drew a box that lies outside: whatever it was meant for is not hidden
        return 1.0
