"""Every lesson that NLCL's trainer can teach, by the recipe's ``losses``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from baselines.nlcl.lesson import NLCL, Lesson
from baselines.unpaired.cut import CUT
from baselines.unpaired.cyclegan import CYCLEGAN
from baselines.unpaired.dcd import DCD
from baselines.unpaired.deraincyclegan import DERAINCYCLEGAN

if TYPE_CHECKING:
    from baselines.nlcl.config import Config

__all__ = ["LESSONS", "lesson_of"]

LESSONS: dict[str, Lesson[Any]] = {
    name: lesson for lesson in (NLCL, CYCLEGAN, CUT, DCD, DERAINCYCLEGAN) for name in lesson.losses
}
"""By name of the losses."""


def lesson_of(config: Config) -> Lesson[Any]:
    """Return the lesson of a recipe."""
    return LESSONS[config.losses]
