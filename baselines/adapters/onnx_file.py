"""``onnx:FILE``: a network that onnxruntime runs. One of the two doors to onnxruntime.

Many public files take images of one size only. Such a file sees the photograph in tiles of that size, which overlap and
are blended, and the run says so. An ONNX file holds arithmetic and no code; libraries of further operators are not
loaded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from baselines.adapters.declared import described, own_file, read, stem
from baselines.adapters.spoken import Spoken, convention, interface, size_rule, translated
from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.errors import ArtifactError, ContractError, InputError
from nlcl_bench.data.record import Text
from nlcl_bench.evaluation.apply import reflected
from nlcl_bench.evaluation.tiling import BLEND, GRID, overlap, tiled
from nlcl_bench.methods.spec import SizeRule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import torch
    from torch import Tensor

    from baselines.adapters.spoken import Convention
    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.methods.spec import Derainer, Interface, MethodSpec

    Floats = npt.NDArray[np.float32]

__all__ = ["Ported", "Ports", "of_file", "onnx"]

_KIND = "onnx"
_TYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8"}
_SMALLEST = 2 * BLEND
_CHANNELS, _RANK = 3, 4


class Ported(Spoken):
    """What can be said besides of a file with several outputs.

    Attributes:
        output_name: Which of them is the image.
    """

    output_name: Text | None = None


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the image goes in and comes out.

    Attributes:
        input: Name of the input.
        output: Name of the output.
        type: Its numbers: ``float32``, ``float16`` or ``uint8``.
        channels_last: Whether it takes ``(1, H, W, 3)``.
        sides: The only height and width that it takes; None if it takes any.
    """

    input: str
    output: str
    type: str
    channels_last: bool
    sides: tuple[int, int] | None


def onnx(argument: str, declared: Mapping[str, str], /) -> MethodSpec:
    """Make a method of an ONNX file: :class:`nlcl_bench.methods.spec.Adapter`.

    Raises:
        InputError: There is no such file, a declaration cannot be used, or onnxruntime is not installed.
        ArtifactError: The file is damaged, or takes and gives something else than one image.
    """
    told = read(Ported, _KIND, declared)
    file = own_file(_KIND, argument, told)
    return of_file(file, f"{_KIND}: {file.name}", told)


def of_file(file: Artifact, source: str, told: Ported) -> MethodSpec:
    """Make a method of a file, which is opened to see what it takes.

    Args:
        file: The file.
        source: What it is, in words.
        told: What the user says of it.
    """
    path = obtain(file)
    ports = _ports(_session(path, "cpu"), path, told)
    if ports.type == "uint8" and told.range is None:
        told = told.model_copy(update={"range": "0..255"})
    fixed = ports.sides is not None
    return described(
        _KIND,
        stem(file),
        told,
        interface=_interface(source, told, ports),
        load=partial(_load, ports, convention(told), told.reach),
        size=SizeRule() if fixed else size_rule(told),
        tiling="own" if fixed else told.tiling or "changes_result",
        reach=told.reach,
        weights=file,
    )


def _interface(source: str, told: Ported, ports: Ports) -> Interface:
    said = interface(source, told)
    if ports.type == "uint8":
        said = replace(said, rounding="half to even before it, and whatever the file does to whole grey levels")
    if ports.sides is None:
        return said
    size = "{1}x{0}".format(*ports.sides)
    side, reach = _tile(ports.sides, told.reach)
    return replace(
        said,
        multiple_of=f"takes {size} only",
        tiling=f"in tiles of {side} pixels that share {overlap(reach)}, because the file takes {size} only",
    )


def _tile(sides: tuple[int, int], reach: int) -> tuple[int, int]:
    """Return the side of the tiles that a fixed size allows, and the reach that leaves room for blending.

    >>> _tile((256, 256), 16), _tile((96, 100), 16), _tile((64, 64), 16)
    ((256, 16), (96, 8), (64, 0))
    """
    side = min(sides) // GRID * GRID
    return side, min(reach, (side // (2 * GRID) * GRID - BLEND) // 2)


def _session(path: Path, device: str) -> Any:
    """Open the file with as many threads as torch uses, so that results do not depend on the number of workers."""
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError("onnxruntime is missing", where=f"{_KIND}:", fix="install nlcl-bench[onnx]") from error
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
    options.log_severity_level = 4  # what goes wrong is raised, too
    there = onnxruntime.get_available_providers()
    providers = [name for name in ("CUDAExecutionProvider",) if device.startswith("cuda") and name in there]
    state = onnxruntime.capi.onnxruntime_pybind11_state
    faults = (state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NotImplemented)
    try:
        data = path.read_bytes()
        return onnxruntime.InferenceSession(data, options, providers=[*providers, "CPUExecutionProvider"])
    except (*faults, state.RuntimeException, RuntimeError, ValueError, OSError) as error:
        raise ArtifactError(
            f"is no ONNX file, is damaged, or needs more than onnxruntime has ({type(error).__name__})",
            where=path,
            fix="export it again, in one file",
        ) from error


def _ports(session: Any, path: Path, told: Ported) -> Ports:
    """Find the one image that goes in and the one that comes out.

    Raises:
        ArtifactError: The file takes or gives something else.
    """
    inputs, outputs = session.get_inputs(), [port.name for port in session.get_outputs()]
    if len(inputs) != 1:
        raise _strange(path, f"takes {len(inputs)} inputs, not one image")
    if told.output_name is None and len(outputs) != 1:
        raise _strange(
            path, f"gives {len(outputs)} outputs", f"say which: --declare output_name={' or '.join(outputs)}"
        )
    if told.output_name is not None and told.output_name not in outputs:
        raise _strange(path, f"has no output {told.output_name}", f"there is: {', '.join(outputs)}")
    image = inputs[0]
    shown = f"takes {image.type} of shape {image.shape}"
    if image.type not in _TYPES or len(image.shape) != _RANK or image.shape[0] not in {1, *_free(image.shape)}:
        raise _strange(path, f"{shown}, not one image")
    last = image.shape[3] == _CHANNELS and image.shape[1] != _CHANNELS
    _, first, second, third = image.shape
    channels, *sides = (third, first, second) if last else (first, second, third)
    if channels != _CHANNELS or len({side in _free(sides) for side in sides}) != 1:
        raise _strange(path, f"{shown}, not an image of three colours")
    fixed = None if sides[0] in _free(sides) else (sides[0], sides[1])
    if fixed is not None and min(fixed) < _SMALLEST:
        raise _strange(path, f"{shown}: too small to put photographs together of such tiles", "export a larger size")
    return Ports(image.name, told.output_name or outputs[0], _TYPES[image.type], last, fixed)


def _free(shape: list[Any]) -> set[Any]:
    """Return the entries of a shape that stand for any number: names, or nothing."""
    return {side for side in shape if not isinstance(side, int) or side < 1}


def _strange(path: Path, what: str, fix: str = "export it with one input (1, 3, H, W) and one output") -> ArtifactError:
    return ArtifactError(what, where=path, fix=fix)


def _load(ports: Ports, speaks: Convention, reach: int, device: torch.device, weights: Path | None) -> Derainer:
    if weights is None:
        raise ArtifactError("needs its file", where=_KIND, fix="report this")
    network = partial(_run, _session(weights, str(device)), ports)
    if ports.sides is None:
        return translated(network, speaks)
    return partial(_in_tiles, translated(partial(_whole, network, ports.sides), speaks), *_tile(ports.sides, reach))


def _run(session: Any, ports: Ports, given: Tensor) -> Tensor:
    """Run the network; ``(1, 3, H, W)`` to the same."""
    import numpy as np
    import torch

    numbers: Floats = given.cpu().numpy()
    if ports.type == "uint8":
        numbers = np.rint(numbers).clip(0, 255)
    fed = numbers.astype(ports.type, copy=False)
    answer = session.run([ports.output], {ports.input: fed.transpose(0, 2, 3, 1) if ports.channels_last else fed})[0]
    if ports.channels_last and answer.ndim == _RANK:
        answer = answer.transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(answer, np.float32)).to(given.device)


def _whole(network: Callable[[Tensor], Tensor], sides: tuple[int, int], given: Tensor) -> Tensor:
    """Run a network of a fixed size on a tile that is not larger.

    Raises:
        ContractError: It gives another size than it takes.
    """
    height, width = given.shape[-2:]
    padded = reflected(given, *sides)
    answer = network(padded)
    if answer.shape != padded.shape:
        raise ContractError(f"returned shape {tuple(answer.shape)} for {tuple(padded.shape)}", where=_KIND)
    return answer[..., :height, :width]


def _in_tiles(network: Derainer, side: int, reach: int, rainy: Tensor) -> Tensor:
    return tiled(network, rainy, side, reach=reach, size=SizeRule())
