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
from nlcl_bench.evaluation.cost import Counted, count, photograph
from nlcl_bench.evaluation.seams import SEAM, Seams, examine

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.methods.spec import Derainer, MethodSpec
    from nlcl_bench.metrics.spec import Metric, MetricSpec

__all__ = ["MethodReport", "check_method", "check_metric"]

_SIZES = ((1, 1), (2, 3), (37, 53), (96, 130))


@dataclass(frozen=True, slots=True)
class MethodReport:
    """What the check found.

    Attributes:
        seams: What tiles and odd sizes do to the result.
        counted: Parameters and multiplications of a forward pass, if the method says how many it has.
    """

    seams: Seams
    counted: Counted | None

    @property
    def tiling_difference(self) -> float:
        """Largest difference between tiles and the whole image, in [0, 1]; 0 where there are no tiles."""
        return self.seams.tiling_difference or 0.0


def check_method(spec: MethodSpec, weights: Path | None = None) -> MethodReport:
    """Check on the CPU that a method keeps its contract.

    It must take any image size, leave its input alone, return finite values of the same shape, give the same result
    twice, treat a batch as so many images, be exact in tiles if it says so, and have as many parameters and
    multiplications as it says.

    Raises:
        ContractError: A promise is broken; the message says which.
    """
    import torch

    device = torch.device("cpu")
    derainer = load_method(spec, device, weights)
    for height, width in _SIZES:
        apply(derainer, spec, photograph(height, width))
    seams = examine(derainer, spec)
    if not seams.deterministic:
        raise ContractError("gives two results for one image", where=spec.name, fix="seed what is random")
    side = max(64, -(-spec.size.minimum // spec.size.multiple_of) * spec.size.multiple_of)
    photo = photograph(side, 2 * side)
    with torch.inference_mode():
        once = derainer(photo[None].clone())
        both = derainer(torch.stack([photo, photo * 0.5]))
    if not torch.allclose(both[0], once[0], atol=SEAM):
        raise ContractError("mixes the images of a batch", where=spec.name, fix="keep statistics per image")
    _told_truly(spec, seams)
    return MethodReport(seams, _counted(spec, derainer))


def _counted(spec: MethodSpec, derainer: Derainer) -> Counted | None:
    """Hold a method to the parameters and multiplications that it says it has; count nothing if it says nothing."""
    import torch

    if spec.parameters is None and spec.gmacs is None:
        return None
    counted = count(derainer, spec, torch.device("cpu"))
    if None not in {spec.parameters, counted.parameters} and counted.parameters != spec.parameters:
        says = f"says that it has {spec.parameters:,} parameters, but uses {counted.parameters:,}"
        raise ContractError(says, where=spec.name, fix="mend its description")
    if spec.gmacs is not None and counted.gmacs is not None and abs(counted.gmacs - spec.gmacs) > 0.01 * spec.gmacs:
        says = f"says {spec.gmacs:g} GMACs, but takes {counted.gmacs:.4g}"
        raise ContractError(says, where=spec.name, fix="mend its description")
    return counted


def _told_truly(spec: MethodSpec, seams: Seams) -> None:
    """Hold a method to what it says of tiles and sizes."""
    if spec.size.multiple_of == 1 and not seams.odd_sizes:
        raise ContractError(
            "says that it takes any size, but takes no odd one", where=spec.name, fix="declare its sizes"
        )
    difference = seams.tiling_difference
    if spec.tiling == "exact" and difference is not None and difference > SEAM:
        raise ContractError(
            f"says that tiling is exact, but tiles differ by up to {difference * 255:.1f} grey levels",
            where=spec.name,
            fix='declare tiling="changes_result", or a larger reach',
        )


def check_metric(spec: MetricSpec, parameters: Path | None = None) -> float:
    """Check that a metric keeps its contract, and return the score of the test image.

    It must return one finite float64 per image, within its bounds, the same for an image alone and in a batch.

    Raises:
        ContractError: A promise is broken; the message says which.
    """
    import torch

    metric: Metric = spec.load(parameters)
    side = max(spec.minimum_side, 208)
    image = photograph(side, side + 16)
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
