"""What the checks look at: a photograph's row, file and picture, and what several checks compute from it, once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from collection_tools.curate.checks.spectrum import spectrum
from collection_tools.curate.looks import averaged

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL import Image

    from collection_tools.collect.store import Collected

__all__ = ["Opened", "Photo"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A photograph's bytes and picture.

    Attributes:
        published: The bytes that would be published.
        image: The upright sRGB picture that they hold.
        pixels: Digest of that picture.
    """

    published: bytes
    image: Image.Image
    pixels: str


@dataclass(frozen=True)
class Photo:
    """One collected photograph.

    Attributes:
        row: Its row in the store.
        opened: Its bytes and picture.
    """

    row: Collected
    opened: Opened

    @cached_property
    def grey(self) -> npt.NDArray[np.uint8]:
        """Its luma, uint8 ``(H, W)``."""
        return np.asarray(self.opened.image.convert("L"))

    @cached_property
    def small(self) -> Image.Image:
        """The picture averaged down; see :func:`collection_tools.curate.looks.averaged`."""
        return averaged(self.opened.image)

    @cached_property
    def spectrum(self) -> npt.NDArray[np.float64] | None:
        """Power of its grey levels; see :func:`collection_tools.curate.checks.spectrum.spectrum`."""
        return spectrum(self.grey)
