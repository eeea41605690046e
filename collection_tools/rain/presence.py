"""Does it rain in the picture? All cues weighed into one probability.

    p = 1 / (1 + exp(-z)),   z = intercept + Σ weight · confidence · (value - mean) / deviation

so a cue that could not be measured counts as an average one. No weight is negative: more streaks, more veil or less
colour never speak against rain; that is knowledge, and it keeps a small set of photographs from teaching nonsense. The
numbers in ``presence.toml`` were fitted by ``benchmarks/rain_auc.py --fit``, which also says how far they carry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field
from scipy.optimize import minimize
from scipy.special import expit

from nlcl_bench.core.errors import InputError
from nlcl_bench.data.record import Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from collection_tools.rain.cue import Cue

    Doubles = npt.NDArray[np.float64]

__all__ = ["Presence", "Scale", "fit", "probability"]

RIDGE = 0.02
"""Penalty on the squares of the weights, per photograph."""


class Scale(Row):
    """How one cue is weighed: its mean and standard deviation over the fitted photographs, and its weight."""

    mean: float
    deviation: Annotated[float, Field(gt=0)]
    weight: Annotated[float, Field(ge=0)]


class Presence(Row):
    """What the probability of rain is computed with."""

    intercept: float
    cues: dict[str, Scale]


def probability(cues: Mapping[str, Cue], presence: Presence) -> float:
    """Return the probability of rain, if half of all photographs were rainy.

    >>> scale = Scale(mean=0.2, deviation=0.1, weight=1.0)
    >>> probability({}, Presence(intercept=0.0, cues={"veil": scale}))
    0.5
    """
    weighed = (
        scale.weight * cues[name].confidence * (cues[name].value - scale.mean) / scale.deviation
        for name, scale in presence.cues.items()
        if name in cues
    )
    return float(expit(presence.intercept + sum(weighed)))


def fit(photographs: Sequence[Mapping[str, Cue]], rainy: Sequence[bool], names: Sequence[str]) -> Presence:
    """Fit the weights by logistic regression with a ridge; both classes weigh the same, however many they have.

    Args:
        photographs: The cues of each photograph.
        rainy: Whether it rains in each.
        names: The cues to weigh.

    Raises:
        InputError: One of the classes is empty.
    """
    truth = np.asarray(rainy, dtype=bool)
    if truth.all() or not truth.any():
        raise InputError("has one class only", where="photographs", fix="give rainy and rain-free ones")
    values, sure = (
        np.array([[getattr(cues[name], part) for name in names] for cues in photographs])
        for part in ("value", "confidence")
    )
    mean, deviation = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-6)
    weights = _regression(sure * (values - mean) / deviation, truth)
    scales = zip(names, mean, deviation, weights[1:], strict=True)
    return Presence(
        intercept=float(weights[0]),
        cues={name: Scale(mean=float(m), deviation=float(d), weight=float(w)) for name, m, d, w in scales},
    )


def _regression(features: Doubles, truth: npt.NDArray[np.bool_]) -> Doubles:
    """Return the intercept and the weights, none of the latter negative; the loss is convex, its minimum is one."""
    columns = np.column_stack([np.ones(len(features)), features])
    share = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
    sign = np.where(truth, 1.0, -1.0)

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        margin = sign * (columns @ weights)
        pull = np.concatenate([[0.0], RIDGE * weights[1:]])
        gradient = -(columns.T @ (share * sign * expit(-margin))) + pull
        return float(share @ np.logaddexp(0, -margin) + pull @ weights / 2), gradient

    bounds = [(None, None)] + [(0.0, None)] * features.shape[1]
    found: Doubles = minimize(loss, np.zeros(columns.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B").x
    return found
