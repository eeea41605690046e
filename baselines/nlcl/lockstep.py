"""Photographs of any size, exactly, in bounded memory: bands of rows through a network in lockstep.

An instance normalisation needs the mean and the variance of the whole image, so a band cannot run ahead of the others:
all of them pass a convolution before any passes the next. Once its statistics are known, a normalisation is a change of
the convolution in front of it, ``(w * x + b - mean) / deviation = (w / deviation) * x + (b - mean) / deviation``, so
that behind it there is nothing but plain convolutions.

One feature map lives, in float32, and is updated in place, block by block; everything between two updates is computed
anew from it for each set of statistics: five convolutions per block instead of two. The map has 128 bytes per pixel,
1.5 GB for 12 megapixels. A larger one lies in a temporary file without a name, of which a band is in memory at a time:
6.1 GB for 48 megapixels, in the folder that TMPDIR names; a kill leaves nothing of it.

A network without normalisation needs no lockstep; see :mod:`baselines.tiles`.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from nlcl_bench.core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from baselines.nlcl.networks import Generator

__all__ = ["in_lockstep"]

WHOLE = 1_000_000
"""Pixels up to which an image goes through the network in one piece: it takes 0.6 GB per megapixel and less time."""

IN_MEMORY = 1_600_000_000
"""Bytes up to which the feature map is kept in memory, 12.5 megapixels; a larger one lies in a file."""

BAND = 131_072
"""Pixels of a band: few enough for the processor's cache to be of use, enough for the margins to be a small part."""

_EPSILON = 1e-5  # of instance normalisation, as torch has it


class _Link(NamedTuple):
    """A 3x3 convolution with zero padding, and whether a ReLU follows."""

    weight: Tensor
    bias: Tensor
    rectify: bool = False


def in_lockstep(generator: Generator, rainy: Tensor, *, band: int = BAND, in_memory: int = IN_MEMORY) -> Tensor:
    """Run a generator over images of any size with the statistics of each whole image.

    Args:
        generator: The network.
        rainy: The images, which are done one by one.
        band: Pixels of a band, about.
        in_memory: Bytes up to which the feature map is kept in memory.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [-1, 1].
        returns: the same; what the generator gives, up to float rounding.

    Raises:
        StorageError: The temporary folder has no room.
    """
    return torch.cat([_one(generator, image[None], band, in_memory) for image in rainy])


def _one(generator: Generator, rainy: Tensor, band: int, in_memory: int) -> Tensor:
    stem, *inner, last = (_link(layer) for layer in generator.modules() if isinstance(layer, nn.Conv2d))
    *blocks, tail = zip(inner[::2], inner[1::2], strict=True)
    height, width = rainy.shape[-2:]
    with ExitStack() as stack:
        features = _kept(stack, (height, len(stem.bias), width), rainy.device, in_memory)
        spans = _spans(height, max(1, band // width))
        for top, bottom in spans:
            features.write(top, _chain([stem], _Image(rainy), top, bottom))
        for first, second in blocks:
            head = _normal(features, spans, [], first)._replace(rectify=True)
            _add(features, spans, [head, _normal(features, spans, [head], second)])
        head = _normal(features, spans, [], tail[0])._replace(rectify=True)
        layer = torch.empty_like(rainy)
        for top, bottom in spans:
            layer[..., top:bottom, :] = _chain([head, tail[1], last], features, top, bottom)
    return layer


def _link(convolution: nn.Conv2d) -> _Link:
    """Return a convolution that has a bias, as all of the generator's have."""
    return _Link(convolution.weight, cast("Tensor", convolution.bias))


class _Map(Protocol):
    """A feature map of which some rows are read or written at a time, ``(1, C, rows, W)``."""

    height: int

    def read(self, top: int, bottom: int) -> Tensor: ...


class _Image:
    """A map in memory."""

    def __init__(self, pixels: Tensor) -> None:
        self.pixels = pixels
        self.height = pixels.shape[-2]

    def read(self, top: int, bottom: int) -> Tensor:
        return self.pixels[..., top:bottom, :]

    def write(self, top: int, rows: Tensor) -> None:
        self.pixels[..., top : top + rows.shape[-2], :] = rows


class _Filed:
    """The same in a file without a name; float32."""

    def __init__(self, descriptor: int, shape: tuple[int, int, int], device: torch.device) -> None:
        self.height, self._channels, self._width = shape
        self._descriptor = descriptor
        self._device = device
        self._row = 4 * self._width * self._channels

    def read(self, top: int, bottom: int) -> Tensor:
        data = torch.empty(bottom - top, self._channels, self._width)
        view, at = _bytes_of(data), top * self._row
        while view:
            count = os.preadv(self._descriptor, [view], at)
            if not count:
                raise StorageError("the temporary file broke off", where=tempfile.gettempdir(), fix="run it again")
            view, at = view[count:], at + count
        return data.transpose(0, 1)[None].to(self._device)

    def write(self, top: int, rows: Tensor) -> None:
        view, at = _bytes_of(rows[0].transpose(0, 1).contiguous().cpu()), top * self._row
        while view:
            count = os.pwrite(self._descriptor, view, at)
            view, at = view[count:], at + count


def _bytes_of(tensor: Tensor) -> memoryview:
    array: npt.NDArray[np.float32] = tensor.numpy()
    return array.data.cast("B")


def _kept(stack: ExitStack, shape: tuple[int, int, int], device: torch.device, in_memory: int) -> _Image | _Filed:
    """Return room for a map of ``(H, C, W)``, in which rows lie together."""
    size = 4 * shape[0] * shape[1] * shape[2]
    if size <= in_memory:
        return _Image(torch.empty(shape, device=device).transpose(0, 1)[None])
    try:
        file = stack.enter_context(tempfile.TemporaryFile(buffering=0))  # noqa: SIM115 (the stack closes it)
        os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        raise StorageError(
            f"has no room for the {size / 1e9:.1f} GB that a photograph of this size needs: {error.strerror or error}",
            where=tempfile.gettempdir(),
            fix="set TMPDIR to a folder with more room",
        ) from error
    return _Filed(file.fileno(), shape, device)


def _spans(height: int, rows: int) -> list[tuple[int, int]]:
    """Cut a height into bands of about equal height.

    >>> _spans(100, 40)
    [(0, 33), (33, 66), (66, 100)]
    """
    count = -(-height // rows)
    return [(height * part // count, height * (part + 1) // count) for part in range(count)]


def _chain(links: Sequence[_Link], features: _Map, top: int, bottom: int, above: Tensor | None = None) -> Tensor:
    """Return some rows of what a chain of convolutions makes of a map.

    Args:
        links: The convolutions.
        features: Their input.
        top: First of the rows.
        bottom: The row behind them.
        above: What the rows just above ``top`` were, if the map holds something else there by now.
    """
    first, behind = max(0, top - len(links)), min(bottom + len(links), features.height)
    rows = features.read(first if above is None else top, behind)
    rows = rows if above is None else torch.cat([above[..., above.shape[-2] - (top - first) :, :], rows], dim=-2)
    for left, link in zip(range(len(links) - 1, -1, -1), links, strict=True):
        rows = functional.conv2d(rows, link.weight, link.bias, padding=1)
        rows = functional.relu_(rows) if link.rectify else rows
        # beside the edges of the image zeros are right; elsewhere rows were missing, so the outermost is wrong
        start, end = max(first, top - left), min(behind, bottom + left)
        start, end = (0 if first == 0 else start), (behind if behind == features.height else end)
        rows = rows[..., start - first : rows.shape[-2] - (behind - end), :]
        first, behind = start, end
    return rows[..., top - first : bottom - first, :]


def _add(features: _Image | _Filed, spans: Sequence[tuple[int, int]], links: Sequence[_Link]) -> None:
    """Add to a map what a chain of convolutions makes of it, in place."""
    above = None
    for top, bottom in spans:
        before = features.read(top, bottom)
        change = _chain(links, features, top, bottom, above)
        kept = before if above is None else torch.cat([above, before], dim=-2)
        above = kept[..., -len(links) :, :].clone()
        features.write(top, change.add_(before))


def _normal(features: _Map, spans: Sequence[tuple[int, int]], before: Sequence[_Link], link: _Link) -> _Link:
    """Return a convolution and the instance normalisation behind it as one convolution.

    Args:
        features: A map.
        spans: Its bands.
        before: What happens to the map before the convolution.
        link: The convolution.
    """
    count = 0
    mean, square = (torch.zeros(len(link.bias), dtype=torch.float64, device=link.bias.device) for _ in range(2))
    for top, bottom in spans:
        rows = _chain([*before, link], features, top, bottom)[0]
        pixels = rows.shape[-1] * rows.shape[-2]
        centre = rows.mean(dim=-1).double().mean(dim=-1)
        # row by row and then in float64: as exact as torch.var_mean and several times as fast
        lengths = torch.linalg.vector_norm(rows - centre.float()[:, None, None], dim=-1).double()
        # two sets of values as one: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm" (1979)
        square += lengths.square().sum(dim=-1) + (centre - mean) ** 2 * (count * pixels / (count + pixels))
        mean += (centre - mean) * (pixels / (count + pixels))
        count += pixels
    scale = (square / count + _EPSILON).rsqrt()
    weight = link.weight.double() * scale[:, None, None, None]
    return _Link(weight.float(), ((link.bias.double() - mean) * scale).float())
