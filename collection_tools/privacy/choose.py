"""What is blurred by itself, what a person is asked about, and what a person said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from nlcl_bench.data.record import Box, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collection_tools.decisions import Decision

__all__ = ["Choice", "Limits", "choose"]

Confidence = Annotated[float, Field(gt=0, le=1)]


class Limits(Row):
    """How sure the detector must be.

    Attributes:
        sure: From this confidence on a face is blurred by itself.
        maybe: From this confidence on, up to ``sure``, a person is asked.
        share: A picture of which more than this share would be blurred is not published.
    """

    sure: Confidence
    maybe: Confidence
    share: Confidence

    @model_validator(mode="after")
    def _ordered(self) -> Limits:
        if self.maybe > self.sure:
            raise ValueError("maybe must not be above sure")
        return self


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of the boxes of one photograph.

    Attributes:
        blur: Boxes to make unrecognisable.
        ask: Boxes that a person has yet to look at; while there are any, the photograph is not fit to be published.
    """

    blur: tuple[Box, ...]
    ask: tuple[Box, ...]


def choose(found: Sequence[Box], decision: Decision | None, limits: Limits) -> Choice:
    """Lay what a person decided over what was detected.

    The boxes of a decision stand in place of all detections; no boxes: nothing is private. A decision that says nothing
    of boxes leaves the detections as they are, even if it accepts the photograph. Whatever is no face and comes from
    a detector is never blurred by itself.

    >>> def face(confidence):
    ...     return Box(left=0, top=0, width=20, height=30, kind="face", confidence=confidence)
    >>> found = [face(0.9), face(0.4), face(0.1)]
    >>> choice = choose(found, None, Limits(sure=0.5, maybe=0.3, share=0.25))
    >>> [box.confidence for box in choice.blur], [box.confidence for box in choice.ask]
    ([0.9], [0.4])
    """
    if decision is not None and decision.boxes is not None:
        return Choice(blur=decision.boxes, ask=())
    likely = [box for box in found if box.confidence is None or box.confidence >= limits.maybe]
    return Choice(
        blur=tuple(box for box in likely if _is_sure(box, limits)),
        ask=tuple(box for box in likely if not _is_sure(box, limits)),
    )


def _is_sure(box: Box, limits: Limits) -> bool:
    return box.confidence is None or (box.kind == "face" and box.confidence >= limits.sure)
