"""The record of everything that is published, from its row, what was found out about it and what people said of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collection_tools.curate.finding import Uncertain
from collection_tools.privacy.blur import with_margins
from collection_tools.privacy.choose import choose
from collection_tools.published import published, stored
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.data.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collection_tools.collect.store import Collected
    from collection_tools.curate.decide import Choice, Known
    from collection_tools.curate.finding import Finding
    from collection_tools.curate.recipe import Recipe
    from nlcl_bench.data.record import Box

__all__ = ["records", "uncertain"]


@dataclass(frozen=True, slots=True)
class _Hidden:
    """What is blurred in one picture, and the digest of the file in which it is."""

    boxes: tuple[Box, ...]
    published: str


def records(choice: Choice, known: Known, recipe: Recipe) -> Iterator[Record]:
    """Yield the record of every published image, in the order of their names.

    Raises:
        ManifestError: The store or the findings are damaged.
        ImageError: What is to be blurred cannot be read any more.
    """
    twins = _twins(choice, known)
    hidden = _hidden(choice, twins, known, recipe)
    digests = list(choice.kept.values())
    for row, finding in zip(known.rows.among(digests), known.findings.among(digests), strict=True):
        yield _record(row, finding, choice, twins, hidden, known)


def uncertain(choice: Choice, known: Known, recipe: Recipe) -> Iterator[Uncertain]:
    """Yield the published images that a person has yet to look at, and why."""
    for finding in known.findings.among(list(choice.kept.values())):
        boxes = choose(finding.private or (), known.said(finding.sha256), recipe.privacy).ask
        if boxes:
            yield Uncertain(image_id=finding.sha256[:16], boxes=boxes)


def _twins(choice: Choice, known: Known) -> dict[str, str]:
    """Return the rain-free twins of rainy images, both published, in one split.

    Twins that were published apart before anyone knew that they are a pair stay apart.
    """
    twins = {}
    for row in known.rows.among(list(choice.kept.values())):
        clean = (row.clean_sha256 or "")[:16]
        clean = choice.stands_for.get(clean, clean)
        name = row.sha256[:16]
        if clean in choice.kept and choice.placements[clean].split == choice.placements[name].split:
            twins[name] = clean
    return twins


def _hidden(choice: Choice, twins: Mapping[str, str], known: Known, recipe: Recipe) -> dict[str, _Hidden]:
    """Return what is blurred where; in both pictures of a pair the same, or the rain would seem to hide a face."""
    boxes: dict[str, set[Box]] = defaultdict(set)
    for finding in known.findings.among(list(choice.kept.values())):
        private = choose(finding.private or (), known.said(finding.sha256), recipe.privacy).blur
        if private:
            boxes[finding.sha256[:16]].update(private)
    for rainy, clean in twins.items():
        if rainy in boxes or clean in boxes:
            boxes[rainy] = boxes[clean] = boxes[rainy] | boxes[clean]
    return {name: _blurred(choice.kept[name], private, known) for name, private in boxes.items()}


def _blurred(sha256: str, private: set[Box], known: Known) -> _Hidden:
    row = known.rows[sha256]
    wide = with_margins(private, (row.width, row.height))
    return _Hidden(wide, sha256_bytes(published(stored(known.store, row), wide, where=row.file).data))


def _record(
    row: Collected,
    finding: Finding,
    choice: Choice,
    twins: Mapping[str, str],
    hidden: Mapping[str, _Hidden],
    known: Known,
) -> Record:
    name = row.sha256[:16]
    home, clean, said, own = choice.placements[name], twins.get(name), known.said(row.sha256), hidden.get(name)
    return Record(
        image_id=name,
        sha256=own.published if own else finding.published or "",
        file_name=f"{name}.{'png' if own else finding.suffix}",
        width=row.width,
        height=row.height,
        domain=row.domain,
        split=home.split,
        scene_id=home.scene_id,
        clean_id=clean,
        clean_sha256=None if clean is None else _published(clean, choice, hidden, known),
        rain_kinds=finding.kinds if said.tags is None else said.tags,
        rain=finding.rain,
        time_of_day=None if finding.night is None else ("night" if finding.night else "day"),
        frame=row.frame,
        estimate=row.estimate,
        converted=finding.converted or ("saved as PNG to blur a part of it" if own else None),
        blurred=own.boxes if own else (),
        reviewed=said.verdict == "accept" or said.boxes is not None,
        capture=row.capture,
        rights=row.rights,
    )


def _published(name: str, choice: Choice, hidden: Mapping[str, _Hidden], known: Known) -> str:
    if name in hidden:
        return hidden[name].published
    return known.findings[choice.kept[name]].published or ""
