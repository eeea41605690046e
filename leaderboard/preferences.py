"""How often people prefer a method, from votes on pairs: Bradley-Terry with ties, sides and raters.

Of method i on the left and j on the right rater r says left, right or equal with probabilities in proportion to

    exp(d / 2),  exp(-d / 2),  nu,    d = a_r (s_i - s_j) + b

s are the methods' strengths (Bradley and Terry, Rank analysis of incomplete block designs, Biometrika 39, 1952), nu is
how easily people call pictures equal (Davidson, On extending the Bradley-Terry model to accommodate ties, JASA 65,
1970), b is what lies on the left side by habit, and a_r is how clearly rater r tells pictures apart (Chen et al.,
Pairwise ranking aggregation in a crowdsourced setting, WSDM 2013). Weak normal priors keep everything finite where
somebody always wins: standard deviations of 2 for s and log nu, 0.5 for b and log a_r. The mode is found by L-BFGS.

What is shown is no strength but a chance: that an average rater prefers the method to doing nothing, or, where nobody
saw that, to the average of the others, an equal counting half. Intervals are percentiles over draws of raters and of
scenes, both at once (Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1, 2007): votes of one rater, and
votes on one scene, are no independent witnesses. With one rater only scenes are drawn, and the interval speaks of that
person alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from leaderboard.votes import Vote

    Array = npt.NDArray[np.float64]
    Index = npt.NDArray[np.intp]

__all__ = ["Preference", "preferences"]

_STRENGTH, _TIE, _SIDE, _RATER = 2.0, 2.0, 0.5, 0.5  # standard deviations of the priors
_SAID = ("left", "right", "equal")


@dataclass(frozen=True, slots=True)
class Preference:
    """What people think of one method.

    Attributes:
        chance: That an average rater prefers it, in [0, 1]; None where no chain of votes leads to what it is
            compared with.
        low: Lower end of the 95 % interval; None with fewer than two scenes.
        high: Its upper end.
        votes: In how many votes it stood.
    """

    chance: float | None
    low: float | None
    high: float | None
    votes: int


@dataclass(frozen=True, slots=True)
class _Data:
    """Votes in numbers: for each the methods on the left and right, the rater, the scene and what was said."""

    left: Index
    right: Index
    rater: Index
    scene: Index
    said: Index
    methods: int
    raters: int


def preferences(
    votes: Sequence[Vote], against: str | None, *, draws: int = 500, seed: int = 0
) -> dict[str, Preference]:
    """Return what people think of every method that stood in a vote, by label.

    Args:
        votes: Those that count.
        against: The label that chances are taken against; None, or one without votes, for the average of the others.
        draws: Draws of the bootstrap.
        seed: Its seed.
    """
    labels = sorted({label for vote in votes for label in (vote.left, vote.right)})
    if not labels:
        return {}
    data = _numbers(votes, labels)
    base = labels.index(against) if against in labels else None
    group = _linked(data, base)
    chance = _chances(_fit(data, np.ones(len(votes))), data.methods, base, group)
    drawn = _drawn(data, base, group, draws, seed)
    counts = np.bincount(np.concatenate([data.left, data.right]), minlength=len(labels))
    found = {}
    for place, label in enumerate(labels):
        there = group[place]
        low, high = (None, None)
        if there and drawn is not None:
            low, high = (float(end) for end in np.percentile(drawn[:, place], [2.5, 97.5]))
        found[label] = Preference(float(chance[place]) if there else None, low, high, int(counts[place]))
    return found


def _numbers(votes: Sequence[Vote], labels: Sequence[str]) -> _Data:
    raters = sorted({vote.rater for vote in votes})
    scenes = sorted({vote.scene_id for vote in votes})

    def codes(values: Sequence[str], names: Sequence[str]) -> Index:
        place = {name: number for number, name in enumerate(names)}
        return np.array([place[value] for value in values], dtype=np.intp)

    return _Data(
        left=codes([vote.left for vote in votes], labels),
        right=codes([vote.right for vote in votes], labels),
        rater=codes([vote.rater for vote in votes], raters),
        scene=codes([vote.scene_id for vote in votes], scenes),
        said=codes([vote.said for vote in votes], _SAID),
        methods=len(labels),
        raters=len(raters),
    )


def _linked(data: _Data, base: int | None) -> npt.NDArray[np.bool_]:
    """Return which methods can be compared with the base, or are in the largest group that can be compared."""
    links = coo_array((np.ones(len(data.left)), (data.left, data.right)), shape=(data.methods, data.methods))
    _, group = connected_components(links, directed=False)
    wanted = group[base] if base is not None else np.bincount(group).argmax()
    mine: npt.NDArray[np.bool_] = group == wanted
    return mine


def _fit(data: _Data, weights: Array, start: Array | None = None) -> Array:
    """Return the mode: strengths, log nu, b, log a of every rater."""
    size = data.methods + 2 + data.raters
    spread = np.concatenate([np.full(data.methods, _STRENGTH), [_TIE, _SIDE], np.full(data.raters, _RATER)])

    def loss(theta: Array) -> tuple[float, Array]:
        strength, tie, side = theta[: data.methods], theta[data.methods], theta[data.methods + 1]
        sharp = np.exp(theta[data.methods + 2 :])[data.rater]
        gap = strength[data.left] - strength[data.right]
        lead = sharp * gap + side
        logits = np.stack([lead / 2, -lead / 2, np.full(len(lead), tie)])
        logits -= logits.max(axis=0)
        chances = np.exp(logits)
        chances /= chances.sum(axis=0)
        lines = np.arange(len(lead))
        value = -float(weights @ np.log(chances[data.said, lines]))
        slope = chances
        slope[data.said, lines] -= 1
        slope = slope * weights
        by_lead = (slope[0] - slope[1]) / 2
        grad = np.zeros(size)
        np.add.at(grad, data.left, sharp * by_lead)
        np.subtract.at(grad, data.right, sharp * by_lead)
        grad[data.methods] = slope[2].sum()
        grad[data.methods + 1] = by_lead.sum()
        np.add.at(grad, data.methods + 2 + data.rater, sharp * gap * by_lead)
        return value + float((theta / spread) @ (theta / spread)) / 2, grad + theta / spread**2

    begin = np.zeros(size) if start is None else start
    found: Array = minimize(loss, begin, jac=True, method="L-BFGS-B").x
    return found


def _chances(theta: Array, methods: int, base: int | None, group: npt.NDArray[np.bool_]) -> Array:
    """Return each method's chance against the base, or the mean over the others of its group; an equal counts half.

    Shape:
        returns: ``(methods,)``, in [0, 1].
    """
    strength, tie = theta[:methods], np.exp(theta[methods])
    gap = strength[:, None] - (strength[None, :] if base is None else strength[base])
    wins, losses = np.exp(gap / 2), np.exp(-gap / 2)
    table = (wins + tie / 2) / (wins + losses + tie)
    if base is not None:
        single: Array = np.broadcast_to(table, (methods, 1))[:, 0]
        return single
    others = group[None, :] & ~np.eye(methods, dtype=bool)
    means: Array = (table * others).sum(axis=1) / np.maximum(1, others.sum(axis=1))
    return means


def _drawn(data: _Data, base: int | None, group: npt.NDArray[np.bool_], draws: int, seed: int) -> Array | None:
    """Return the chances under every draw, ``(draws, methods)``; None with fewer than two scenes."""
    scenes = int(data.scene.max()) + 1
    if scenes < 2:  # noqa: PLR2004 (one scene gives no spread)
        return None
    generator = np.random.default_rng(seed)
    start = _fit(data, np.ones(len(data.left)))
    found = []
    for _ in range(draws):
        weights = generator.multinomial(scenes, [1 / scenes] * scenes)[data.scene].astype(np.float64)
        if data.raters > 1:
            weights *= generator.multinomial(data.raters, [1 / data.raters] * data.raters)[data.rater]
        found.append(_chances(_fit(data, weights, start), data.methods, base, group))
    return np.array(found)
