"""The picture as the measures of rain and content see it, and the step from a batch of tensors to pictures.

A photograph of 12 megapixels and its copy for the web show the same rain, so both are measured at about the same size:
blocks of k x k pixels are averaged, k being the largest whole number that leaves the shorter side 320 pixels or more
(smaller pictures stay as they are; a rest of fewer than k rows or columns is left out). Whole blocks, because they
are the same in every library and on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from nlcl_bench.core.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from torch import Tensor

    from nlcl_bench.metrics.spec import Metric

    Picture: TypeAlias = npt.NDArray[np.float64]

__all__ = ["SIDE", "luma", "measured", "reduced"]

SIDE = 320
"""Shorter side in pixels, at least, of what a photograph is reduced to; less than twice as many."""

_BT601 = np.array([0.299, 0.587, 0.114])


def reduced(image: npt.NDArray[np.floating]) -> Picture:
    """Return an image at the size of measuring.

    Shape:
        image: float ``(3, H, W)``, sRGB, in [0, 1].
        returns: float64 ``(H // k, W // k, 3)``, in [0, 1].

    >>> reduced(np.zeros((3, 700, 961))).shape, reduced(np.zeros((3, 200, 961))).shape
    ((350, 480, 3), (200, 961, 3))
    """
    _, height, width = image.shape
    block = max(1, min(height, width) // SIDE)
    rows, columns = height // block, width // block
    blocks = image[:, : rows * block, : columns * block].reshape(3, rows, block, columns, block)
    return np.ascontiguousarray(blocks.mean(axis=(2, 4), dtype=np.float64).transpose(1, 2, 0))


def luma(picture: Picture) -> Picture:
    """Return the luma of gamma-encoded sRGB, full range (ITU-R BT.601), ``(H, W)`` in [0, 1]."""
    plane: Picture = picture @ _BT601
    return plane


def measured(name: str, measure: Callable[[Picture, Picture], float]) -> Metric:
    """Make a metric from a measure of two pictures.

    Args:
        name: The metric's name, for the message.
        measure: Takes the output and the rainy input, each as :func:`reduced` returns it.

    Returns:
        A metric that looks at each image of a batch alone. It raises a ContractError if there is no input.
    """

    def score(derained: Tensor, reference: Tensor | None) -> Tensor:
        import torch

        if reference is None:
            raise ContractError("needs the rainy input", where=name, fix="call it with a reference")
        pairs = zip(derained.cpu().numpy(), reference.cpu().numpy(), strict=True)
        return torch.tensor([measure(reduced(one), reduced(other)) for one, other in pairs], dtype=torch.float64)

    return score
