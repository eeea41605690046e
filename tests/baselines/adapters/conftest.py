"""What tests of adapters share: real ONNX files written by hand, requests, and a small program."""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nlcl_bench.data.loading import open_benchmark
from nlcl_bench.evaluation.inputs import method_weights
from nlcl_bench.evaluation.plan import Request
from nlcl_bench.evaluation.selection import select

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FLOAT, UINT8 = 1, 2


def varint(number: int) -> bytes:
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])


def field(number: int, content: bytes | str | int) -> bytes:
    """Write a field of a protocol buffer: numbers as such, texts and messages with their length."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    data = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(data)) + data


def port(name: str, shape: tuple[int | str, ...], kind: int) -> bytes:
    sides = b"".join(field(1, field(1 if isinstance(side, int) else 2, side)) for side in shape)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, sides)))


def tensor(name: str, values: np.ndarray) -> bytes:
    dims = b"".join(field(1, side) for side in values.shape)
    return dims + field(2, FLOAT) + field(8, name) + field(9, values.astype("<f4").tobytes())


def node(operation: str, inputs: list[str], output: str, attributes: bytes = b"") -> bytes:
    named = b"".join(field(1, name) for name in inputs)
    return field(1, named + field(2, output) + field(4, operation) + attributes)


def ints(name: str, *values: int) -> bytes:
    return field(5, field(1, name) + b"".join(field(8, value) for value in values) + field(20, 7))


@pytest.fixture(scope="session")
def onnx_file() -> Callable[..., Path]:
    """Return a writer of ONNX files: a scaled blur of 3 x 3 pixels, with as many inputs and outputs as wanted."""

    def write(
        path: Path,
        *,
        shape: tuple[int | str, ...] = ("n", 3, "h", "w"),
        inputs: int = 1,
        outputs: int = 1,
        scale: float = 1.0,
        kind: int = FLOAT,
        pool: bool = False,
    ) -> Path:
        names = [f"image{number}" for number in range(inputs)]
        kernel = np.zeros((3, 3, 3, 3))
        kernel[range(3), range(3)] = scale * np.outer([1, 2, 1], [1, 2, 1]) / 16
        graph = b""
        for number in range(outputs):
            if kind == UINT8:
                graph += node("Identity", names[:1], f"out{number}")
            elif pool:
                graph += node("MaxPool", names[:1], f"out{number}", ints("kernel_shape", 2, 2) + ints("strides", 2, 2))
            else:
                graph += node("Conv", [names[0], "kernel"], f"out{number}", ints("pads", 1, 1, 1, 1))
        graph += field(2, "graph") + (field(5, tensor("kernel", kernel)) if kind == FLOAT and not pool else b"")
        graph += b"".join(field(11, port(name, shape, kind)) for name in names)
        free = tuple("free" if isinstance(side, int) and pool else side for side in shape)
        graph += b"".join(field(12, port(f"out{number}", free, kind)) for number in range(outputs))
        path.write_bytes(field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13)))
        return path

    return write


@pytest.fixture
def request_of(release) -> Callable[..., Request]:
    """Return a maker of evaluations of a brought-along method on the small release."""

    def make(spec, into, **options) -> Request:
        benchmark, folder = open_benchmark(release, "paired", None)
        return Request(
            benchmark=benchmark,
            folder=folder,
            method=spec,
            weights=method_weights(spec, None),
            selection=select(["psnr"], paired=True),
            into=into,
            **options,
        )

    return make


@pytest.fixture(scope="session")
def script(tmp_path_factory) -> Callable[[str], str]:
    """Return a maker of command lines that run some lines of Python, with `source` and `target` to read and write."""
    place = tmp_path_factory.mktemp("scripts")

    def make(body: str) -> str:
        path = place / f"program{len(list(place.iterdir()))}.py"
        path.write_text(f"import sys, time, pathlib\nsource, target = map(pathlib.Path, sys.argv[1:])\n{body}\n")
        return f"{sys.executable} {path} {{input}} {{output}}"

    return make


@pytest.fixture(scope="session")
def dangerous() -> bytes:
    """Return a pickle that would make a file if it were loaded as Python does."""
    return b"cos\nsystem\n(S'touch pickle-was-run'\ntR." + struct.pack("<I", 0)
