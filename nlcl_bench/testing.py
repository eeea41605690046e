"""Contract checks for methods and metrics: ours run them over every registered one, plug-ins should too.

>>> from nlcl_bench.methods.catalogue import METHODS
>>> check_method(METHODS.get("identity")).tiling_difference < 1e-6
True
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import ContractError
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.evaluation.tiling import smallest_tile

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from nlcl_bench.methods.spec import Derainer, MethodSpec
    from nlcl_bench.metrics.spec import Metric, MetricSpec

__all__ = ["MethodReport", "check_method", "check_metric"]

_SIZES = ((1, 1), (2, 3), (37, 53), (96, 130))
_SEAM = 0.5 / 255
"""Half a grey level: below it, tiles and the whole image round to the same picture."""


@dataclass(frozen=True, slots=True)
class MethodReport:
    """What the check found.

    Attributes:
        tiling_difference: Largest difference between tiles and the whole image, in [0, 1]; 0 where there are no tiles.
    """

    tiling_difference: float


def _photo(height: int, width: int) -> Tensor:
    """Return a seeded image that is smooth with noise on it, ``(3, H, W)`` in [0, 1]."""
    import torch

    noise = torch.rand(3, height, width, generator=torch.Generator().manual_seed(7))
    rows, columns = torch.meshgrid(torch.linspace(0, 6, height), torch.linspace(0, 9, width), indexing="ij")
    return (0.5 + 0.3 * torch.sin(rows) * torch.cos(columns)).expand(3, -1, -1) * 0.8 + 0.2 * noise


def check_method(spec: MethodSpec, weights: Path | None = None) -> MethodReport:
    """Check on the CPU that a method keeps its contract.

    It must take any image size, leave its input alone, return finite values of the same shape, give the same result
    twice, treat a batch as so many images, and be exact in tiles if it says so.

    Raises:
        ContractError: A promise is broken; the message says which.
    """
    import torch

    device = torch.device("cpu")
    derainer = load_method(spec, device, weights)
    for height, width in _SIZES:
        apply(derainer, spec, _photo(height, width))
    side = max(64, -(-spec.size.minimum // spec.size.multiple_of) * spec.size.multiple_of)
    photo = _photo(side, 2 * side)
    with torch.inference_mode():
        once, again = derainer(photo[None].clone()), derainer(photo[None].clone())
        both = derainer(torch.stack([photo, photo * 0.5]))
    if not torch.equal(once, again):
        raise ContractError("gives two results for one image", where=spec.name, fix="seed what is random")
    if not torch.allclose(both[0], once[0], atol=_SEAM):
        raise ContractError("mixes the images of a batch", where=spec.name, fix="keep statistics per image")
    return MethodReport(_tiling_difference(spec, derainer))


def _tiling_difference(spec: MethodSpec, derainer: Derainer) -> float:
    if spec.tiling in {"forbidden", "own"}:
        return 0.0
    side, _ = smallest_tile(spec.reach, spec.size)
    photo = _photo(side + 172, side + 132)
    whole, tiles = (apply(derainer, spec, photo, tile) for tile in (0, side))
    difference = float((whole - tiles).abs().max())
    if spec.tiling == "exact" and difference > _SEAM:
        raise ContractError(
            f"says that tiling is exact, but tiles differ by up to {difference * 255:.1f} grey levels",
            where=spec.name,
            fix='declare tiling="changes_result", or a larger reach',
        )
    return difference


def check_metric(spec: MetricSpec, parameters: Path | None = None) -> float:
    """Check that a metric keeps its contract, and return the score of the test image.

    It must return one finite float64 per image, within its bounds, the same for an image alone and in a batch.

    Raises:
        ContractError: A promise is broken; the message says which.
    """
    import torch

    metric: Metric = spec.load(parameters)
    side = max(spec.minimum_side, 208)
    image = _photo(side, side + 16)
    batch = torch.stack([image, image * 0.5])
    reference = None if spec.reference == "none" else (batch * 0.9 + 0.05)
    alone = metric(batch[:1], None if reference is None else reference[:1])
    scores = metric(batch, reference)
    if scores.shape != (2,) or alone.shape != (1,):
        raise ContractError("returns another shape than (N,)", where=spec.id, fix="mend the metric")
    low, high = spec.bounds
    problems = {
        "returns another type than float64": scores.dtype != torch.float64,
        "is not finite or not within its bounds": not bool(((scores >= low) & (scores <= high)).all()),
        "scores an image differently in a batch": abs(float(scores[0] - alone[0])) > spec.tolerance,
    }
    for problem, found in problems.items():
        if found:
            raise ContractError(problem, where=spec.id, fix="mend the metric or its spec")
    return float(alone[0])
