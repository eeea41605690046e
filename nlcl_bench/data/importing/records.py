"""The records of an imported set: scenes from shared clean images, rights from the template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nlcl_bench.data.folders import Finding, printable
from nlcl_bench.data.record import Record, Rights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlcl_bench.data.importing.pairs import Paired
    from nlcl_bench.data.importing.template import Images, Template

_WORD = re.compile(r"\{([a-z_]+)(?::number)?\}")

__all__ = ["Looked", "records_of"]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a file found.

    Attributes:
        name: Its name in the set.
        problem: Why it cannot be used; then there is nothing else.
        image_id: First digits of the digest of the file.
        sha256: Digest of the bytes that are embedded.
        original: Digest of the file.
        file_name: The name under which they are.
        width: Columns of the upright picture.
        height: Rows of it.
        bytes: Length of what is embedded.
        converted: How it was converted, if it was.
    """

    name: str
    problem: str | None = None
    image_id: str = ""
    sha256: str = ""
    original: str = ""
    file_name: str = ""
    width: int = 0
    height: int = 0
    bytes: int = 0
    converted: str | None = None


def records_of(
    pairs: Sequence[Paired], looked: Mapping[str, Looked], chosen: Sequence[Images], template: Template
) -> tuple[list[Record], list[Finding]]:
    """Return the records, sorted by image, and what cannot be one.

    Pairs that share a clean image, byte for byte, are one scene, and so are those that the template says to be one.
    Images that are there twice become one record.

    Args:
        pairs: What belongs together, sorted.
        looked: What the files are, by name.
        chosen: The layouts that the pairs are of.
        template: The set.
    """
    findings: dict[str, Finding] = {}
    sound = [pair for pair in pairs if _is_sound(pair, looked, findings)]
    sound = _without_copies(sound, looked, chosen, findings)
    scenes = _scenes(sound, looked, chosen)
    records: dict[str, Record] = {}
    for pair in sound:
        rainy = looked[pair.rainy]
        clean = None if pair.clean is None else looked[pair.clean]
        shared = {"split": chosen[pair.layout].split, "scene_id": scenes[pair.rainy], "rights": _rights(template)}
        twin = {} if clean is None else {"clean_id": clean.image_id, "clean_sha256": clean.sha256}
        records[rainy.image_id] = _record(rainy, domain="rainy", rain_kinds=template.rain_kinds, **shared, **twin)
        if clean is not None:
            records.setdefault(clean.image_id, _record(clean, domain="clean", estimate=template.estimate, **shared))
    return [records[image_id] for image_id in sorted(records)], sorted(findings.values())


def _record(look: Looked, **values: Any) -> Record:
    return Record(
        image_id=look.image_id,
        sha256=look.sha256,
        file_name=look.file_name,
        width=look.width,
        height=look.height,
        converted=look.converted,
        **values,
    )


def _rights(template: Template) -> Rights:
    return Rights(licence=template.licence, author=template.author, source=template.source)


def _is_sound(pair: Paired, looked: Mapping[str, Looked], findings: dict[str, Finding]) -> bool:
    """Whether a pair can be used; if not, the reason is added."""
    rainy = looked[pair.rainy]
    clean = looked[pair.clean] if pair.clean is not None else None
    what = None
    if rainy.problem is not None:
        what = rainy.problem
    elif clean is not None and clean.problem is not None:
        findings[clean.name] = Finding(clean.name, clean.problem)
        what = "its clean image cannot be used"
    elif clean is not None and (rainy.width, rainy.height) != (clean.width, clean.height):
        what = f"is {rainy.width}x{rainy.height}, but its clean image {clean.width}x{clean.height}"
    elif clean is not None and rainy.image_id == clean.image_id:
        what = "is byte for byte its clean image"
    if what is not None:
        findings[rainy.name] = Finding(rainy.name, what)
    return what is None


def _without_copies(
    pairs: Sequence[Paired],
    looked: Mapping[str, Looked],
    chosen: Sequence[Images],
    findings: dict[str, Finding],
) -> list[Paired]:
    """Leave out rainy images that were there before, and tell of those that belong to something else as well."""
    clean_ones = {looked[pair.clean].image_id: pair.clean for pair in pairs if pair.clean is not None}
    first: dict[str, Paired] = {}
    for pair in pairs:
        image_id = looked[pair.rainy].image_id
        before = first.setdefault(image_id, pair)
        if image_id in clean_ones:
            what = f"is byte for byte the clean image {printable(clean_ones[image_id])}"
        elif before is not pair and _twin(before, looked) != _twin(pair, looked):
            what = f"is a copy of {printable(before.rainy)}, but has another clean image"
        elif chosen[before.layout].split != chosen[pair.layout].split:
            what = f"is a copy of {printable(before.rainy)}, which is in another split"
        else:
            continue
        findings[pair.rainy] = Finding(pair.rainy, what)
    return [pair for pair in first.values() if looked[pair.rainy].image_id not in clean_ones]


def _twin(pair: Paired, looked: Mapping[str, Looked]) -> str | None:
    return None if pair.clean is None else looked[pair.clean].image_id


def _scenes(pairs: Sequence[Paired], looked: Mapping[str, Looked], chosen: Sequence[Images]) -> dict[str, str]:
    """Return the scene of every rainy image by name, called after its first clean image, or its first rainy one."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for pair in pairs:
        for key in _keys(pair, looked, chosen):
            parent[root(key)] = root(_own(pair, looked))
    names: dict[str, str] = {}
    for pair in pairs:
        image_id = _twin(pair, looked) or looked[pair.rainy].image_id
        place = root(_own(pair, looked))
        names[place] = min(names.get(place, image_id), image_id)
    return {pair.rainy: names[root(_own(pair, looked))] for pair in pairs}


def _own(pair: Paired, looked: Mapping[str, Looked]) -> str:
    return f"rainy {looked[pair.rainy].image_id}"


def _keys(pair: Paired, looked: Mapping[str, Looked], chosen: Sequence[Images]) -> list[str]:
    """Return what a pair shares with the others of its scene."""
    keys: list[str] = []
    twin = _twin(pair, looked)
    if twin is not None:
        keys.append(f"clean {twin}")
    scene = chosen[pair.layout].scene
    if scene is not None:
        keys.append("scene " + _WORD.sub(lambda word: pair.words[word[1]], scene))
    return keys
