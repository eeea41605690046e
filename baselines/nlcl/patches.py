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

from nlcl_bench.core.errors import InputError

__all__ = ["Search", "capacity", "pick", "random_queries", "search"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How block matching goes.

    Attributes:
        patch: Side of a patch, in pixels.
        window: Side of the square of candidate centres around the query, in pixels. At a border the window is
            shifted inwards, unless it is ``clipped``; in an image that is too small for it, it is all there is.
        stride: Step between candidates, in pixels; the query is one of them.
        count: How many patches are chosen.
        separation: Two chosen patches are at least this far apart in height or in width, in pixels; with
            ``separation = patch`` they do not overlap.
        farthest: Choose the least similar patches instead ("reverse non-local").
        clipped: A window at a border is cut, so that a query there has fewer candidates.
    """

    patch: int
    window: int
    stride: int = 1
    count: int
    separation: int = 1
    farthest: bool = False
    clipped: bool = False


def capacity(height: int, width: int, how: Search) -> int:
    """Return how many patches are found for certain, whatever the image shows.

    A chosen patch closes at most ``(2 * ceil(separation / stride) - 1) ** 2`` of the candidates.

    >>> capacity(64, 64, Search(patch=8, window=48, count=8, separation=8))
    11
    >>> capacity(6, 64, Search(patch=8, window=48, count=8))
    0
    """
    closed = (2 * -(-how.separation // how.stride) - 1) ** 2
    sides = [_candidates(length, how) for length in (height, width)]
    rows, columns = (-(-side // 2) if how.clipped else side for side in sides)  # in a corner a quarter is left
    return -(-rows * columns // closed)


def _candidates(length: int, how: Search) -> int:
    return max(0, min(how.window, length - how.patch + 1)) // how.stride


def random_queries(size: tuple[int, int], count: int, margin: int, chance: torch.Generator) -> Tensor:
    """Draw patch centres evenly over an image.

    Args:
        size: Height and width of the image.
        count: How many.
        margin: Pixels between a border and a centre; at least half a patch.
        chance: Source of randomness, on the CPU, so that every device draws the same.

    Returns:
        int64 ``(count, 2)``, rows and columns.

    Raises:
        InputError: The image has no room for a centre.
    """
    if min(size) < 2 * margin:
        raise InputError(
            f"is smaller than a patch of {2 * margin} pixels", where=f"{size[1]}x{size[0]}", fix="use larger crops"
        )
    return torch.stack([torch.randint(margin, side - margin + 1, (count,), generator=chance) for side in size], -1)


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
    rows, outside_rows = _grid(queries[..., 0], height, how)
    columns, outside_columns = _grid(queries[..., 1], width, how)
    cost = _differences(image.detach().float(), queries, rows, columns, how)
    if how.farthest:
        cost.neg_()
    cost.masked_fill_(outside_rows[..., :, None] | outside_columns[..., None, :], torch.inf)
    return _choose(cost, rows, columns, how)


def _grid(centre: Tensor, length: int, how: Search) -> tuple[Tensor, Tensor]:
    """Return the candidates' coordinates along one axis, the query's own among them, and which do not count.

    Both are ``(N, Q, n)``.
    """
    count = _candidates(length, how)
    first, last = how.patch // 2, length - how.patch + how.patch // 2
    start = torch.full_like(centre, -(count // 2))
    if not how.clipped:
        lowest = -((centre - first) // how.stride)
        highest = (last - centre) // how.stride - count + 1
        start = start.clamp(lowest, highest)
    steps = torch.arange(count, device=centre.device)
    places = centre[..., None] + how.stride * (start[..., None] + steps)
    return places, (places < first) | (places > last)


def _differences(image: Tensor, queries: Tensor, rows: Tensor, columns: Tensor, how: Search) -> Tensor:
    """Return the squared difference of every candidate from its query, ``(N, Q, n_rows, n_columns)``.

    Pixel by pixel of the patch, on what lies around each query, so that no table of all patches is ever in memory.
    """
    around, asked = _cut(image, rows, columns, how), _cut(image, queries[..., :1], queries[..., 1:], how)
    tall, wide = (how.stride * (places.shape[-1] - 1) + 1 for places in (rows, columns))
    cost = image.new_zeros(*rows.shape, columns.shape[-1])
    for row in range(how.patch):
        for column in range(how.patch):
            candidates = around[..., row : row + tall : how.stride, column : column + wide : how.stride]
            cost += (candidates - asked[..., row, column, None, None]).square_().sum(2)
    return cost


def _cut(image: Tensor, rows: Tensor, columns: Tensor, how: Search) -> Tensor:
    """Cut out all that patches at these places cover, ``(N, Q, C, h, w)``; a border is continued outwards."""

    def covered(places: Tensor, length: int) -> Tensor:
        count = how.stride * (places.shape[-1] - 1) + how.patch
        return (places[..., :1] - how.patch // 2 + torch.arange(count, device=image.device)).clamp(0, length - 1)

    batch = torch.arange(len(image), device=image.device)[:, None, None, None]
    tall, wide = covered(rows, image.shape[-2]), covered(columns, image.shape[-1])
    return image.permute(0, 2, 3, 1)[batch, tall[..., :, None], wide[..., None, :]].movedim(-1, 2).contiguous()


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
