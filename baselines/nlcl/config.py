"""The recipe of a training: every number that shapes it, read from TOML, with ``nlcl.toml`` as the preset."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from baselines.nlcl.patches import Search, capacity
from nlcl_bench.core.errors import InputError
from nlcl_bench.data.record import first_problem

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Config", "read_config"]

Count = Annotated[int, Field(ge=1, le=10**9)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

_SMALLEST_CROP = 24  # below it nothing is left of the discriminator's last map


class Config(BaseModel):
    """A recipe; the fields are those of ``nlcl.toml``, which explains them and gives their presets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: Count
    batch: Count
    crop: Annotated[int, Field(ge=_SMALLEST_CROP, le=4096)]
    seed: Annotated[int, Field(ge=0)]
    learning_rate: Positive
    momentum: Annotated[float, Field(ge=0, lt=1)]
    checkpoint_every: Count

    adversarial: Weight
    location_contrast: Weight
    layer_contrast: Weight
    self_consistency: Weight
    sparsity: Weight

    temperature: Positive
    projection: Count
    patch: Count
    window: Count
    background_patches: Annotated[int, Field(ge=2)]
    background_separation: Count
    rain_patches: Annotated[int, Field(ge=2)]
    rain_separation: Count
    location_queries: Count
    location_negatives: Count
    location_separation: Count

    @property
    def background_search(self) -> Search:
        """How like patches of the background are found."""
        return Search(
            patch=self.patch,
            window=self.window,
            count=self.background_patches,
            separation=self.background_separation,
        )

    @property
    def rain_search(self) -> Search:
        """How like patches of the rain layer are found."""
        return Search(patch=self.patch, window=self.window, count=self.rain_patches, separation=self.rain_separation)

    @property
    def location_search(self) -> Search:
        """How the negatives of a place are found: the patches least like it."""
        return Search(
            patch=self.patch,
            window=self.window,
            count=self.location_negatives,
            separation=self.location_separation,
            farthest=True,
        )

    @model_validator(mode="after")
    def _crop_has_room(self) -> Self:
        for layer in ("background", "rain", "location"):
            how: Search = getattr(self, f"{layer}_search")
            room = capacity(self.crop, self.crop, how)
            if room < how.count:
                raise ValueError(
                    f"a crop of {self.crop} pixels has room for {room} {layer} patches of {how.patch} pixels, "
                    f"{how.separation} apart in a window of {how.window}, not {how.count}"
                )
        return self


def read_config(path: Path | None = None, **chosen: int | None) -> Config:
    """Read a recipe: the preset, changed by a TOML file, changed by single choices.

    Args:
        path: A TOML file with the keys to change; None for the preset alone.
        **chosen: Values that go before both; None is no choice.

    Raises:
        InputError: The file cannot be read, or a key or value is not valid.
    """
    preset: dict[str, Any] = tomllib.loads(files(__package__).joinpath("nlcl.toml").read_text(encoding="utf-8"))
    chosen = {key: value for key, value in chosen.items() if value is not None}
    where = path or "recipe"
    try:
        own = {} if path is None else tomllib.loads(path.read_text(encoding="utf-8"))
        return Config.model_validate({**preset, **own, **chosen})
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=where, fix="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is no TOML: {error}", where=where, fix="correct the file") from error
    except ValidationError as error:
        raise InputError(
            first_problem(error).removeprefix(": "), where=where, fix=f"the keys are: {', '.join(preset)}"
        ) from error
