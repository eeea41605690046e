"""The steps from a file that was met to an image that is published, and at which of them a photograph was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from collection_tools.report.cases import UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collection_tools.report.cases import Case

__all__ = ["STEPS", "Step", "lost_at"]

Step = Literal["collected", "sound", "passed", "allowed", "single", "published"]

STEPS: Mapping[Step, str] = {
    "collected": "Collected",
    "sound": "Sound",
    "passed": "Passed the checks",
    "allowed": "Nobody objects",
    "single": "No copy, no leak",
    "published": "Published",
}
"""What remains after each step, in words."""

_LOST_AT: Mapping[str, Step] = {
    UNDECIDED: "sound",
    "was withdrawn": "sound",
    "was not examined": "sound",
    "its bytes are missing from the store": "sound",
    "its bytes in the store are damaged": "sound",
    "rejected in review": "allowed",
    "too much of it would have to be blurred": "allowed",
    "another photograph has the same image_id": "single",
    "duplicate": "single",
    "near-duplicate": "single",
    "same picture": "single",
    "is in a known test set": "single",
    "would tie together scenes of different splits": "published",
}


def lost_at(case: Case) -> Step | None:
    """Return the step that a photograph did not take; None if it is published.

    A check and a damaged file speak in words of their own: those are recognised by the findings. Whatever nobody
    foresaw counts as lost at the last step, so that the numbers always add up.
    """
    if case.reason is None:
        return None
    step = _LOST_AT.get(case.kind or "")
    if step is not None or case.finding is None:
        return step or "published"
    if case.finding.damage is not None:
        return "sound"
    objection = case.finding.objection
    return "passed" if objection is not None and objection.reason == case.reason else "published"
