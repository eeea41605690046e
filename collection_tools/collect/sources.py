"""Who may do what with a photograph: said on the command line, or in a ``sources.toml`` beside the photographs.

::

    licence = "CC-BY-4.0"                 # an SPDX expression; LicenseRef-… for terms without an id
    author = "Ada Example"
    source = "https://example.org/rain"   # where it was published before
    consent = "No people in the pictures"

    [files."phone/*.jpg"]                 # the same keys, for the files of this folder that match
    author = "Bob Example"

Such a file speaks for its folder and all below. For every key the nearest file wins, inside one file the last
table that matches, and the command line gives what no file says.
"""

from __future__ import annotations

import tomllib
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.licenses import canonicalize_license_expression
from pydantic import Field, ValidationError, field_validator

from nlcl_bench.core.errors import InputError
from nlcl_bench.data.record import Rights, Row, Text, first_problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["SAID_NOTHING", "SOURCES_FILE", "UNKNOWN_LICENCE", "Stated", "rights_of", "sources_on_disk", "state"]

SOURCES_FILE = "sources.toml"

UNKNOWN_LICENCE = "NOASSERTION"
"""SPDX's word for a licence that nobody stated; a release refuses it."""

_UNKNOWN_AUTHOR = "unknown"


class Stated(Row):
    """What somebody states about photographs; None where nothing is said."""

    licence: Text | None = None
    author: Text | None = None
    source: Text | None = None
    consent: Text | None = None

    @field_validator("licence")
    @classmethod
    def _spdx(cls, licence: str | None) -> str | None:
        if licence is None or licence == UNKNOWN_LICENCE:
            return licence
        return canonicalize_license_expression(licence)

    @field_validator("author")
    @classmethod
    def _named(cls, author: str | None) -> str | None:
        if author is not None and not author.strip():
            raise ValueError("is empty")
        return author


SAID_NOTHING = Stated()


class _SourcesFile(Stated):
    files: dict[Text, Stated] = Field(default_factory=dict)


def state(*, licence: str | None, author: str | None, source: str | None, consent: str | None) -> Stated:
    """Return what the command line states.

    Raises:
        InputError: The licence is no SPDX expression, or a text is too long.
    """
    try:
        return Stated(licence=licence, author=author, source=source, consent=consent)
    except ValidationError as error:
        raise _invalid(error, "command line") from error


def _invalid(error: ValidationError, where: str | Path) -> InputError:
    return InputError(
        first_problem(error),
        where=where,
        fix="write an SPDX id such as CC-BY-4.0, CC0-1.0 or LicenseRef-own-terms; keys: licence, author, source, "
        "consent, files",
    )


def sources_on_disk(file: Path) -> bytes | None:
    """Return what is written in a ``sources.toml``, None if there is none.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=file, fix="correct or remove it") from error


def rights_of(
    path: Path,
    root: Path,
    given: Stated,
    *,
    own: Stated = SAID_NOTHING,
    sources: Callable[[Path], bytes | None] = sources_on_disk,
) -> Rights:
    """Return the rights of one photograph.

    Args:
        path: The photograph.
        root: The folder or archive that was given; nothing above it speaks.
        given: What the command line states.
        own: What is said of this very photograph; it wins over all else.
        sources: Gives the bytes of a ``sources.toml``, None if there is none.

    Raises:
        InputError: A ``sources.toml`` is not valid, or a licence is stated but no author.
    """
    said: dict[str, str] = given.model_dump(exclude_none=True)
    folders = [folder for folder in (path.parent, *path.parent.parents) if folder.is_relative_to(root)]
    for folder in reversed(folders):
        text = sources(folder / SOURCES_FILE)
        if text is not None:
            said |= _said_in(folder / SOURCES_FILE, text, path.relative_to(folder).as_posix())
    said |= own.model_dump(exclude_none=True)
    said.setdefault("licence", UNKNOWN_LICENCE)
    if said["licence"] == UNKNOWN_LICENCE:
        said.setdefault("author", _UNKNOWN_AUTHOR)
    if "author" not in said:
        raise InputError(
            f"has the licence {said['licence']} but no author to name",
            where=path,
            fix=f"give --author NAME, or write author in {root / SOURCES_FILE}",
        )
    return Rights.model_validate(said)


def _said_in(file: Path, text: bytes, name: str) -> dict[str, str]:
    stated = _parsed(file, text)
    said: dict[str, str] = stated.model_dump(exclude_none=True, exclude={"files"})
    for pattern, nearer in stated.files.items():
        if fnmatchcase(name, pattern):
            said |= nearer.model_dump(exclude_none=True)
    return said


@lru_cache(maxsize=64)
def _parsed(file: Path, text: bytes) -> _SourcesFile:
    try:
        return _SourcesFile.model_validate(tomllib.loads(text.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"is no TOML: {error}", where=file, fix="correct or remove it") from error
    except ValidationError as error:
        raise _invalid(error, file) from error
