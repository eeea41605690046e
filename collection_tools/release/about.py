"""What people say of a release: how it is called, where it will lie, whom to ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from collection_tools.release.words import plain
from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["About", "Named", "named"]

_REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_VERSION = re.compile(r"v\d{1,4}\.\d{1,4}\.\d{1,4}", re.ASCII)

_FIRST_VERSION = "v1.0.0"


class About(TypedDict, total=False):
    """What is said of a release, as far as somebody says it.

    Attributes:
        name: The benchmark's name; else the folder's.
        title: The dataset's title; else its name.
        contact: Where to ask for a photograph to be taken down; else beside the dataset on the Hub.
        repo: Where it will lie on the Hub, ``ORG/NAME``; else a placeholder for it.
        version: The tag under which it will be pinned; else v1.0.0.
    """

    name: str | None
    title: str | None
    contact: str | None
    repo: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Named:
    """The same with nothing left open; see :class:`About`."""

    name: str
    title: str
    contact: str | None
    repo: str
    version: str


def named(about: About, into: Path) -> Named:
    """Fill in what was not said.

    Raises:
        InputError: The repository or version is no name that the Hub allows.
    """
    repo, version = about.get("repo"), about.get("version") or _FIRST_VERSION
    if repo is not None and not _REPO.fullmatch(repo):
        raise InputError("is no name of a dataset on the Hub", where=f"--repo {repo}", fix="give ORG/NAME")
    if not _VERSION.fullmatch(version):
        raise InputError("is no version", where=f"--version {version}", fix="give something like v1.0.0")
    name = about.get("name") or _slug(into)
    return Named(
        name=name,
        title=plain(about.get("title") or name),
        contact=about.get("contact"),
        repo=repo or f"ORG/{name}",
        version=version,
    )


def _slug(folder: Path) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-._")[:64] or "release"
