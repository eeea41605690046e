"""Archives, read in place: nothing is unpacked to the disk, and a member's name is never used as a path.

An archive counts as a folder of its name: ``photos/monday.zip`` gives ``photos/monday.zip/street/a.jpg``. Hidden
files are passed over and a ``sources.toml`` speaks for its folder, as on the disk. Of several members of one name the
last counts, as it would after unpacking.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from collection_tools.collect.found import Found, Packed, harmless, leads_out
from collection_tools.collect.sources import SOURCES_FILE, sources_on_disk
from collection_tools.collect.tars import TarArchive
from collection_tools.collect.zips import ZipArchive
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.video.source import is_video

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Archive", "is_archive", "unpacked"]

_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_LONGEST_NAME = 1024
_LARGEST_SOURCES = 1024 * 1024


class _Opened(Protocol):
    read_ahead: int
    damage: str | None

    def members(self) -> Iterator[Packed]: ...
    def read(self, place: int, size: int) -> bytes: ...
    def close(self) -> None: ...


def is_archive(name: str) -> bool:
    """Tell by its name whether a file is an archive that is read.

    >>> is_archive("a.tar.gz"), is_archive("A.ZIP"), is_archive("a.gz")
    (True, True, False)
    """
    return name.lower().endswith((".zip", *_TAR))


def unpacked(path: Path, root: Path) -> Iterator[Found]:
    """Yield all that an archive holds, sorted like a folder; what is wrong with the archive itself comes first.

    Args:
        path: The archive.
        root: The folder that was given and holds it, or the archive itself.
    """
    try:
        archive = Archive(path, root)
    except ImageError as error:
        yield Found(path, root, error.what)
        return
    with closing(archive):
        yield from archive.files()


class Archive:
    """An open archive: its members sorted by name, as the walk through a folder of the same content meets them.

    Args:
        path: The archive.
        root: The folder that was given and holds it, or the archive itself.

    Raises:
        ImageError: Nothing of it can be read.
    """

    def __init__(self, path: Path, root: Path) -> None:
        self.path = path
        self.root = root
        self._opened: _Opened = ZipArchive(path) if path.name.lower().endswith(".zip") else TarArchive(path)
        members = [_Member.of(one) for one in self._opened.members() if not _hidden(one.name)]
        members.sort(key=lambda one: one.name.replace("/", "\0"))  # a folder's content comes where the folder comes
        for one, following in pairwise(members):
            if one.name == following.name:
                one.refusal = "is in its archive several times: the last one counts"
        self._members = members
        self._sources = {one.name: one for one in members if one.name.split("/")[-1] == SOURCES_FILE}
        self._ahead: dict[int, bytes | ImageError] = {}

    @property
    def damaged(self) -> Found | None:
        """The archive itself, with the reason why members may be missing; None if it is whole."""
        return None if self._opened.damage is None else Found(self.path, self.root, self._opened.damage)

    def files(self) -> Iterator[Found]:
        """Yield the members; before them the archive itself if it is damaged."""
        if self.damaged is not None:
            yield self.damaged
        for number, one in enumerate(self._members):
            if self._sources.get(one.name) is not one:
                yield self._found(number, one)

    def files_in(self, folder: Path) -> Iterator[Found]:
        """Yield the members directly in one of its folders."""
        name = "".join(f"{step}/" for step in folder.relative_to(self.path).parts)
        for number, one in enumerate(self._members):
            if one.name.startswith(name) and "/" not in one.name[len(name) :] and one.name not in self._sources:
                yield self._found(number, one)

    def close(self) -> None:
        """Close the file."""
        self._opened.close()

    def _found(self, number: int, one: _Member) -> Found:
        return Found(
            self.path / one.name,
            self.root,
            one.refusal,
            unpack=partial(self._read, number),
            archive=self.path,
            sources=self._sources_at,
        )

    def _read(self, number: int) -> bytes:
        if number not in self._ahead:
            self._read_ahead(number)
        content = self._ahead.pop(number)
        if isinstance(content, ImageError):
            raise content
        return content

    def _read_ahead(self, number: int) -> None:
        """Read a member, and the ones after it where going back is dear, in the order in which they lie."""
        self._ahead.clear()
        batch = [number]
        left = self._opened.read_ahead - self._members[number].size
        for later in range(number + 1, len(self._members)):
            left -= self._members[later].size
            if left < 0:
                break
            if self._members[later].refusal is None:
                batch.append(later)
        for later in sorted(batch, key=lambda one: self._members[one].place):
            try:
                self._ahead[later] = self._opened.read(self._members[later].place, self._members[later].size)
            except ImageError as error:
                self._ahead[later] = error

    def _sources_at(self, file: Path) -> bytes | None:
        if not file.is_relative_to(self.path):
            return sources_on_disk(file)
        one = self._sources.get(file.relative_to(self.path).as_posix())
        if one is None:
            return None
        try:
            if one.refusal is not None:
                raise ImageError(one.refusal)  # noqa: TRY301
            if one.size > _LARGEST_SOURCES:
                raise ImageError(f"is larger than {_LARGEST_SOURCES >> 20} MiB")  # noqa: TRY301
            return self._opened.read(one.place, one.size)
        except ImageError as error:
            raise InputError(
                error.what, where=file, fix="make the archive again with a sound one, or without"
            ) from error


@dataclass(slots=True)
class _Member:
    name: str
    place: int
    size: int
    refusal: str | None

    @classmethod
    def of(cls, one: Packed) -> _Member:
        name = harmless(one.name)[:_LONGEST_NAME] or "?"
        return cls(name if name != one.name else one.name, one.place, one.size, one.refusal or _refusal(one.name))


def _hidden(name: str) -> bool:
    return not leads_out(name) and any(step.startswith(".") and step != "." for step in name.split("/"))


def _refusal(name: str) -> str | None:
    if leads_out(name):
        return "has a name that leads out of its folder"
    if not harmless(name):
        return "has no name"
    if len(harmless(name)) > _LONGEST_NAME:
        return f"has a name of more than {_LONGEST_NAME} letters"
    if is_video(name):
        return "is a video inside an archive: unpack it first"
    return "is an archive inside an archive" if is_archive(name) else None
