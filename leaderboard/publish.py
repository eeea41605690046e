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


def publish(site: Path, space: str, *, title: str, private: bool = False) -> Published:
    """Upload a built site to a Space, which is made if it is not there; files that no build wrote stay.

    Args:
        site: The folder that ``leaderboard build`` wrote.
        space: ``ORG/NAME``.
        title: The Space's title.
        private: Whether a new Space is seen by its owners only.

    Raises:
        InputError: The folder is no site, or was changed after it was built.
        HubError: The Hub refused, or cannot be reached.
    """
    names = listed(existing_folder(site))
    if "index.html" not in names:
        raise InputError("is no site", where=site, fix="build one with `nlcl-bench leaderboard build`")
    here = {name: _digest(site, name) for name in sorted(names)}
    if here != read_list((site / LIST).read_text(encoding="utf-8")):
        raise InputError("was changed after it was built", where=site, fix="build it again")
    hub.make_space(space, private=private)
    before = read_list((hub.fetch(space, LIST, space=True) or b"").decode(errors="replace"))
    changed = [name for name, digest in here.items() if before.get(name) != digest]
    removed = sorted(before.keys() - here.keys())
    if not changed and not removed:
        return Published((), (), None)
    files: dict[str, Path | bytes] = {name: site / name for name in [*changed, LIST]}
    files["README.md"] = _CARD.format(title=_quoted(title)).encode()
    commit = hub.put(space, f"Board of {len(here):,} files", files, removed)
    return Published(tuple(changed), tuple(removed), commit)


def _digest(site: Path, name: str) -> str:
    place = site / name
    if place.is_symlink() or not place.is_file():
        raise InputError("is listed in the site and is not there", where=place, fix="build the site again")
    return sha256_file(place)


def _quoted(title: str) -> str:
    """Return a title as YAML takes it, whatever is in it."""
    import json

    return json.dumps(title)
