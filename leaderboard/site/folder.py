"""The site's folder: what a build wrote, by its digests, and nothing of an earlier one.

A method that was taken off a board must not stay there as a page that nobody links. So the list of an earlier build is
read before a new one is written, and what is on it alone is deleted. Files that no build wrote are left alone.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.files import copy_file, make_folder, write_texts

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LIST", "listed", "read_list", "write_site"]

LIST = "SHA256SUMS"
"""The list of a site's files, as ``sha256sum --check`` reads it."""

_MOST = 100_000_000  # bytes of a list that is read


def write_site(files: Iterable[tuple[str, str | Path]], into: Path) -> None:
    """Write the files of a site, delete what an earlier build wrote and this one did not, and list them.

    Args:
        files: Path from the site's folder, and a text, or the file to be copied unless it lies there already.
        into: The site's folder, which exists.

    Raises:
        StorageError: One cannot be read or written.
    """
    digests: dict[str, str] = {}
    for name, content in files:
        place = into / name
        make_folder(place.parent)
        if content == place:
            pass  # a picture, which was made where it belongs
        elif isinstance(content, Path):
            copy_file(content, place)
        else:
            write_texts({place.name: content}, place.parent)
        digests[name] = sha256_file(place)
    for name in sorted(listed(into) - digests.keys()):
        _delete(into, name)
    write_texts({LIST: "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))}, into)


def listed(site: Path) -> set[str]:
    """Return the files that the build of a site listed; none where it has no list.

    What would lie outside the folder is on no list that a build wrote, and is left out.
    """
    place = site / LIST
    if place.is_symlink() or not place.is_file() or place.stat().st_size > _MOST:
        return set()
    return set(read_list(place.read_text(encoding="utf-8", errors="replace")))


def read_list(text: str) -> dict[str, str]:
    """Return the digests of a list by names; what would lie outside the folder is left out."""
    pairs = [line.partition("  ") for line in text.splitlines()]
    return {name: digest for digest, _, name in pairs if name and _inside(PurePosixPath(name))}


def _inside(name: PurePosixPath) -> bool:
    return not name.is_absolute() and ".." not in name.parts


def _delete(into: Path, name: str) -> None:
    """Delete a file, and the folders that are empty then; whoever changed it to something else may keep that."""
    place = into / name
    if place.is_symlink() or not place.is_file() or not place.resolve().is_relative_to(into.resolve()):
        return
    place.unlink()
    with suppress(OSError):  # a folder that still holds something stays
        for folder in place.relative_to(into).parents:
            if folder != Path():
                (into / folder).rmdir()
