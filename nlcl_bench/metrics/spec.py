"""The contract of a metric: a value that describes it, and a function that loads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, get_args

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

    from nlcl_bench.core.artifacts import Artifact

__all__ = ["FAMILIES", "Better", "Family", "Metric", "MetricSpec", "Precision", "Reference", "Role"]

Better = Literal["lower", "higher"]
Reference = Literal["none", "rainy", "clean"]
Role = Literal["ranked", "shown", "guard"]
Family = Literal["rain removed", "content kept", "naturalness", "reference"]
Precision = Literal["float32", "float64"]

FAMILIES: tuple[Family, ...] = get_args(Family)


class Metric(Protocol):
    """Scores a batch of derained images.

    Shape:
        derained: float32 ``(N, 3, H, W)``, RGB, values in [0, 1], read from the written 8-bit file.
        reference: the same shape, or None for a no-reference metric.
        returns: float64 ``(N,)``.
    """

    def __call__(self, derained: Tensor, reference: Tensor | None, /) -> Tensor:
        """Return one score per image."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSpec:
    """What the benchmark knows about a metric before loading it.

    Attributes:
        name: The word after ``--metrics``.
        version: Parameter set and revision, e.g. ``live2012@1``; any change of a value makes a new one.
        title: Its name in a table.
        better: Which direction is better.
        reference: What a score is taken against: nothing, the rainy input, or the clean image of a pair.
        family: What it speaks of: the rain that went, the content that stayed, a picture's look, or a known truth.
        role: Whether it may rank within its family, is only shown, or guards against cheating.
        bounds: Smallest and largest value that can be right; a score outside is refused.
        tolerance: Largest difference between two machines, in the metric's own unit.
        minimum_side: Smallest height and width it can score, in pixels.
        device: Where it computes; a result must not depend on the machine that is at hand.
        dtype: The precision in which it computes.
        load: Gives the metric with its verified parameter file, or None for one without.
            Imports the heavy libraries itself.
        weights: Its own parameter file, pinned by us or by the user's first use.
        backbones: Further files that it needs, such as a network that it builds upon; ``load`` finds them itself.
        implementation: What computes it.
        licence: Licence of the implementation.
        source: The paper that defines it.
    """

    name: str
    version: str
    title: str
    better: Better
    reference: Reference
    family: Family
    role: Role
    bounds: tuple[float, float]
    tolerance: float
    minimum_side: int = 1
    device: Literal["cpu"] = "cpu"
    dtype: Precision = "float32"
    load: Callable[[Path | None], Metric]
    weights: Artifact | None = None
    backbones: tuple[Artifact, ...] = ()
    implementation: str
    licence: str
    source: str

    @property
    def id(self) -> str:
        """Name and version: what a stored score is filed under."""
        return f"{self.name}/{self.version}"

    @property
    def files(self) -> tuple[Artifact, ...]:
        """Every parameter file that it needs, its own first."""
        return (() if self.weights is None else (self.weights,)) + self.backbones
