"""What a stranger's network takes and gives, turned into what a derainer takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from baselines.adapters.declared import PADDED, ROUNDED, Range, Sides, or_not_stated
from nlcl_bench.methods.spec import Interface, SizeRule

if TYPE_CHECKING:
    from torch import Tensor

    from nlcl_bench.methods.spec import Derainer

__all__ = ["Convention", "Spoken", "convention", "interface", "size_rule", "tiling_of", "translated"]

_RANGES = {"0..1": (0.0, 1.0), "0..255": (0.0, 255.0), "-1..1": (-1.0, 1.0)}


class Spoken(Sides):
    """What can be said besides of a network of which the file gives nothing but a function of numbers.

    Attributes:
        range: The values that it takes and gives.
        colour: The order of its colours.
        output: Whether it gives the background or the rain, which is then subtracted.
        multiple_of: What the sides that it takes are multiples of, in pixels.
        minimum: Shortest side that it takes, in pixels.
    """

    range: Range | None = None
    colour: Literal["rgb", "bgr"] | None = None
    output: Literal["background", "rain"] | None = None
    multiple_of: Annotated[int, Field(ge=1, le=1024)] | None = None
    minimum: Annotated[int, Field(ge=1, le=4096)] = 1


@dataclass(frozen=True, slots=True)
class Convention:
    """In which numbers a network speaks.

    Attributes:
        low: What it has for black.
        high: What it has for white.
        bgr: Whether blue comes first.
        rain: Whether it gives the rain.
    """

    low: float = 0.0
    high: float = 1.0
    bgr: bool = False
    rain: bool = False


def convention(told: Spoken) -> Convention:
    """Return the declared convention; what is not declared is the benchmark's own."""
    low, high = _RANGES[told.range or "0..1"]
    return Convention(low, high, told.colour == "bgr", told.output == "rain")


def size_rule(told: Spoken) -> SizeRule:
    """Return the declared sizes."""
    return SizeRule(multiple_of=told.multiple_of or 1, minimum=told.minimum)


def interface(source: str, told: Spoken) -> Interface:
    """Return the declarations in words."""
    return Interface(
        source=source,
        range=or_not_stated(told.range, "0..1"),
        colour=or_not_stated(told.colour, "rgb"),
        multiple_of=or_not_stated(told.multiple_of, "1"),
        padding=PADDED,
        output=or_not_stated(told.output, "background"),
        rounding=ROUNDED,
        tiling=tiling_of(told),
        deterministic=or_not_stated(told.deterministic),
    )


def tiling_of(told: Sides) -> str:
    """Return in words what tiles do to the result."""
    return or_not_stated(told.tiling, "changes_result")


def translated(network: Derainer, speaks: Convention) -> Derainer:
    """Return a derainer that speaks to a network as it wants to be spoken to, one image after the other.

    A network that gives another shape than it was given is left to the engine, which refuses it.

    Shape:
        network: float32 ``(1, 3, H, W)`` in its own range and order of colours to the same.
    """
    low, span = speaks.low, speaks.high - speaks.low
    ours = (low, span) == (0.0, 1.0)  # every pass over a photograph that is left out counts with small networks

    def one(rainy: Tensor) -> Tensor:
        given = rainy.flip(1) if speaks.bgr else rainy
        given = given if ours else given * span + low
        answer = network(given)
        if answer.shape != given.shape:
            return answer
        background = given - answer if speaks.rain else answer
        found = background if ours else (background - low) / span
        return found.flip(1) if speaks.bgr else found

    def derain(rainy: Tensor) -> Tensor:
        import torch

        return one(rainy) if len(rainy) == 1 else torch.cat([one(image[None]) for image in rainy])

    return derain
