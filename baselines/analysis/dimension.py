"""Do groups of like image patches have a higher intrinsic dimension than such groups of rain patches?

The asymmetric NLCL (Chang et al., TPAMI 2024) says so and builds a loss on it, without saying how it was estimated. The
answer depends on the estimator, so several are reported side by side; see :mod:`baselines.analysis.intrinsic`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from baselines.analysis.bootstrap import Mean, mean_of
from baselines.analysis.intrinsic import ESTIMATORS
from baselines.analysis.layers import Layers, Scope, Seen, Source, survey
from baselines.nlcl.patches import Search, capacity, search
from nlcl_bench import __version__
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.record import Row, Text

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

__all__ = ["DimensionReport", "DimensionRow", "Grouping", "groups", "measure_dimension", "premise", "sentence"]


class Grouping(Row):
    """How groups of like patches are found; see :class:`baselines.nlcl.patches.Search`."""

    patch: int = 16
    window: int = 40
    stride: int = 1
    separation: int = 1
    count: int = 128

    @property
    def region(self) -> int:
        """Side of the square around a place that holds every patch of its window."""
        return self.window + self.patch - 1

    @property
    def search(self) -> Search:
        """The block matching that this asks for."""
        return Search(**self.model_dump())


class DimensionRow(Row):
    """One estimator on one source of layers.

    Attributes:
        source: Where the layers come from.
        estimator: Its name.
        kind: Scale-free or thresholded.
        background: Mean dimension of the groups of image patches.
        rain: The same of rain patches.
        difference: Background less rain.
        higher: Share of places where the image patches have the higher dimension.
    """

    source: str
    estimator: str
    kind: str
    background: Mean
    rain: Mean
    difference: Mean
    higher: Mean


class DimensionReport(Row):
    """The content of ``dimension.json``.

    Attributes:
        toolkit: Version of nlcl-bench.
        scope: How much was looked at.
        grouping: How groups were found.
        weights: Digests of the weights that separated the layers, by their part.
        photographs: What was used, by source.
        skipped: What could not be used, and why.
        rows: The numbers.
    """

    toolkit: Text
    scope: Scope
    grouping: Grouping
    weights: dict[str, str]
    photographs: dict[str, tuple[Seen, ...]]
    skipped: tuple[str, ...]
    rows: tuple[DimensionRow, ...]


def measure_dimension(
    sources: list[Source],
    grouping: Grouping,
    scope: Scope,
    *,
    weights: dict[str, str],
    track: Track = silent,
) -> DimensionReport:
    """Estimate the dimension of image and of rain patches at random places of every photograph.

    Args:
        sources: Where the layers come from.
        grouping: How groups of like patches are found.
        scope: How much is looked at.
        weights: Digests of the weights behind the sources, to be written down.
        track: Shows progress.

    Raises:
        InputError: A source has no photograph that can be used, or the window has no room for such groups.
    """
    how = grouping.search
    room = capacity(grouping.region, grouping.region, how)
    if room < how.count:
        raise InputError(
            f"a window of {how.window} pixels has room for {room} patches of a group, not {how.count}",
            where="dimension",
            fix="ask for a smaller count, separation or stride, or a larger window",
        )
    rows: list[DimensionRow] = []
    photographs: dict[str, tuple[Seen, ...]] = {}
    skipped: list[str] = []
    for source in sources:

        def look(layers: Layers, chance: np.random.Generator) -> npt.NDArray[np.float64]:
            return _dimensions(layers, how, grouping.region, scope.places, chance)

        seen = survey(source, look, scope, least=grouping.region, track=track)
        photographs[source.name] = seen.photographs
        skipped += seen.skipped
        rows += _rows(source.name, np.stack(seen.found), scope)
    return DimensionReport(
        toolkit=__version__,
        scope=scope,
        grouping=grouping,
        weights=weights,
        photographs=photographs,
        skipped=tuple(skipped),
        rows=tuple(rows),
    )


def _dimensions(
    layers: Layers, how: Search, region: int, places: int, chance: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return every estimate: ``(places, 2, estimators)``, background first."""
    half = how.patch // 2
    height, width = (length - how.patch + 1 for length in layers.rainy.shape[-2:])
    queries = torch.from_numpy(chance.integers(0, (height, width), (places, 2))) + half
    found = np.empty((places, 2, len(ESTIMATORS)))
    for number, query in enumerate(queries):
        for layer, image in enumerate((layers.background, layers.rain)):
            group = groups(image, query, how, region)
            found[number, layer] = [estimate(group) for _, estimate in ESTIMATORS.values()]
    return found


def groups(image: Tensor, query: Tensor, how: Search, region: int) -> Tensor:
    """Return the patches that block matching finds around a place.

    Only a region around the place is unfolded into patches: all of a photograph would take gigabytes.

    Shape:
        image: ``(1, C, H, W)``, H and W at least ``region``.
        query: int64 ``(2,)``, row and column of a patch's centre.
        returns: ``(count, C * patch ** 2)``, the most similar first.
    """
    half = how.patch // 2
    before = how.window // 2 + half
    corner = [
        min(max(int(at) - before, 0), length - region) for at, length in zip(query, image.shape[-2:], strict=True)
    ]
    top, left = corner
    part = image[..., top : top + region, left : left + region]
    places = search(part, (query - torch.tensor(corner))[None, None], how)[0, 0] - half
    windows = part[0].unfold(1, how.patch, 1).unfold(2, how.patch, 1)  # (C, rows, columns, patch, patch)
    return windows[:, places[:, 0], places[:, 1]].transpose(0, 1).flatten(1)


def _rows(source: str, found: npt.NDArray[np.float64], scope: Scope) -> list[DimensionRow]:
    """Sum up ``(photographs, places, 2, estimators)``."""

    def mean(values: npt.NDArray[np.float64]) -> Mean:
        return mean_of(values.mean(1), draws=scope.draws, seed=scope.seed)

    background, rain = found[:, :, 0], found[:, :, 1]
    return [
        DimensionRow(
            source=source,
            estimator=name,
            kind=kind,
            background=mean(background[..., index]),
            rain=mean(rain[..., index]),
            difference=mean(background[..., index] - rain[..., index]),
            higher=mean((background[..., index] > rain[..., index]).astype(np.float64)),
        )
        for index, (name, (kind, _)) in enumerate(ESTIMATORS.items())
    ]


def premise(row: DimensionRow) -> Literal["holds", "is reversed", "is undecided"]:
    """Say whether image patches have the higher dimension: whether the interval of the difference leaves zero out."""
    low, high = row.difference.low, row.difference.high
    if low is not None and low > 0:
        return "holds"
    return "is reversed" if high is not None and high < 0 else "is undecided"


def sentence(row: DimensionRow) -> str:
    """Say it in words."""
    return (
        f"{row.source}, {row.estimator} ({row.kind}): the premise that image patches have the higher dimension "
        f"{premise(row)}: {row.background.mean:.1f} against {row.rain.mean:.1f}, "
        f"higher at {row.higher.mean:.0%} of the places"
    )
