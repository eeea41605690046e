"""Publish: a release folder becomes a tagged revision of a dataset on the Hub.

All files go up in one commit of a pull request, which is merged when it is whole; the tag comes last. So whatever
happens in between, nobody who loads a tag gets half a release, and the same command goes on where it ended.

Before it comes :mod:`collection_tools.release.release`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from collection_tools.publish import hub
from collection_tools.publish.card import kept
from collection_tools.publish.changes import Changes, Here, There, changes
from collection_tools.publish.contents import contents, refuse_unfit
from collection_tools.release.folder import CARD
from collection_tools.release.versions import read_versions
from nlcl_bench.core.errors import HubError
from nlcl_bench.core.files import existing_folder
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data.benchmark import read_benchmark, write_benchmark
from nlcl_bench.data.checksums import CHECKSUMS, read_checksums

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collection_tools.publish.hub import Gated, State, Waiting

__all__ = ["Published", "publish"]

_OF_THE_HUB = {".gitattributes", CARD}
"""What the Hub itself puts into a new repository."""


@dataclass(frozen=True, slots=True)
class Published:
    """What was published, or would be.

    Attributes:
        changes: What differs from what was there.
        card_kept: Whether the words of a card that was changed by hand stay.
        tag: The version.
        revision: The commit that the tag names; None if nothing was done.
        benchmark: The file that pins it.
        pull_request: Its number; None if nothing had to be uploaded.
    """

    changes: Changes
    card_kept: bool
    tag: str
    revision: str | None = None
    benchmark: Path | None = None
    pull_request: int | None = None


def publish(
    folder: Path,
    repo: str,
    *,
    benchmark: Path | None = None,
    private: bool = False,
    gated: Gated | None = None,
    dry_run: bool = False,
    track: Track = silent,
) -> Published:
    """Publish a release; if it is published already, nothing is changed.

    Args:
        folder: A folder that :func:`collection_tools.release.release.release` wrote.
        repo: The dataset's name on the Hub, ``ORG/NAME``; made if it is not there.
        benchmark: Where to write the benchmark that pins the published revision; else ``NAME-VERSION.toml``.
        private: Make a new repository private.
        gated: Let readers ask for access.
        dry_run: Find out what would change, and change nothing.
        track: Shows how far it is.

    Raises:
        InputError: The folder does not exist, or its card sends readers to another repository.
        ManifestError: The folder is no release, is not as its checksums say, or may not be passed on.
        HubError: The Hub refused, failed or could not be reached; the repository holds something else; the version is
            published with other files; or somebody else pushed meanwhile.
        StorageError: The benchmark cannot be written.
    """
    pinned = read_benchmark(existing_folder(folder))
    refuse_unfit(folder, pinned, repo)
    here, tag = contents(folder, track), read_versions(folder)[-1].version
    with hub.asking(repo):
        author, state = hub.who(), hub.find(repo)
        there = {} if state is None else hub.files(repo, state.head)
        wanted, earlier = _wanted(here, there, repo, state)
        found = changes(wanted, there, earlier)
        card_kept = wanted[CARD] is not here[CARD]
        if dry_run:
            return Published(found, card_kept, tag)
        tagged = _tagged(wanted, repo, state, tag)
        number = None
        if tagged is None:
            state = _ready(repo, state, private=private, gated=gated)
            if found:
                number = _propose(repo, f"Release {tag}", author, state, wanted, found).number
                hub.merge(repo, number)
            tagged = _tag(repo, tag, wanted)
    written = benchmark or Path(f"{pinned.name}-{tag}.toml")
    write_benchmark(pinned.model_copy(update={"source": f"hf://{repo}", "revision": tagged}), written)
    return Published(found, card_kept, tag, tagged, written, number)


def _wanted(
    here: Mapping[str, Here], there: Mapping[str, There], repo: str, state: State | None
) -> tuple[dict[str, Here], set[str]]:
    """Return what is to be on the Hub, and which files an earlier release put there.

    A card that was changed by hand keeps its words; then the checksums are those of that card.
    """
    if state is None or not there.keys() - {".gitattributes"}:
        return dict(here), set()
    if CHECKSUMS not in there and there.keys() - _OF_THE_HUB:
        raise HubError("holds files that are no release", where=repo, fix="choose another name, or empty it")
    with TemporaryDirectory() as cache:
        files = {name: hub.fetch(repo, state.head, name, Path(cache)) for name in (CARD, CHECKSUMS) if name in there}
        earlier = {*read_checksums(files[CHECKSUMS]), CHECKSUMS} if CHECKSUMS in files else set()
        theirs = files[CARD].read_text(encoding="utf-8", errors="replace") if CARD in files else None
    ours = here[CARD].read().decode()
    card = kept(ours, theirs)
    if card == ours:
        return dict(here), earlier
    sums, renewed = here[CHECKSUMS].read().decode(), Here.of(card)
    sums = sums.replace(f"{here[CARD].sha256}  {CARD}\n", f"{renewed.sha256}  {CARD}\n")
    return {**here, CARD: renewed, CHECKSUMS: Here.of(sums)}, earlier


def _tagged(wanted: Mapping[str, Here], repo: str, state: State | None, tag: str) -> str | None:
    """Return the commit that the tag names if it holds this release, None if there is no such tag."""
    if state is None or tag not in state.tags:
        return None
    there = hub.files(repo, state.tags[tag])
    if changes(wanted, there, ()):
        raise HubError(
            f"{tag} is published with other files",
            where=repo,
            fix="release again with another --version and --previous",
        )
    return state.tags[tag]


def _ready(repo: str, state: State | None, *, private: bool, gated: Gated | None) -> State:
    """Return the repository, made and gated before anything lies in it that a stranger could read."""
    if state is None:
        hub.create(repo, private=private)
    elif private and not state.private:
        raise HubError(
            "is there already and public", where=repo, fix="make it private on its page, or leave out --private"
        )
    if gated is not None and (state is None or state.gated != gated):
        hub.gate(repo, gated)
    found = state or hub.find(repo)
    if found is None:
        raise HubError("was made, and is not to be seen", where=repo, fix="run the same command again")
    return found


def _propose(repo: str, title: str, author: str, state: State, wanted: Mapping[str, Here], found: Changes) -> Waiting:
    """Return a pull request that holds the release: one that an earlier attempt left, or a new one."""
    for earlier in hub.waiting(repo, title, author):
        if earlier.base == state.head and not changes(wanted, hub.files(repo, earlier.revision), found.remove):
            return earlier
        hub.close(repo, earlier.number, "Another attempt takes its place.")
    names = (*found.add, *found.change)
    new = hub.commit(
        repo, title, base=state.head, add={name: wanted[name].content for name in names}, remove=found.remove
    )
    now = hub.find(repo)
    if now is None or now.head != state.head:
        raise HubError(
            f"somebody else pushed meanwhile; pull request {new.number} was not merged",
            where=repo,
            fix="run the same command again: what is uploaded is kept",
        )
    return new


def _tag(repo: str, tag: str, wanted: Mapping[str, Here]) -> str:
    """Tag the release once it is seen to be whole; return the commit."""
    now = hub.find(repo)
    if now is None or changes(wanted, hub.files(repo, now.head), ()):
        raise HubError("was changed by somebody else", where=repo, fix="run the same command again")
    hub.tag(repo, tag, now.head)
    return now.head
