"""Everything that the report counts, from one look at every photograph's row."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

from collection_tools.reasons import kind
from collection_tools.release.words import plain
from collection_tools.report.histograms import AXES, Fate, Histogram
from collection_tools.report.steps import STEPS, Step, lost_at
from collection_tools.report.tally import Spread, Tally
from collection_tools.report.thumbnails import private
from nlcl_bench.data.record import Split

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from collection_tools.collect.store import Rejected
    from collection_tools.decisions import Decision
    from collection_tools.privacy.choose import Limits
    from collection_tools.report.cases import Case
    from nlcl_bench.data.record import Record

__all__ = [
    "ACCEPTED",
    "NO_KIND",
    "PER_REASON",
    "UNNAMED",
    "UNREAD",
    "Gathered",
    "Samples",
    "gather",
    "source_of",
]

ACCEPTED, PER_REASON, PRIVATE = 40, 24, 16
"""Photographs on a contact sheet, at most."""

UNREAD = "none: could not be used"
UNNAMED = "not stated"
NO_KIND = "no kind named"

_WITHDRAWN = "was withdrawn"
_LONGEST = 120
_PLACES = 2  # the folder that was given, and the first below it
_SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(slots=True)
class Samples:
    """Some photographs to look at.

    Attributes:
        accepted: Of all that are published.
        rejected: Of all others, by reason.
        refused: Names of files that could not be used when they were collected, by reason.
        blurred: Published ones with something blurred.
        unsure: Published ones of which a person has to say what is private.
    """

    accepted: Spread[Case] = field(default_factory=lambda: Spread(ACCEPTED))
    rejected: defaultdict[str, Spread[Case]] = field(default_factory=lambda: defaultdict(lambda: Spread(PER_REASON)))
    refused: defaultdict[str, Spread[str]] = field(default_factory=lambda: defaultdict(lambda: Spread(PER_REASON)))
    blurred: Spread[Case] = field(default_factory=lambda: Spread(PRIVATE))
    unsure: Spread[Case] = field(default_factory=lambda: Spread(PRIVATE))


@dataclass(slots=True)
class Gathered:
    """What was counted.

    Attributes:
        met: Files that were met.
        lost: Files that did not take a step, by reason.
        sources: Files by the folders they come from.
        cameras: Files by camera.
        licences: Collected photographs by licence.
        consent: Published photographs for which somebody stated consent.
        domains: Published photographs, rainy and clean.
        rain: Published photographs by kinds of rain and time of day.
        histograms: Of every measure.
        scenes: Names of the published photographs' scenes, as numbers, by split: eight bytes a photograph.
        copied: Names of the pictures of which others are copies, as numbers: eight bytes a copy.
        boxes: Boxes that are blurred in published photographs.
        blurred: Published photographs with such boxes.
        unsure: Published photographs of which a person has to say what is private.
        reviewed: Published photographs that a person looked at.
        samples: Photographs to look at.
    """

    met: int = 0
    lost: dict[Step, Counter[str]] = field(default_factory=lambda: {step: Counter() for step in STEPS})
    sources: Tally = field(default_factory=Tally)
    cameras: Tally = field(default_factory=Tally)
    licences: Tally = field(default_factory=Tally)
    consent: int = 0
    domains: Counter[str] = field(default_factory=Counter)
    rain: Counter[tuple[str, str]] = field(default_factory=Counter)
    histograms: dict[str, Histogram] = field(
        default_factory=lambda: {name: Histogram(axis) for name, axis in AXES.items()}
    )
    scenes: dict[Split, array[int]] = field(default_factory=lambda: {split: array("Q") for split in _SPLITS})
    copied: array[int] = field(default_factory=lambda: array("Q"))
    boxes: int = 0
    blurred: int = 0
    unsure: int = 0
    reviewed: int = 0
    samples: Samples = field(default_factory=Samples)


def gather(
    seen: Iterable[Case],
    refused: Iterable[Rejected],
    withdrawn: Container[str],
    decisions: Mapping[str, Decision],
    limits: Limits,
) -> Gathered:
    """Count everything, and choose what to look at.

    Args:
        seen: All photographs.
        refused: The files that could not be used when they were collected.
        withdrawn: Digests of the pictures that nobody is to see any more.
        decisions: What people said.
        limits: From where on a face is blurred or asked about.
    """
    got = Gathered()
    for one in refused:
        _refused(got, one)
    for case in seen:
        ask = private(case.finding, decisions.get(case.row.sha256), limits).ask
        _collected(got, case)
        _measured(got, case)
        if case.record is not None:
            _published(got, case.record, unsure=bool(ask))
        if case.row.pixels not in withdrawn and case.kind != _WITHDRAWN:
            _sampled(got.samples, case, unsure=bool(ask))
    return got


def source_of(file: str) -> str:
    """Return where a file comes from: the folder or archive that was given, and the first folder below it.

    >>> source_of("rain/phone/monday/1.jpg"), source_of("album.zip/1.jpg"), source_of("1.jpg")
    ('rain/phone', 'album.zip', 'not stated')
    """
    return plain("/".join(file.split("/")[:-1][:_PLACES]))[:_LONGEST] or UNNAMED


def _refused(got: Gathered, one: Rejected) -> None:
    why = kind(one.reason)
    got.met += 1
    got.lost["collected"][why] += 1
    got.sources.count(source_of(one.file), why)
    got.cameras.count(UNREAD, why)
    if why != _WITHDRAWN:
        got.samples.refused[why].offer(source_of(one.file), one.file)


def _collected(got: Gathered, case: Case) -> None:
    got.met += 1
    step, row = lost_at(case), case.row
    if step is not None:
        got.lost[step][case.kind or ""] += 1
    got.sources.count(source_of(row.file), case.kind)
    got.cameras.count(plain(row.capture.camera)[:_LONGEST] or UNNAMED, case.kind)
    got.licences.count(plain(row.rights.licence)[:_LONGEST] or UNNAMED, case.kind)
    if case.copied_from is not None:
        got.copied.append(int(case.copied_from, 16))


def _measured(got: Gathered, case: Case) -> None:
    """Count the measures of a photograph that is sound."""
    if case.finding is None or lost_at(case) == "sound":
        return
    fate: Fate = "rejected otherwise" if case.record is None else "published"
    for one in case.finding.checks:
        against = case.record is None and one.reason is not None
        if one.check in got.histograms:
            got.histograms[one.check].add(one.measure, "rejected by it" if against else fate)
    if case.finding.rain is not None:
        rain = case.finding.rain
        got.histograms["presence"].add(rain.presence.value, fate)
        got.histograms["streak_density"].add(rain.streak_density.value, fate)
        got.histograms["veil"].add(rain.veil.value, fate)
        got.histograms["drops"].add(rain.drops.confidence, fate)


def _published(got: Gathered, record: Record, *, unsure: bool) -> None:
    got.domains[record.domain] += 1
    if record.domain == "rainy":
        got.rain[" + ".join(map(plain, record.rain_kinds)) or NO_KIND, record.time_of_day or UNNAMED] += 1
    got.scenes[record.split].append(int(record.scene_id, 16))
    got.consent += bool(record.rights.consent)
    got.boxes += len(record.blurred)
    got.blurred += bool(record.blurred)
    got.unsure += unsure
    got.reviewed += record.reviewed


def _sampled(samples: Samples, case: Case, *, unsure: bool) -> None:
    source = source_of(case.row.file)
    if case.record is None:
        samples.rejected[case.kind or ""].offer(source, case)
        return
    samples.accepted.offer(source, case)
    if case.record.blurred:
        samples.blurred.offer(source, case)
    if unsure:
        samples.unsure.offer(source, case)
