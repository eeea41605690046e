"""Non-local patch sampling: where else in the picture does this patch occur, and where least of all?

Block matching in a window around a query, for a whole batch at once. The contrasted vectors are then picked from
feature maps at the patches' centres.

With stride 1 and no separation the nearest patches of a photograph are the query itself, shifted by a pixel or
two. ``separation`` keeps the chosen patches apart, so that what is called similar really lies elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from nlcl_bench.core.errors import InputError

__all__ = ["Search", "capacity", "pick", "random_queries", "search"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How block matching goes.

    Attributes:
        patch: Side of a patch, in pixels.
        window: Side of the square of candidate centres around the query, in pixels. At a border the window is
            shifted inwards, not cut; in an image that is too small for it, it is all there is.
        stride: Step between candidates, in pixels; the query is one of them.
        count: How many patches are chosen.
        separation: Two chosen patches are at least this far apart in height or in width, in pixels; with
            ``separation = patch`` they do not overlap.
        farthest: Choose the least similar patches instead ("reverse non-local").
    """

    patch: int
    window: int
    stride: int = 1
    count: int
    separation: int = 1
    farthest: bool = False


def capacity(height: int, width: int, how: Search) -> int:
    """Return how many patches are found for certain, whatever the image shows.

    A chosen patch closes at most ``(2 * ceil(separation / stride) - 1) ** 2`` of the candidates.

    >>> capacity(64, 64, Search(patch=8, window=48, count=8, separation=8))
    11
    >>> capacity(6, 64, Search(patch=8, window=48, count=8))
    0
    """
    closed = (2 * -(-how.separation // how.stride) - 1) ** 2
    return -(-(_candidates(height, how) * _candidates(width, how)) // closed)


def _candidates(length: int, how: Search) -> int:
    return max(0, min(how.window, length - how.patch + 1)) // how.stride


def random_queries(image: Tensor, count: int, patch: int, chance: torch.Generator) -> Tensor:
    """Draw patch centres evenly over each image of a batch.

    Args:
        image: ``(N, C, H, W)``; only its shape and device matter.
        count: Queries per image, Q.
        patch: Side of a patch, which lies inside the image.
        chance: Source of randomness, on the CPU, so that every device draws the same.

    Returns:
        int64 ``(N, Q, 2)``, rows and columns.

    Raises:
        InputError: The image is smaller than a patch.
    """
    height, width = image.shape[-2:]
    if min(height, width) < patch:
        raise InputError(
            f"is smaller than a patch of {patch} pixels", where=f"{width}x{height}", fix="use larger crops"
        )
    shape = (len(image), count)
    rows, columns = (torch.randint(0, length - patch + 1, shape, generator=chance) for length in (height, width))
    return (torch.stack((rows, columns), -1) + patch // 2).to(image.device)


def search(image: Tensor, queries: Tensor, how: Search) -> Tensor:
    """Find the patches most (or least) similar to each query, in order.

    Similarity is the sum of squared differences over all channels and pixels of the patch. Patches are chosen
    greedily: the best one, then the best one that keeps its distance from it, and so on; of equal ones the upper,
    then the left. No gradient flows through the choice.

    Shape:
        image: ``(N, C, H, W)``, any range.
        queries: int64 ``(N, Q, 2)``, rows and columns of patch centres.
        returns: int64 ``(N, Q, count, 2)``, rows and columns of patch centres.

    Raises:
        InputError: There is no certain room for so many separate patches; see :func:`capacity`.
    """
    height, width = image.shape[-2:]
    room = capacity(height, width, how)
    if room < how.count:
        raise InputError(
            f"has room for {room} separate patches, not {how.count}",
            where=f"{width}x{height}",
            fix="use larger crops, a larger window or a smaller separation",
        )
    rows = _grid(queries[..., 0], height, how)
    columns = _grid(queries[..., 1], width, how)
    cost = _differences(image.detach(), queries, rows, columns, how.patch)
    return _choose(-cost if how.farthest else cost, rows, columns, how)


def _grid(centre: Tensor, length: int, how: Search) -> Tensor:
    """Return the candidates' coordinates along one axis, ``(N, Q, n)``, the query's own among them."""
    count = _candidates(length, how)
    first, last = how.patch // 2, length - how.patch + how.patch // 2
    lowest = -((centre - first) // how.stride)
    highest = (last - centre) // how.stride - count + 1
    start = torch.full_like(centre, -(count // 2)).clamp(lowest, highest)
    steps = torch.arange(count, device=centre.device)
    return centre[..., None] + how.stride * (start[..., None] + steps)


def _differences(image: Tensor, queries: Tensor, rows: Tensor, columns: Tensor, patch: int) -> Tensor:
    """Return the squared difference of every candidate from its query, ``(N, Q, n_rows, n_columns)``."""
    table = functional.unfold(image, patch).transpose(1, 2).contiguous()  # one row per patch: (N, L, C * patch ** 2)
    per_row = image.shape[-1] - patch + 1
    batch = torch.arange(len(image), device=image.device)[:, None, None, None]
    place = (rows - patch // 2)[..., :, None] * per_row + (columns - patch // 2)[..., None, :]
    asked = (queries[..., 0] - patch // 2) * per_row + queries[..., 1] - patch // 2
    candidates = table[batch, place]
    return candidates.sub_(table[batch, asked[..., None, None]]).square_().sum(-1)


def _choose(cost: Tensor, rows: Tensor, columns: Tensor, how: Search) -> Tensor:
    """Pick the cheapest candidates one after another, closing the neighbourhood of each."""
    width = columns.shape[-1]
    chosen = []
    for _ in range(how.count):
        best = cost.flatten(2).argmin(-1, keepdim=True)
        row, column = rows.gather(-1, best // width), columns.gather(-1, best % width)
        chosen.append(torch.cat((row, column), -1))
        near_rows, near_columns = (rows - row).abs() < how.separation, (columns - column).abs() < how.separation
        cost.masked_fill_(near_rows[..., :, None] & near_columns[..., None, :], torch.inf)
    return torch.stack(chosen, 2)


def pick(features: Tensor, positions: Tensor, size: tuple[int, int]) -> Tensor:
    """Pick the feature vectors at pixel positions of the image that the features were computed from.

    Shape:
        features: ``(N, C, h, w)``.
        positions: int64 ``(N, K, 2)``, rows and columns in an image of ``size`` (H, W).
        returns: ``(N, K, C)``, the vectors at ``floor(row * h / H), floor(column * w / W)``.
    """
    height, width = features.shape[-2:]
    place = (positions[..., 0] * height // size[0]) * width + positions[..., 1] * width // size[1]
    channels = features.shape[1]
    return features.flatten(2).gather(2, place[:, None].expand(-1, channels, -1)).transpose(1, 2)
