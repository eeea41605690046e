"""The recipe of a training: every number that shapes it, read from TOML, from one of the presets beside this file."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from baselines.networks.architectures import ARCHITECTURES
from baselines.nlcl.patches import Search, capacity
from nlcl_bench.core.errors import InputError, UnknownNameError
from nlcl_bench.data.record import first_problem

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["PRESETS", "Config", "read_config"]

_PATCH_CONTRASTS = {"adversarial", "patch_contrast", "identity_contrast"}

LOSSES = {
    "nlcl": {
        "adversarial",
        "location_contrast",
        "layer_contrast",
        "self_consistency",
        "sparsity",
        "brightening",
        "isotropy",
        "exchange",
        "unchanged",
    },
    "cyclegan": {"adversarial", "cycle", "identity"},
    "cut": _PATCH_CONTRASTS,
    "fastcut": _PATCH_CONTRASTS,
    "dcd": {"adversarial", "patch_contrast", "cycle", "identity"},
    "deraincyclegan": {"adversarial", "cycle", "self_consistency", "attention"},
}
"""The weights that a method may have, beside that of rendered rain, which all have."""

UNPAIRED = tuple(name for name in LOSSES if name != "nlcl")
"""The unpaired methods of the field that are trained as NLCL is; see :mod:`baselines.unpaired`."""

PRESETS = ("nlcl", "nlcl-asymmetric", "released", "rendered", "scratch", *UNPAIRED, *ARCHITECTURES)
"""Recipes that come with the package; a TOML file of one's own extends one of them, ``nlcl`` unless it says so."""

Network = Literal[
    "separator",
    "generators",
    "resnet9",
    "ddn",
    "prenet",
    "prenet-r",
    "prn",
    "prn-r",
    "rescan",
    "lpnet",
    "spanet",
    "nafnet",
]

Count = Annotated[int, Field(ge=1, le=10**9)]
Steps = Annotated[int, Field(ge=0, le=10**9)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Share = Annotated[float, Field(ge=0, le=1)]

_SMALLEST_CROP = 24  # below it nothing is left of the discriminator's last map


class Config(BaseModel):
    """A recipe; the fields are those of ``presets/nlcl.toml``, which explains them and gives their defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layers: Network
    losses: Literal["nlcl", "cyclegan", "cut", "fastcut", "dcd", "deraincyclegan"]
    projection: Count

    steps: Count
    warm_up: Share
    batch: Count
    rainy_every: Count
    crop: Annotated[int, Field(ge=_SMALLEST_CROP, le=4096)]
    seed: Annotated[int, Field(ge=0)]
    learning_rate: Positive
    rise: Steps
    decay_from: Share
    decay: Literal["cosine", "linear"]
    momentum: Decay
    discriminator_rate: Positive
    clip: Weight
    average: Decay
    flips: bool
    shrink: bool
    busiest_of: Count
    turned: Share
    rain_layers: Annotated[int, Field(ge=1, le=10_000)]
    bf16: bool
    checkpoint_every: Count

    adversarial: Weight
    location_contrast: Weight
    layer_contrast: Weight
    self_consistency: Weight
    sparsity: Weight
    brightening: Weight
    isotropy: Weight
    exchange: Weight
    rendered: Weight
    unchanged: Weight
    cycle: Weight
    identity: Weight
    patch_contrast: Weight
    identity_contrast: Weight
    attention: Weight

    temperature: Positive
    margin: Annotated[float, Field(ge=0, le=2)]
    patch: Count
    window: Count
    border: Literal["shift", "clip"]
    query_margin: Count
    background_patches: Annotated[int, Field(ge=2)]
    background_separation: Count
    rain_patches: Annotated[int, Field(ge=2)]
    rain_separation: Count
    location_queries: Count
    location_negatives: Count
    location_separation: Count

    heads: Literal["shared", "separate"]
    head_gain: Positive
    frozen_heads: tuple[Literal["background", "location"], ...]
    rain_heads_twice: bool
    patch_features: Literal["convolutions", "image-first"]
    location_from: Literal["farthest", "nearest-of-one"]
    location_search_in: Literal["image", "stem"]
    sparsity_of: Literal["rain", "difference"]

    pool: Annotated[int, Field(ge=0, le=1000)]
    patch_places: Annotated[int, Field(ge=2, le=4096)]
    mirrored: bool

    @property
    def method(self) -> str:
        """What is trained: the word after ``--method``."""
        return self.layers if self.layers in ARCHITECTURES else self.losses

    @property
    def warm_steps(self) -> int:
        """Steps with rendered rain and clean photographs alone."""
        return round(self.warm_up * self.steps)

    @property
    def background_search(self) -> Search:
        """How like patches of the background are found."""
        return self._search(self.background_patches, self.background_separation)

    @property
    def rain_search(self) -> Search:
        """How like patches of the rain layer are found."""
        return self._search(self.rain_patches, self.rain_separation)

    @property
    def location_search(self) -> Search:
        """How the places are found that a place is contrasted with."""
        if self.location_from == "nearest-of-one":
            return self._search(self.location_queries, 1)
        return self._search(self.location_negatives, self.location_separation, farthest=True)

    def _search(self, count: int, separation: int, *, farthest: bool = False) -> Search:
        return Search(
            patch=self.patch,
            window=self.window,
            count=count,
            separation=separation,
            farthest=farthest,
            clipped=self.border == "clip",
        )

    @model_validator(mode="after")
    def _crop_has_room(self) -> Self:
        if not (self.patch + 1) // 2 <= self.query_margin <= (self.crop - 1) // 2:
            raise ValueError(f"query_margin is {self.query_margin}: at least half a patch, at most half a crop")
        for layer in ("background", "rain", "location"):
            how: Search = getattr(self, f"{layer}_search")
            room = capacity(self.crop, self.crop, how)
            if room < how.count:
                raise ValueError(
                    f"a crop of {self.crop} pixels has room for {room} {layer} patches of {how.patch} pixels, "
                    f"{how.separation} apart in a window of {how.window}, not {how.count}"
                )
        return self

    @model_validator(mode="after")
    def _suits_the_network(self) -> Self:
        network = ARCHITECTURES.get(self.layers)
        if network is None:
            return self
        if self.warm_up < 1:
            raise ValueError(f"warm_up is {self.warm_up}: {self.layers} learns from rendered rain alone, so it is 1")
        if self.crop % network.size.multiple_of:
            raise ValueError(f"crop is {self.crop}: {self.layers} needs a multiple of {network.size.multiple_of}")
        return self

    @model_validator(mode="after")
    def _weighs_its_own(self) -> Self:
        if self.losses != "nlcl" and self.layers in ARCHITECTURES:
            raise ValueError(f"layers is {self.layers}, which learns from rendered rain alone, not from {self.losses}")
        known = set().union(*LOSSES.values())
        strange = [name for name in sorted(known - LOSSES[self.losses]) if getattr(self, name)]
        if strange:
            raise ValueError(f"{strange[0]} is {getattr(self, strange[0])}: {self.losses} has no such loss")
        return self

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.batch > self.rainy_every and self.batch % self.rainy_every:
            raise ValueError(f"batch is {self.batch}: no multiple of rainy_every, which is {self.rainy_every}")
        if self.layers in {"separator", "resnet9"} and self.crop % 4:
            raise ValueError(f"crop is {self.crop}: the {self.layers} needs a multiple of 4")
        if self.layers == "generators" and self.losses == "nlcl" and self.warm_up:
            raise ValueError("warm_up is for the separator: the second generator has nothing to learn in it")
        if self.warm_up and not self.rendered:
            raise ValueError("rendered is 0: a warm_up has nothing else to learn from")
        if "background" in self.frozen_heads and self.heads == "shared":
            raise ValueError("frozen_heads holds background, but heads are shared")
        if self.rain_heads_twice and self.heads == "shared":
            raise ValueError("rain_heads_twice needs heads that are separate")
        return self


def read_config(recipe: str | Path | None = None, **chosen: int | None) -> Config:
    """Read a recipe: a preset, changed by a TOML file that extends it, changed by single choices.

    Args:
        recipe: The name of a preset, or a TOML file with the keys to change; ``extends = "released"`` in it names
            the preset that it changes. None is the preset ``nlcl``.
        **chosen: Values that go before both; None is no choice.

    Raises:
        InputError: The file cannot be read, or a key or value is not valid.
        UnknownNameError: There is no such preset and no such file.
    """
    where = recipe or "recipe"
    chosen = {key: value for key, value in chosen.items() if value is not None}
    values = {**_values(recipe or "nlcl"), **chosen}
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        known = ", ".join(Config.model_fields)
        raise InputError(first_problem(error).removeprefix(": "), where=where, fix=f"the keys are: {known}") from error


def _values(recipe: str | Path) -> dict[str, Any]:
    """Return the keys of a recipe and of all that it extends."""
    own = _parsed(recipe)
    base = own.pop("extends", None if str(recipe) == "nlcl" else "nlcl")
    if base is None:
        return own
    if base not in PRESETS:
        raise UnknownNameError(f"extends {base!r}, which is no preset", where=recipe, fix=f"there are: {_NAMES}")
    return {**_values(base), **own}


_NAMES = ", ".join(PRESETS)


def _parsed(recipe: str | Path) -> dict[str, Any]:
    file: Traversable
    if str(recipe) in PRESETS:
        file = files(__package__).joinpath("presets", f"{recipe}.toml")
    elif (path := Path(recipe)).exists() or path.suffix == ".toml":
        file = path
    else:
        raise UnknownNameError("is no recipe and no file", where=recipe, fix=f"give a TOML file or one of: {_NAMES}")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=recipe, fix="check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"is no TOML: {error}", where=recipe, fix="correct the file") from error
