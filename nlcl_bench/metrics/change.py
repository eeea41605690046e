"""The guard against doing nothing: how far an output is from its input.

On the ``clean`` config of a release, whose photographs show no rain, the same number is idempotence: nothing had to be
changed there, so it should be 0, and it tells what a method does to a picture that needs none of it. Boards show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.core.errors import ContractError
from nlcl_bench.metrics.spec import MetricSpec

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CHANGE", "mean_absolute_change"]


def mean_absolute_change(derained: Tensor, reference: Tensor | None) -> Tensor:
    """Return the mean absolute difference to the rainy input, in grey levels of 255.

    Shape:
        derained, reference: float ``(N, 3, H, W)``, in [0, 1].
        returns: float64 ``(N,)``.

    Raises:
        ContractError: There is no input to compare with.
    """
    if reference is None:
        raise ContractError("needs the rainy input", where="change", fix="call it with a reference")
    return (derained.double() - reference.double()).abs().mean(dim=(1, 2, 3)) * 255


CHANGE = MetricSpec(
    name="change",
    version="grey@1",
    title="Change",
    better="lower",
    reference="rainy",
    family="content kept",
    role="guard",
    bounds=(0, 255),
    tolerance=0.01,
    dtype="float64",
    load=lambda _: mean_absolute_change,
    implementation="nlcl-bench",
    licence="Apache-2.0",
    source="mean absolute difference to the input over pixels and channels, in grey levels",
)
