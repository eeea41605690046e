"""What the records of a release say together: every number that the card and its siblings tell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from collection_tools.release.licences import licence_counts
from collection_tools.release.words import counted, listed, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nlcl_bench.data.record import Record

__all__ = ["Facts", "biases", "facts"]

Counts = list[tuple[str, int]]

NOT_KNOWN = "not recorded"


@dataclass(frozen=True, slots=True)
class Facts:
    """Numbers of a release.

    Attributes:
        images: How many there are.
        rainy: How many of them show rain.
        scenes: Their scenes.
        pairs: Rainy images with their rain-free twins.
        stills: Stills from videos.
        estimates: Rain-free images that were computed.
        converted: Images that were encoded again, though nothing in them was hidden.
        hidden: Images of which parts were made unrecognisable.
        reviewed: Images that a person has looked at.
        faces: Whether faces were looked for by a detector.
        left_out: Images that were left out because a person had yet to look at what may be a face.
        years: First and last year by the cameras' clocks, if any knew.
        sides: Shortest and longest side, in pixels.
        licences: Images per licence; this and all lists that follow with the most frequent first.
        authors: Images per author.
        sources: Images per site on which they were published before.
        cameras: Images per camera.
        times: Rainy images by day and night.
        kinds: Rainy images per kind of rain; one may show several.
        months: Images per month of the year, 01 to 12, in this order.
        sizes: Images per number of pixels, small to large.
        consents: What was stated about consent.
    """

    images: int
    rainy: int
    scenes: int
    pairs: int
    stills: int
    estimates: int
    converted: int
    hidden: int
    reviewed: int
    faces: bool
    left_out: int
    years: tuple[str, str] | None
    sides: tuple[int, int]
    licences: Counts
    authors: Counts
    sources: Counts
    cameras: Counts
    times: Counts
    kinds: Counts
    months: Counts
    sizes: Counts
    consents: list[str]


def facts(records: Sequence[Record], *, faces: bool, left_out: int) -> Facts:
    """Count.

    Args:
        records: Of the release.
        faces: Whether faces were looked for.
        left_out: Images left out because nobody had looked at them.
    """
    rainy = [record for record in records if record.domain == "rainy"]
    dates = sorted(record.capture.taken_at for record in records if record.capture.taken_at)
    sides = [side for record in records for side in (record.width, record.height)]
    names = {record.image_id for record in records}
    return Facts(
        images=len(records),
        rainy=len(rainy),
        scenes=len({record.scene_id for record in records}),
        pairs=sum(record.clean_id in names for record in records),
        stills=sum(record.frame is not None for record in records),
        estimates=sum(record.estimate is not None for record in records),
        converted=sum(record.converted is not None and not record.blurred for record in records),
        hidden=sum(bool(record.blurred) for record in records),
        reviewed=sum(record.reviewed for record in records),
        faces=faces,
        left_out=left_out,
        years=(dates[0][:4], dates[-1][:4]) if dates else None,
        sides=(min(sides), max(sides)),
        licences=licence_counts(records),
        authors=_most(record.rights.author for record in records),
        sources=_most(_site(record.rights.source) for record in records),
        cameras=_most(record.capture.camera or NOT_KNOWN for record in records),
        times=_most(record.time_of_day or "not clear" for record in rainy),
        kinds=_most(kind for record in rainy for kind in record.rain_kinds or ("not clear",)),
        months=sorted(Counter(date[5:7] for date in dates).items()),
        sizes=_sizes(records),
        consents=sorted({record.rights.consent for record in records if record.rights.consent}),
    )


def _most(words: Iterable[str]) -> Counts:
    return sorted(Counter(words).items(), key=lambda item: (-item[1], item[0]))


def _site(source: str | None) -> str:
    """Return the host of an address, or the words themselves."""
    if not source:
        return NOT_KNOWN
    try:
        return urlsplit(source).hostname or source
    except ValueError:
        return source


def _sizes(records: Sequence[Record]) -> Counts:
    steps = ((0.25, "< 0.25 MP"), (1, "0.25 to 1 MP"), (4, "1 to 4 MP"), (12, "4 to 12 MP"), (float("inf"), "> 12 MP"))
    words = Counter(
        next(word for limit, word in steps if record.width * record.height < limit * 1e6) for record in records
    )
    return [(word, words[word]) for _, word in steps if words[word]]


def biases(known: Facts) -> list[str]:
    """Return what is uneven in a release, one sentence each, in plain text with strangers' names in it."""
    sentences = [
        "In which country a photograph was taken is not recorded for any image: places were removed.",
        _largest("author", known.authors, known.images),
        _largest("camera", [one for one in known.cameras if one[0] != NOT_KNOWN], known.images),
        _largest("site", [one for one in known.sources if one[0] != NOT_KNOWN], known.images),
    ]
    if known.rainy:
        times, kinds = dict(known.times), known.kinds
        sentences.append(
            f"Of {counted(known.rainy, 'rainy image')} {share(times.get('night', 0), known.rainy)} were taken at "
            f"night, as far as the brightness tells; {share(times.get('not clear', 0), known.rainy)} are not clear."
        )
        seen = [f"{kind} {share(count, known.rainy)}" for kind, count in kinds if kind != "not clear"]
        sentences.append(
            f"Kinds of rain among them: {listed(seen)}." if seen else "Of none of them the kind of rain was told."
        )
    unknown = dict(known.cameras).get(NOT_KNOWN, 0)
    sentences.append(f"Of {share(unknown, known.images)} of all images the camera is not known.")
    sentences.append(
        f"{share(known.images - known.rainy, known.images)} of all images show no rain; "
        f"{share(known.pairs, max(known.rainy, 1))} of the rainy ones have a rain-free twin."
    )
    return [sentence for sentence in sentences if sentence]


def _largest(what: str, counts: Counts, whole: int) -> str:
    if not counts:
        return ""
    name, count = counts[0]
    if len(counts) == 1:
        return f"There is one {what}, {name}, of {share(count, whole)} of all images."
    return (
        f"There are {counted(len(counts), what)}; the most frequent, {name}, has {share(count, whole)} of all images."
    )
