"""From what was found out about every photograph to what is published: copies, scenes, splits, people's decisions.

Nothing is opened here but what has to be blurred; the same findings and decisions give the same records.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collection_tools.curate.against import Fingerprint, leaks, looks_of
from collection_tools.curate.banned import Banned, copies_of_banned
from collection_tools.curate.bursts import Taken, burst_links
from collection_tools.curate.duplicates import Candidate, Looks, alike, copies, same_pictures
from collection_tools.curate.finding import Dropped
from collection_tools.curate.objections import Objection, unusable, unwanted
from collection_tools.curate.scenes import Placement, place
from collection_tools.curate.splits import split_of
from collection_tools.decisions import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from collection_tools.collect.store import Collected, Tombstone
    from collection_tools.curate.duplicates import Alike
    from collection_tools.curate.finding import Finding
    from collection_tools.curate.recipe import Recipe
    from nlcl_bench.data.indexed import Indexed

__all__ = ["Choice", "Known", "choose"]

_NOTHING_SAID = Decision()


@dataclass(frozen=True, slots=True)
class Known:
    """All that is decided from.

    Attributes:
        store: The store.
        rows: Its photographs by digest.
        findings: What was found out about them, the thumbnails included.
        withdrawn: The tombstones.
        decisions: What people said.
        earlier: Where images were put before.
        elsewhere: Pictures of known test sets.
    """

    store: Path
    rows: Indexed[Collected]
    findings: Indexed[Finding]
    withdrawn: Mapping[str, Tombstone]
    decisions: Mapping[str, Decision]
    earlier: Mapping[str, Placement]
    elsewhere: Sequence[Fingerprint]

    def said(self, sha256: str) -> Decision:
        """Return what people said of a photograph."""
        return self.decisions.get(sha256, _NOTHING_SAID)


@dataclass(slots=True)
class Choice:
    """What is published and what is not.

    Attributes:
        kept: The digests of what is published by image_id, sorted.
        dropped: All else, with reasons.
        stands_for: The picture that is kept in place of an equal one.
        placements: Scene and split of everything that is published.
    """

    kept: dict[str, str] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    stands_for: dict[str, str] = field(default_factory=dict)
    placements: dict[str, Placement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sound:
    """A photograph that nothing speaks against so far."""

    candidate: Candidate
    sha256: str
    clean: str
    taken: Taken | None
    hash: str
    thumbnail: str


def choose(known: Known, recipe: Recipe) -> Choice:
    """Choose what is published, and put it into scenes and splits.

    Raises:
        ManifestError: The store or the findings are damaged.
    """
    choice = Choice()
    sound = _sound(known, choice, recipe)
    _drop(sound, _unwanted_copies(sound, known, recipe), choice, known)
    _drop(sound, _leaks(sound, known, recipe), choice, known)
    twins = same_pictures(one.candidate for one in sound.values())
    choice.stands_for = twins.stands_for
    _drop(sound, twins.reasons, choice, known)
    names, found = list(sound), _alike(sound, recipe)
    candidates = [one.candidate for one in sound.values()]
    copied = copies(candidates, found, radius=recipe.copies.hamming_radius, correlation=recipe.copies.correlation)
    links = [(names[first], names[second]) for first, second in found.pairs.tolist()]
    links += [*_pairs(sound, choice.stands_for), *_bursts(sound, recipe)]
    _drop(sound, {name: f"near-duplicate of {kept}" for name, kept in copied.items()}, choice, known)
    links = [(copied.get(one, one), copied.get(other, other)) for one, other in links]
    links = [(one, other) for one, other in links if one != other]
    choice.placements, refused = place(list(sound), links, known.earlier, lambda scene: split_of(scene, recipe.splits))
    _drop(sound, refused, choice, known)
    choice.kept = {name: sound[name].sha256 for name in sorted(sound)}
    return choice


def _sound(known: Known, choice: Choice, recipe: Recipe) -> dict[str, _Sound]:
    """Return the photographs that can be published as far as each by itself tells."""
    withdrawn = {one.pixels: one for one in known.withdrawn.values()}
    paired = {row.clean_sha256 for row in known.rows.rows() if row.clean_sha256 is not None}
    sound: dict[str, _Sound] = {}
    for row in known.rows.rows():
        finding, said = known.findings.get(row.sha256), known.said(row.sha256)
        against = unusable(row, finding, known.store, withdrawn)
        if against is None and row.sha256[:16] in sound:  # the names are 64 bits of a digest
            against = Objection("another photograph has the same image_id")
        if against is None and finding is not None:
            against = unwanted(row, finding, said, recipe.privacy)
        if against is None and finding is not None:
            sound[row.sha256[:16]] = _as_sound(row, finding, known, paired=row.sha256 in paired)
        elif against is not None:
            choice.dropped.append(_dropped(row, against.reason, against.measure))
    return sound


def _as_sound(row: Collected, finding: Finding, known: Known, *, paired: bool) -> _Sound:
    name = row.sha256[:16]
    return _Sound(
        candidate=Candidate(
            name,
            finding.pixels or "",
            row.domain,
            published=name in known.earlier,
            paired=paired or row.clean_sha256 is not None,
            detail=finding.detail,
            aspect=row.width / row.height,
            video="" if row.frame is None else row.frame.video,
        ),
        sha256=row.sha256,
        clean=(row.clean_sha256 or "")[:16],
        taken=_taken(row, finding),
        hash=finding.hash,
        thumbnail=finding.thumbnail,
    )


def _taken(row: Collected, finding: Finding) -> Taken | None:
    """Return by whom and when; a video's stills are all of one moment, for they show one scene."""
    name = row.sha256[:16]
    if row.frame is not None:
        return Taken((row.frame.video,), 0.0, name)
    if finding.moment is None or row.capture.camera_model is None:
        return None
    return Taken((row.rights.author, row.capture.camera_make or "", row.capture.camera_model), finding.moment, name)


def _drop(sound: dict[str, _Sound], reasons: Mapping[str, str], choice: Choice, known: Known) -> None:
    for name, reason in reasons.items():
        choice.dropped.append(_dropped(known.rows[sound.pop(name).sha256], reason, None))


def _dropped(row: Collected, reason: str, measure: float | None) -> Dropped:
    return Dropped(image_id=row.sha256[:16], sha256=row.sha256, file=row.file, reason=reason[:2000], measure=measure)


def _looks(sound: Mapping[str, _Sound]) -> Looks:
    return looks_of([one.hash for one in sound.values()], [one.thumbnail for one in sound.values()])


def _leaks(sound: Mapping[str, _Sound], known: Known, recipe: Recipe) -> dict[str, str]:
    if not known.elsewhere:
        return {}
    pixels = [one.candidate.pixels for one in sound.values()]
    found = leaks(list(sound), pixels, _looks(sound), known.elsewhere, recipe.scenes)
    return {name: f"is in a known test set: {of}" for name, of in found.items()}


def _unwanted_copies(sound: Mapping[str, _Sound], known: Known, recipe: Recipe) -> dict[str, str]:
    """Return copies of what was withdrawn or rejected by a person, unless somebody accepted the copy itself."""
    banned = list(_banned(known))
    if not banned:
        return {}
    candidates = [one.candidate for one in sound.values()]
    found = copies_of_banned(candidates, _looks(sound), banned, recipe.copies)
    return {name: reason for name, reason in found.items() if known.said(sound[name].sha256).verdict != "accept"}


def _banned(known: Known) -> Iterator[Banned]:
    for one in known.withdrawn.values():
        if one.hash is not None and one.thumbnail is not None:
            yield Banned(f"near-duplicate of {one.sha256[:16]}, which was withdrawn", one.hash, one.thumbnail)
    for sha256, said in sorted(known.decisions.items()):
        row, finding = known.rows.get(sha256), known.findings.get(sha256)
        if said.verdict == "reject" and row is not None and finding is not None and finding.hash:
            reason = f"near-duplicate of {sha256[:16]}, which was rejected in review"
            video = "" if row.frame is None else row.frame.video
            yield Banned(reason, finding.hash, finding.thumbnail, row.domain, video)


def _alike(sound: Mapping[str, _Sound], recipe: Recipe) -> Alike:
    limits = recipe.scenes
    return alike(_looks(sound), radius=limits.hamming_radius, correlation=limits.correlation)


def _pairs(sound: Mapping[str, _Sound], stands_for: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, one in sound.items():
        clean = stands_for.get(one.clean, one.clean)
        if clean in sound:
            yield name, clean


def _bursts(sound: Mapping[str, _Sound], recipe: Recipe) -> Iterator[tuple[str, str]]:
    return burst_links((one.taken for one in sound.values() if one.taken), seconds=recipe.bursts.seconds)
