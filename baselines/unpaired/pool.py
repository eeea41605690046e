"""Past outputs of a generator, which a discriminator is shown again: it is not to forget old mistakes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Pool"]


class Pool(nn.Module):
    """A pool of past outputs (Shrivastava et al., CVPR 2017, section 2.3; one by one as in CycleGAN, section 4).

    What is in it is part of its state, so that a resumed training goes on exactly; in a training of several processes
    each has its own, and that of the first is kept.

    Args:
        size: How many images it holds.
        side: Of each, in pixels.
    """

    images: Tensor
    count: Tensor

    def __init__(self, size: int, side: int) -> None:
        super().__init__()
        self.register_buffer("images", torch.zeros(size, 3, side, side))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def forward(self, fresh: Tensor, chance: torch.Generator) -> Tensor:
        """Return what to show: every second of the fresh images, on average, is put away and a past one shown instead.

        Until the pool is full, all of them are shown, and put away as well.

        Shape:
            fresh: ``(N, 3, side, side)``, without gradient.
            returns: the same.
        """
        return torch.stack([self._swapped(image, chance) for image in fresh])

    def _swapped(self, image: Tensor, chance: torch.Generator) -> Tensor:
        count = int(self.count)
        if count < len(self.images):
            self.images[count] = image
            self.count += 1
            return image
        if torch.rand((), generator=chance) < 0.5:  # noqa: PLR2004 (every second)
            return image
        place = int(torch.randint(count, (), generator=chance))
        past = self.images[place].clone()
        self.images[place] = image
        return past
