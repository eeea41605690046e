"""The page that a training leaves: what went in, how the losses went, and what comes out, in one file of HTML."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from baselines.nlcl.curves import HEIGHT, WIDTH, curves
from baselines.nlcl.samples import GAIN
from nlcl_bench.core.files import writing
from nlcl_bench.core.templates import templates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from torch import Tensor

    from baselines.nlcl.checkpoint import Checkpoint
    from baselines.nlcl.crops import Source

__all__ = ["REPORT", "write_report"]

REPORT = "report.html"


def write_report(
    folder: Path,
    checkpoint: Checkpoint,
    history: Tensor,
    source: Source,
    pictures: Iterable[bytes],
    warnings: Sequence[str],
) -> None:
    """Write ``report.html``; equal trainings give equal pages.

    Args:
        folder: Where to.
        checkpoint: What was trained, and how.
        history: The losses of every step, ``(steps, len(TERMS))``.
        source: What was looked at.
        pictures: PNGs of O | B | R.
        warnings: What looked wrong.

    Raises:
        StorageError: The folder cannot be written.
    """
    text = (
        templates("baselines.nlcl")
        .get_template("report.html.jinja")
        .render(
            checkpoint=checkpoint,
            config=checkpoint.config.model_dump(),
            curves=curves(history),
            width=WIDTH,
            height=HEIGHT,
            gain=GAIN,
            domains=source.domains,
            pictures=[base64.b64encode(picture).decode("ascii") for picture in pictures],
            warnings=warnings,
        )
    )
    with writing(folder / REPORT) as part:
        part.write_text(text, encoding="utf-8")
