"""What a method costs: parameters and multiplications, counted; seconds per megapixel and peak memory, measured.

Each method is measured in a process of its own, so that its memory is its own: that of the whole process, torch and the
image included. On the CPU one thread computes, as in an evaluation.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from nlcl_bench.core.errors import RunError
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.methods.catalogue import packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from torch import Tensor

    from nlcl_bench.methods.spec import Derainer, MethodSpec

__all__ = ["Cost", "Counted", "count", "measure", "photograph"]

SIDE = 256
"""Side of the image for which multiplications are counted, in pixels, as the field does."""

_WARM_SIDE = 64


@dataclass(frozen=True, slots=True)
class Counted:
    """What a forward pass uses, wherever it runs.

    Attributes:
        parameters: Numbers that were learnt; None if no parameters of torch were seen.
        gmacs: Multiplications with additions in convolutions and matrix products for 3 x 256 x 256 pixels, in
            thousand millions; None if there were none, as in priors and in programs that torch does not see.
    """

    parameters: int | None
    gmacs: float | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a method costs.

    Attributes:
        counted: Parameters and multiplications.
        seconds: Seconds per megapixel.
        megabytes: Peak memory of the process; on a GPU, of the GPU.
    """

    counted: Counted
    seconds: float
    megabytes: float


def photograph(height: int, width: int) -> Tensor:
    """Return a seeded image that is smooth with noise on it, float32 ``(3, H, W)`` in [0, 1]."""
    noise = torch.rand(3, height, width, generator=torch.Generator().manual_seed(7))
    rows, columns = torch.meshgrid(torch.linspace(0, 6, height), torch.linspace(0, 9, width), indexing="ij")
    return (0.5 + 0.3 * torch.sin(rows) * torch.cos(columns)).expand(3, -1, -1) * 0.8 + 0.2 * noise


def count(derainer: Derainer, spec: MethodSpec, device: torch.device) -> Counted:
    """Count what one forward pass uses; see :class:`Counted`.

    Args:
        derainer: The loaded method.
        spec: Its description.
        device: Where it is loaded.

    Raises:
        ContractError: The method broke its contract.
    """
    image = photograph(SIDE, SIDE).to(device)
    with FlopCounterMode(display=False) as flops, _Parameters() as parameters:
        apply(derainer, spec, image)
    gmacs = flops.get_total_flops() / 2e9
    return Counted(sum(parameters.seen.values()) or None, gmacs or None)


class _Parameters(TorchDispatchMode):
    """Notes the size of every parameter that an operation is given, by its place in memory."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen: dict[int, int] = {}

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        for one in _tensors((args, kwargs or {})):
            if isinstance(one, torch.nn.Parameter):
                self.seen[one.data_ptr()] = one.numel()
        return func(*args, **(kwargs or {}))


def _tensors(value: Any) -> Iterator[Any]:
    """Yield what is in nested sequences and tables."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _tensors(one)
    else:
        yield value


def measure(spec: MethodSpec, weights: Path | None, device: str, *, megapixels: float = 1.0) -> Cost:
    """Measure a method in a process of its own.

    Args:
        spec: The method; installed, or made by an adapter.
        weights: Its verified weight file.
        device: Torch's name of the device.
        megapixels: Size of the image.

    Raises:
        ArtifactError: The weights do not fit.
        ContractError: The method broke its contract.
        RunError: The process was killed.
    """
    try:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            return pool.submit(_measure, packed(spec), weights, device, megapixels).result()
    except BrokenProcessPool as error:
        raise RunError(
            "was killed, most likely because memory ran out", where=spec.name, fix="measure fewer --megapixels"
        ) from error


def _measure(method: str | MethodSpec, weights: Path | None, device: str, megapixels: float) -> Cost:
    spec = unpacked(method)
    place = torch.device(device)
    if place.type == "cpu":
        torch.set_num_threads(1)
    derainer = load_method(spec, place, weights)
    apply(derainer, spec, photograph(_WARM_SIDE, _WARM_SIDE).to(place))
    side = round((megapixels * 1e6) ** 0.5)
    seconds = _seconds(derainer, spec, photograph(side, side).to(place))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # the kernel counts in kibibytes
    if place.type == "cuda":
        megabytes = torch.cuda.max_memory_allocated(place) / 2**20
    return Cost(count(derainer, spec, place), seconds / (side * side / 1e6), megabytes)


def _seconds(derainer: Derainer, spec: MethodSpec, image: Tensor) -> float:
    begin = time.perf_counter()
    apply(derainer, spec, image)
    if image.is_cuda:
        torch.cuda.synchronize(image.device)
    return time.perf_counter() - begin
