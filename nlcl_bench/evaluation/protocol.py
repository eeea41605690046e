"""Protocol P1: the rules of measuring as values, and the functions that keep them.

An evaluation writes every output with :func:`write_output` and reads it with :func:`read_output`; scoring asks
:func:`too_small` and :func:`as_seen`; the leaderboard takes its thresholds from here. Whoever changes a value gives the
rules a new name: runs keep the name they were made under, and runs of two protocols never meet on one board.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.images import decode, from_tensor, write_png

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from PIL import Image
    from torch import Tensor

    from nlcl_bench.data.record import Box
    from nlcl_bench.metrics.spec import MetricSpec, Reference

__all__ = ["P1", "Rules", "as_seen", "luma", "read_output", "rules", "too_small", "write_output"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The values of one protocol.

    Attributes:
        name: What runs and benchmarks call it.
        format: File format of an output; it is written once, and metrics read the file.
        colours: Its channels, in sRGB.
        bits: Bits of each channel.
        rounding: How a value times 255 becomes a whole number.
        chunks: The parts that such a file may have: none that would make a viewer show other pixels.
        size: Of an output.
        resize: When a picture is resized before a metric gets it. What a metric does itself belongs to its id.
        smallest: Of a picture that a metric scores.
        largest: Of a picture, in pixels; more is refused before decoding.
        luma: Weights of red, green and blue in [0, 1] for the luma of reference metrics (ITU-R BT.601, studio range).
        luma_offset: Luma of black.
        hidden: Kinds of boxes in a record whose pixels do not count.
        gates: Why a row of a leaderboard is shown, but not ranked.
        unchanged_below: Mean absolute difference to the input, in grey levels of 255, under which an output counts
            as the input.
    """

    name: str
    format: str
    colours: str
    bits: int
    rounding: str
    chunks: tuple[str, ...]
    size: str
    resize: str
    smallest: str
    largest: int
    luma: tuple[float, float, float]
    luma_offset: float
    hidden: tuple[str, ...]
    gates: tuple[str, ...]
    unchanged_below: float


P1 = Rules(
    name="P1",
    format="PNG",
    colours="RGB",
    bits=8,
    rounding="half to even",
    chunks=("IHDR", "IDAT", "IEND"),
    size="exactly the input's",
    resize="never",
    smallest="the metric's minimum side",
    largest=62_000_000,
    luma=(65.481, 128.553, 24.966),
    luma_offset=16.0,
    hidden=("face", "plate", "other"),
    gates=("control", "incomplete", "fewer images", "unchanged", "unguarded"),
    unchanged_below=0.1,
)

_PROTOCOLS = {rules.name: rules for rules in (P1,)}

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = {0: "grey", 2: "RGB", 3: "of a palette", 4: "grey with alpha", 6: "RGB with alpha"}  # PNG's colour types
_SPARE = 1 << 16


def rules(name: str) -> Rules:
    """Return a protocol by its name.

    Raises:
        InputError: This version does not know it.
    """
    if name not in _PROTOCOLS:
        raise InputError(
            f"is no protocol of this version, which knows {', '.join(_PROTOCOLS)}",
            where=name,
            fix="correct protocol in the benchmark's TOML file, or install a newer nlcl-bench",
        )
    return _PROTOCOLS[name]


def write_output(derained: Tensor, path: Path) -> None:
    """Write an output once and for all: 8-bit RGB PNG, values times 255 rounded half to even.

    Shape:
        derained: float ``(3, H, W)``; clamped to [0, 1].

    Raises:
        StorageError: It cannot be written.
    """
    write_png(from_tensor(derained), path)


def read_output(path: Path, size: tuple[int, int]) -> Image.Image:
    """Read an output as metrics get it, after checking that it is what the protocol says.

    Args:
        path: The file.
        size: Width and height of the input.

    Raises:
        ImageError: It cannot be read or decoded, has another size, or is no 8-bit RGB PNG without further chunks. A
            file of more bits, with alpha or in grey is not converted: then scores would not be of what lies there.
    """
    most = 2 * size[1] * (3 * size[0] + 1) + _SPARE
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror or error}") from error
    problem = f"has more than {most:,} bytes" if len(data) > most else _problem(data, size)
    if problem is not None:
        raise _refused(path, problem)
    return decode(data, where=f"output {path.name}")


def _refused(path: Path, problem: str) -> ImageError:
    fix = "delete it and run the same command again, or save it as docs/protocol.md says"
    return ImageError(problem, where=f"output {path.name}", fix=fix)


def _problem(data: bytes, size: tuple[int, int]) -> str | None:
    """Say what of a file is against the protocol, from its header and the names of its chunks alone."""
    if not data.startswith(_SIGNATURE) or data[12:16] != b"IHDR" or len(data) < 33:  # noqa: PLR2004 (the header's end)
        return f"is no {P1.format}"
    width, height, bits, colours = struct.unpack(">IIBB", data[16:26])
    if bits != P1.bits:
        return f"has {bits} bits per channel; protocol {P1.name} takes {P1.bits}"
    if _COLOURS.get(colours) != P1.colours:
        return f"is {_COLOURS.get(colours, 'of unknown colours')}; protocol {P1.name} takes {P1.colours}"
    if (width, height) != size:
        return f"is {width}x{height}, its input is {size[0]}x{size[1]}"
    if width * height > P1.largest:
        return f"has {width * height:,} pixels; protocol {P1.name} takes {P1.largest:,}"
    other = next((name for name in _chunks(data) if name not in P1.chunks), None)
    return None if other is None else f"holds a chunk {other}; protocol {P1.name} takes {', '.join(P1.chunks)} alone"


def _chunks(data: bytes) -> Iterator[str]:
    """Yield the names of a PNG's chunks as far as the file goes."""
    place = len(_SIGNATURE)
    while place + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        yield name.decode("ascii") if name.isalpha() else "without a name"  # a terminal would obey some bytes
        place += 12 + length


def too_small(spec: MetricSpec, height: int, width: int) -> str | None:
    """Say why a metric cannot score pictures of a size, or None if it can; nothing is enlarged for it."""
    if min(height, width) >= spec.minimum_side:
        return None
    return f"image is {width}x{height}; the metric needs {spec.minimum_side} pixels a side"


def as_seen(
    reference: Reference, output: Tensor, references: Mapping[Reference, Tensor | None], boxes: Iterable[Box]
) -> Tensor:
    """Return an output as metrics of a kind see it: what it shows in blurred boxes counts neither for it nor against.

    In the boxes every output gets the pixels of the picture that it is compared with, so that the difference there is
    0, or, for a metric without a reference, those of the input, which are the same for all methods.

    Args:
        reference: What the metrics compare with.
        output: The output.
        references: The pictures to compare with, by kind; ``rainy`` is the input.
        boxes: What was blurred in the published input, and in the clean picture of its pair.

    Shape:
        output, references: float32 ``(1, 3, H, W)``, in [0, 1].
    """
    picture = references["rainy" if reference == "none" else reference]
    counted = [box for box in boxes if box.kind in P1.hidden]
    if not counted or picture is None or picture.shape != output.shape:
        return output
    seen = output.clone()
    for box in counted:
        rows, columns = slice(box.top, box.top + box.height), slice(box.left, box.left + box.width)
        seen[..., rows, columns] = picture[..., rows, columns]
    return seen


def luma(image: Tensor) -> Tensor:
    """Return the luma on which PSNR-Y, SSIM and MS-SSIM are taken, from 16 for black to 235 for white.

    Shape:
        image: float ``(..., 3, H, W)``, sRGB, in [0, 1].
        returns: the same type, ``(..., H, W)``.

    >>> import torch
    >>> [round(float(luma(torch.full((3, 1, 1), value))), 3) for value in (0.0, 1.0)]
    [16.0, 235.0]
    """
    weights = image.new_tensor(P1.luma)
    return (image * weights[:, None, None]).sum(dim=-3) + P1.luma_offset
