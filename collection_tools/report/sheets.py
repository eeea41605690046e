"""Contact sheets: which photographs are shown, under which heading, and what is said below each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from collection_tools.release.words import plain
from collection_tools.report.plot import number
from collection_tools.report.steps import STEPS
from collection_tools.report.tally import most

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from collection_tools.report.cases import Case
    from collection_tools.report.gather import Gathered
    from collection_tools.report.groups import Groups
    from collection_tools.report.thumbnails import Picture
    from nlcl_bench.data.record import Record

__all__ = ["Sheet", "Sheets", "Shot", "sheets", "shot"]

T = TypeVar("T")

_REASONS = 24
_ON_ALL = 288
"""Pictures on the sheets of all reasons together, at most."""

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Shot:
    """One photograph on a sheet.

    Attributes:
        name: Its file's name.
        file: The same with its folders.
        lines: What is said of it.
        picture: The picture, or why there is none.
    """

    name: str
    file: str
    lines: Sequence[str]
    picture: Picture

    @property
    def alt(self) -> str:
        """What stands in place of the picture."""
        return ", ".join([self.name, *self.lines])


@dataclass(frozen=True, slots=True)
class Sheet:
    """Photographs under one heading.

    Attributes:
        title: The heading.
        count: How many such photographs there are, shown or not.
        cases: Those that are shown.
        names: Names of files of which there is no picture.
    """

    title: str
    count: int
    cases: Sequence[Case] = ()
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Sheets:
    """All sheets.

    Attributes:
        accepted: Published photographs.
        blurred: Published ones with something blurred.
        unsure: Published ones that a person has to look at.
        rejected: The others, by reason.
        refused: Files that could not be used when they were collected, by reason.
        copies: Copies of one picture.
        scenes: Photographs of one scene.
    """

    accepted: Sheet
    blurred: Sheet
    unsure: Sheet
    rejected: Sequence[Sheet]
    refused: Sequence[Sheet]
    copies: Sequence[Sheet]
    scenes: Sequence[Sheet]

    @property
    def cases(self) -> list[Case]:
        """Every photograph that is shown."""
        every = (self.accepted, self.blurred, self.unsure, *self.rejected, *self.copies, *self.scenes)
        return [case for sheet in every for case in sheet.cases]


def sheets(got: Gathered, groups: Groups) -> Sheets:
    """Return what to show of what was gathered."""
    samples, lost = got.samples, Counter[str]()
    for step in list(STEPS)[1:]:
        lost.update(got.lost[step])
    shown = most(lost)[:_REASONS]
    each = _ON_ALL // max(1, len(shown))
    return Sheets(
        accepted=Sheet("Published", got.domains.total(), list(samples.accepted)),
        blurred=Sheet("Published with something blurred", got.blurred, list(samples.blurred)),
        unsure=Sheet("Published, and a person has yet to look", got.unsure, list(samples.unsure)),
        rejected=[Sheet(why, count, list(islice(_of(samples.rejected, why), each))) for why, count in shown],
        refused=[
            Sheet(why, count, names=[plain(name)[:_LONGEST] for name in _of(samples.refused, why)])
            for why, count in most(got.lost["collected"])[:_REASONS]
        ],
        copies=[Sheet(f"{one.image_id} and its copies", one.size, one.members) for one in groups.copies],
        scenes=[Sheet(f"scene {one.image_id}", one.size, one.members) for one in groups.scenes],
    )


def _of(samples: Mapping[str, Iterable[T]], reason: str) -> Iterable[T]:
    return samples.get(reason, ())


def shot(case: Case, picture: Picture) -> Shot:
    """Return a photograph with its words."""
    file = plain(case.row.file)[:_LONGEST]
    size = f"{case.row.width} \N{MULTIPLICATION SIGN} {case.row.height}"
    lines = _of_record(case.record, size) if case.record is not None else [size, *_against(case)]
    return Shot(file.rsplit("/", 1)[-1] or file, file, lines, picture)


def _of_record(record: Record, size: str) -> list[str]:
    kinds = " + ".join(map(plain, record.rain_kinds)) or record.domain
    words = [f"{size} · {record.split}", f"{kinds}, {record.time_of_day}" if record.time_of_day else kinds]
    return [*words, f"{len(record.blurred)} blurred"] if record.blurred else words


def _against(case: Case) -> list[str]:
    words = [plain(case.reason or "")[:_LONGEST]]
    measure = None if case.dropped is None else case.dropped.measure
    objection = None if case.finding is None else case.finding.objection
    if measure is None:
        return words
    named = objection.check if objection is not None and objection.reason == case.reason else "share"
    return [*words, f"{named} {number(measure)}"]
