"""What the template shows, already counted and worded: the template only places it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from collection_tools.collect.sources import UNKNOWN_LICENCE
from collection_tools.curate.recipe import read_recipe
from collection_tools.report.groups import sizes
from collection_tools.report.histograms import limits
from collection_tools.report.plot import figures
from collection_tools.report.sheets import sheets
from collection_tools.report.summary import funnel, summed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collection_tools.curate.curated import Curation
    from collection_tools.curate.recipe import Recipe
    from collection_tools.report.gather import Gathered
    from collection_tools.report.groups import Groups
    from collection_tools.report.plot import Figure
    from collection_tools.report.sheets import Sheets
    from collection_tools.report.summary import Funnel, Source

__all__ = ["Deal", "Setting", "View", "view"]

_TIMES = ("day", "night", "not stated")

_SIZES = ((1, 1, "1"), (2, 2, "2"), (3, 5, "3 to 5"), (6, 10, "6 to 10"), (11, 100, "11 to 100"))


@dataclass(frozen=True, slots=True)
class Deal:
    """One split: its images, its scenes, and the share of the scenes that the recipe asks for."""

    split: str
    images: int
    scenes: int
    wanted: float


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of the recipe, and the packaged one where they differ."""

    key: str
    value: str
    packaged: str


@dataclass(frozen=True, slots=True)
class View:
    """The page."""

    got: Gathered
    curation: Curation
    funnel: Sequence[Funnel]
    sources: Sequence[Source]
    cameras: Sequence[Source]
    licences: Sequence[Source]
    unlicensed: int
    measures: Sequence[Figure]
    rain: Sequence[tuple[str, Sequence[int]]]
    times: Sequence[str]
    deals: Sequence[Deal]
    scenes: int
    scene_sizes: Sequence[tuple[str, int]]
    recipe: Sequence[tuple[str, Sequence[Setting]]]
    sheets: Sheets
    notices: Sequence[str]

    @property
    def published(self) -> int:
        """Images that are published."""
        return self.funnel[-1].files

    @property
    def anchors(self) -> dict[str, str]:
        """Where on the page the photographs with each reason are."""
        every = [*self.sheets.refused, *self.sheets.rejected]
        return {sheet.title: f"reason-{number}" for number, sheet in enumerate(every, 1)}


def view(got: Gathered, groups: Groups, curation: Curation) -> View:
    """Word everything."""
    licences = summed(got.licences)
    unlicensed = sum(one.published for one in licences if one.name == UNKNOWN_LICENCE)
    by_split = {split: sizes(names) for split, names in got.scenes.items()}
    deals = [
        Deal(split, len(got.scenes[split]), sum(found.values()), getattr(curation.recipe.splits, split))
        for split, found in by_split.items()
    ]
    return View(
        got=got,
        curation=curation,
        funnel=funnel(got),
        sources=summed(got.sources),
        cameras=summed(got.cameras),
        licences=licences,
        unlicensed=unlicensed,
        measures=figures(got.histograms, limits(curation.recipe)),
        rain=_rain(got),
        times=_TIMES,
        deals=deals,
        scenes=sum(deal.scenes for deal in deals),
        scene_sizes=_scene_sizes(list(by_split.values())),
        recipe=_recipe(curation.recipe),
        sheets=sheets(got, groups),
        notices=_notices(got, curation, unlicensed),
    )


def _rain(got: Gathered) -> list[tuple[str, Sequence[int]]]:
    """Return kinds of rain by time of day, the most frequent first."""
    kinds = {kinds for kinds, _ in got.rain}
    rows = [(one, [got.rain[one, time] for time in _TIMES]) for one in sorted(kinds)]
    return sorted(rows, key=lambda row: -sum(row[1]))


def _scene_sizes(found: Sequence[Mapping[int, int]]) -> list[tuple[str, int]]:
    every = [(size, count) for one in found for size, count in one.items()]
    ranges = [*_SIZES, (101, max([101, *(size for size, _ in every)]), "over 100")]
    rows = [(words, sum(count for size, count in every if low <= size <= high)) for low, high, words in ranges]
    return [(words, count) for words, count in rows if count]


def _recipe(recipe: Recipe) -> list[tuple[str, list[Setting]]]:
    packaged = read_recipe().model_dump(mode="json")
    return [
        (table, [_setting(key, value, packaged[table][key]) for key, value in values.items()])
        for table, values in recipe.model_dump(mode="json").items()
    ]


def _setting(key: str, value: Any, packaged: Any) -> Setting:
    return Setting(key, _worded(value), "" if value == packaged else _worded(packaged))


def _worded(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_worded, value))
    return f"{value:g}".replace("-", "\N{MINUS SIGN}") if isinstance(value, (int, float)) else str(value)


def _notices(got: Gathered, curation: Curation, unlicensed: int) -> list[str]:
    """Say what somebody has to do something about."""
    found = []
    if not got.domains:
        found.append("Nothing is published: the recipe or the store leaves nothing over.")
    if got.unsure:
        found.append(
            f"{_images(got.unsure)} may show a face that the detector is not sure of: a person has to look at them "
            "(nlcl-bench review)."
        )
    if not curation.faces:
        found.append("Nobody looked for faces: that needs nlcl-bench[privacy]. Pictures on this page may show some.")
    if unlicensed:
        found.append(f"The licence of {_images(unlicensed)} is not known: a release refuses that.")
    return found


def _images(count: int) -> str:
    return "1 published image" if count == 1 else f"{count:,} published images"
