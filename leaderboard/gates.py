"""The gates: why a row is shown but not ranked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from nlcl_bench.evaluation.protocol import P1

if TYPE_CHECKING:
    import numpy.typing as npt

    from nlcl_bench.evaluation.intake import Run

    Column = npt.NDArray[np.float64]

__all__ = ["UNCHANGED_BELOW", "Gate", "change_column", "gates"]

UNCHANGED_BELOW = P1.unchanged_below
"""Grey levels of mean absolute difference to the input under which an output counts as the input."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One reason why a row is not ranked."""

    name: Literal["control", "incomplete", "fewer images", "unchanged", "unguarded"]
    reason: str


def gates(run: Run) -> tuple[Gate, ...]:
    """Return every gate that a run fails; a run without one is ranked."""
    found = (_control(run), _fewer(run), _incomplete(run), _guard(run))
    return tuple(gate for gate in found if gate is not None)


def _control(run: Run) -> Gate | None:
    if run.result.method.supervision != "control":
        return None
    return Gate("control", "a control, here to show what a score is worth")


def _fewer(run: Run) -> Gate | None:
    wanted = run.result.benchmark.images
    there = len(set(run.images) | run.result.failed_images)
    if there == wanted:
        return None
    return Gate("fewer images", f"covers {there:,} of the benchmark's {wanted:,} images")


def _incomplete(run: Run) -> Gate | None:
    failed = len(run.result.failed_images)
    lacking = int(np.isnan(run.scores).any(axis=1).sum())
    if failed or lacking:
        return Gate("incomplete", f"{max(failed, lacking):,} images were not restored or not scored by every metric")
    whole = [failure.reason for failure in run.result.failures if failure.image_id is None]
    if whole:
        return Gate("incomplete", whole[0])
    if not run.result.complete:
        return Gate("incomplete", "its evaluation did not end")
    return None


def _guard(run: Run) -> Gate | None:
    """Check the mean absolute difference to the rainy input; leaving the guard out is no way round it.

    Controls are what they are: ``identity`` is there to change nothing.
    """
    if run.result.method.supervision == "control":
        return None
    column = change_column(run)
    if column is None:
        return Gate("unguarded", "how much it changes the photographs was not measured (metric change)")
    mean = float(np.nanmean(column))
    if mean >= UNCHANGED_BELOW:
        return None
    return Gate("unchanged", f"changes the photographs by {mean:.3f} grey levels, less than {UNCHANGED_BELOW}")


def change_column(run: Run) -> Column | None:
    """Return the guard ``change``, one per image, NaN where there is no score; None if it was not measured at all."""
    for place, metric in enumerate(run.result.metrics):
        column = run.scores[:, place]
        if metric.role == "guard" and metric.name == "change" and np.isfinite(column).any():
            return column
    return None
