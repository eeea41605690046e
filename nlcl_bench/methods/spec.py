"""The contract of a method: a value that describes it, and a function that loads it.

A ``Protocol``, not a base class: any ``nn.Module`` or function of the right shape is a derainer. A method that
wants [-1, 1], luma or BGR converts inside its own file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import torch
    from torch import Tensor

    from nlcl_bench.core.artifacts import Artifact

__all__ = ["Adapter", "Derainer", "Interface", "MethodSpec", "SizeRule", "Supervision", "Tiling"]

Supervision = Literal["control", "attack", "prior", "unpaired", "semi", "paired", "not stated"]
Tiling = Literal["exact", "changes_result", "forbidden", "own"]


class Derainer(Protocol):
    """Removes rain from a batch of images.

    Shape:
        rainy: float32 ``(N, 3, H, W)``, RGB, values in [0, 1]; H and W obey the method's SizeRule.
        returns: same shape, dtype and device; finite; the engine clamps to [0, 1].
    """

    def __call__(self, rainy: Tensor, /) -> Tensor:
        """Return the derained batch; the input is left as it is."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRule:
    """Which image sizes a method takes; the engine pads by reflection and crops again.

    Attributes:
        multiple_of: Height and width must be multiples of this, in pixels.
        minimum: Smallest height and width, in pixels.
    """

    multiple_of: int = 1
    minimum: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """How somebody else's model or program is spoken to, in words that a run records and a board shows.

    Where neither its file nor the user tells, the word is ``not stated``, with what is taken for granted instead.

    Attributes:
        source: Its kind, and its file's name, its address or its command.
        range: The range of values that it takes and gives.
        colour: The order of its colours.
        multiple_of: What the sides that it takes are multiples of, in pixels.
        padding: How an image comes to such a size.
        output: Whether it gives the background or the rain.
        rounding: Where its values become whole grey levels.
        tiling: Whether it sees the whole image.
        deterministic: Whether it gives one result twice.
    """

    source: str
    range: str
    colour: str
    multiple_of: str
    padding: str
    output: str
    rounding: str
    tiling: str
    deterministic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSpec:
    """What the benchmark knows about a method before loading it.

    Attributes:
        name: The word after ``--method``.
        title: Its name in a table.
        supervision: What it learnt from; ``control`` rows are shown, never ranked, and an ``attack`` is on no board.
        load: Gives the derainer on a device, with the verified weight file, or None for a method without one.
            Imports the heavy libraries itself.
        size: Which sizes it takes.
        tiling: Whether tiles with overlap give the same result as the whole image; ``own`` is a method that keeps its
            memory within bounds by itself, and so is always given the whole image.
        reach: How far away, in pixels, that may lie on which a pixel of the output depends. Tiles overlap by twice as
            much and some more, which is what makes them exact.
        weights: The file that is used unless the user gives another; None for a method without weights.
        takes_weights: Whether ``--weights FILE`` makes sense.
        licence: SPDX id of the method's code, or what is known of it.
        year: Year of publication.
        paper: Where it was published.
        trained_on: Names of the data sets it saw; overlap with a benchmark is marked.
        trained_with_iqa: Whether an image-quality model was a training reward; it must be declared. None if whoever
            brings somebody else's method does not know.
        parameters: Number of parameters that a forward pass uses, with the method's own weights.
        gmacs: Multiplications with additions for an image of 256 x 256 pixels, in thousand millions.
        interface: How it is spoken to, if it was not written for the benchmark; then it can also be pickled, because
            no worker could find it by its name.
        outputs: For outputs that somebody else made: the file of each image, by the image's id. Nothing is loaded.
    """

    name: str
    title: str
    supervision: Supervision
    load: Callable[[torch.device, Path | None], Derainer]
    size: SizeRule = field(default_factory=SizeRule)
    tiling: Tiling
    reach: int = 16
    weights: Artifact | None = None
    takes_weights: bool = False
    licence: str
    year: int | None = None
    paper: str | None = None
    trained_on: frozenset[str] = frozenset()
    trained_with_iqa: bool | None = False
    parameters: int | None = None
    gmacs: float | None = None
    interface: Interface | None = None
    outputs: Mapping[str, Path] | None = None


class Adapter(Protocol):
    """Makes a method of what stands behind the colon of ``--method KIND:ARGUMENT``."""

    def __call__(self, argument: str, declared: Mapping[str, str], /) -> MethodSpec:
        """Return the method.

        Args:
            argument: A file, a folder, an address, a command.
            declared: What the user says of it with ``--declare KEY=VALUE``.

        Raises:
            InputError: The argument or a declaration cannot be used.
            ArtifactError: Its file cannot be had, or is no model of this kind.
        """
        ...
