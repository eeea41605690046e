"""The recipe: every number that curation depends on, in one TOML page."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError, model_validator

from collection_tools.privacy.choose import Limits as PrivacyLimits
from collection_tools.rain.measure import Limits as RainLimits
from nlcl_bench.core.errors import InputError
from nlcl_bench.data.record import Row, Text, first_problem

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Recipe", "read_recipe"]

_ROUNDING = 1e-6

Share = Annotated[float, Field(ge=0, le=1)]
GreyLevel = Annotated[float, Field(ge=0, le=255)]
Decibels = Annotated[float, Field(ge=-100, le=100)]


class Resolution(Row):
    """The shorter side in pixels, at least."""

    shorter_side: Annotated[int, Field(ge=1)]


class Aspect(Row):
    """Longer over shorter side, at most."""

    ratio: Annotated[float, Field(ge=1)]


class Integrity(Row):
    """The part of the height or width that is missing, at most."""

    missing: Share


class Jpeg(Row):
    """The quality of a JPEG by its quantisation tables, at least."""

    quality: Annotated[int, Field(ge=0, le=100)]


class Exposure(Row):
    """The mean grey level, from and to."""

    darkest: GreyLevel
    brightest: GreyLevel


class Clipping(Row):
    """The shares of the picture that are black and that are burnt out, at most."""

    black: Share
    white: Share


class Borders(Row):
    """The share of the picture that is bars, at most."""

    share: Share


class Monochrome(Row):
    """What the most colourful hundredth has of colour, in grey levels, at least."""

    chroma: GreyLevel


class Sharpness(Row):
    """Fine detail over coarser, at least: see :mod:`collection_tools.curate.checks.sharpness`."""

    fine: Decibels


class Upscaling(Row):
    """Both traces of enlargement, at most: see :mod:`collection_tools.curate.checks.upscaling`."""

    fall: Decibels
    period: Decibels


class Scenes(Row):
    """When two photographs show one scene: see :func:`collection_tools.curate.duplicates.near_pairs`."""

    hamming_radius: Annotated[int, Field(ge=0, le=32)]
    correlation: Annotated[float, Field(gt=0, le=1)]


class Copies(Row):
    """When one of two alike photographs is enough: see :func:`collection_tools.curate.duplicates.copies`."""

    hamming_radius: Annotated[int, Field(ge=0, le=32)]
    correlation: Annotated[float, Field(gt=0, le=1)]


class Bursts(Row):
    """How far apart, at most, photographs of one burst were taken."""

    seconds: Annotated[float, Field(ge=0, le=3600)]


class Splits(Row):
    """How scenes are dealt: see :func:`collection_tools.curate.splits.split_of`."""

    salt: Text
    train: Share
    validation: Share
    test: Share

    @model_validator(mode="after")
    def _whole(self) -> Splits:
        if abs(self.train + self.validation + self.test - 1) > _ROUNDING:
            raise ValueError("train, validation and test must add up to 1")
        return self


class Recipe(Row):
    """The recipe; the values are in ``recipe.toml`` and nowhere else."""

    resolution: Resolution
    aspect: Aspect
    integrity: Integrity
    jpeg: Jpeg
    exposure: Exposure
    clipping: Clipping
    borders: Borders
    monochrome: Monochrome
    sharpness: Sharpness
    upscaling: Upscaling
    rain: RainLimits
    privacy: PrivacyLimits
    copies: Copies
    bursts: Bursts
    scenes: Scenes
    splits: Splits


def read_recipe(own: Path | None = None) -> Recipe:
    """Return the packaged recipe, with the lines of an own one in place of it.

    Raises:
        InputError: The own recipe cannot be read, or has a key or value that makes no sense.
    """
    packaged = tomllib.loads((files("collection_tools.curate") / "recipe.toml").read_text(encoding="utf-8"))
    if own is None:
        return Recipe.model_validate(packaged)
    try:
        return Recipe.model_validate(_merged(packaged, tomllib.loads(own.read_text(encoding="utf-8"))))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=own, fix="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is no TOML: {error}", where=own, fix="correct it") from error
    except ValidationError as error:
        keys = ", ".join(f"{table}.{key}" for table, values in packaged.items() for key in values)
        raise InputError(first_problem(error), where=own, fix=f"the keys are {keys}") from error


def _merged(packaged: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = {**packaged, **own}
    for table in packaged.keys() & own.keys():
        if isinstance(own[table], dict):
            both[table] = {**packaged[table], **own[table]}
    return both
