"""Putting a built site on the Hub as a static Space: what changed, in one commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboard import hub
from leaderboard.site.folder import LIST, listed, read_list
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.files import existing_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Published", "publish"]

_TITLE = "Rain removal leaderboard"
_CARD_NAME = "README.md"
_CARD = """---
title: {title}
emoji: "\N{CLOUD WITH RAIN}\N{VARIATION SELECTOR-16}"
colorFrom: blue
colorTo: gray
sdk: static
app_file: index.html
pinned: false
---

A leaderboard built by `nlcl-bench leaderboard build`. Every number can be traced to the run files that lie beside it.
"""


@dataclass(frozen=True, slots=True)
class Published:
    """What went up.

    Attributes:
        changed: Files that were uploaded.
        removed: Files that an earlier site had.
        commit: The commit; None if nothing had changed.
    """

    changed: tuple[str, ...]
    removed: tuple[str, ...]
    commit: str | None


def publish(site: Path, space: str, *, title: str | None = None, private: bool = False) -> Published:
    """Upload a built site to a Space, which is made if it is not there; files that no build wrote stay.

    The Space's card is written with the first site, and again only for another title: what its owners put there stays.

    Args:
        site: The folder that ``leaderboard build`` wrote.
        space: ``ORG/NAME``.
        title: The Space's title; by default what it has, or a plain one.
        private: Whether a new Space is seen by its owners only.

    Raises:
        InputError: The folder is no site, or was changed after it was built; or the Space runs a program.
        HubError: The Hub refused, or cannot be reached.
    """
    names = listed(existing_folder(site))
    if "index.html" not in names:
        raise InputError("is no site", where=site, fix="build one with `nlcl-bench leaderboard build`")
    here = {name: _digest(site, name) for name in sorted(names)}
    if here != read_list((site / LIST).read_text(encoding="utf-8")):
        raise InputError("was changed after it was built", where=site, fix="build it again")
    hub.make_space(space, private=private)
    there = hub.state(space, "space")
    if there.sdk != "static":
        raise InputError(f"is a Space of {there.sdk}, not a static one", where=space, fix="choose another name")
    before = read_list((hub.fetch(there, LIST) or b"").decode(errors="replace"))
    changed = [name for name, digest in here.items() if before.get(name) != digest or name not in there.files]
    removed = sorted((before.keys() - here.keys()) & there.files - {_CARD_NAME})
    card = _card(there, title)
    if not changed and not removed and not card:
        return Published((), (), None)
    files: dict[str, Path | bytes] = {**{name: site / name for name in [*changed, LIST]}, **card}
    commit = hub.put(there, f"Board of {len(here):,} files", files, removed)
    return Published(tuple(changed), tuple(removed), commit)


def _card(there: hub.State, title: str | None) -> dict[str, Path | bytes]:
    """Return the Space's card if it is to be written: with the first site, or for another title."""
    if title is None and LIST in there.files:
        return {}
    text = _CARD.format(title=_quoted(title or _TITLE)).encode()
    return {} if hub.fetch(there, _CARD_NAME) == text else {_CARD_NAME: text}


def _digest(site: Path, name: str) -> str:
    place = site / name
    if place.is_symlink() or not place.is_file():
        raise InputError("is listed in the site and is not there", where=place, fix="build the site again")
    return sha256_file(place)


def _quoted(title: str) -> str:
    """Return a title as YAML takes it, whatever is in it."""
    import json

    return json.dumps(title)
