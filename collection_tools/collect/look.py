"""A file and its rain-free twin, looked at once: what they hold goes into the store's objects, what was seen is told.

This is the long part of collecting. It depends on nothing that other files change, so that processes and machines can
share it; :mod:`collection_tools.collect.fold` then brings in order what they saw.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from collection_tools.collect.exif import read_capture
from collection_tools.collect.found import Found
from collection_tools.collect.sources import sources_on_disk
from collection_tools.collect.store import Collected, FileName, object_path, write_object
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.images import decode, pixel_digest
from nlcl_bench.core.kinds import kind_of
from nlcl_bench.data.record import Digest, Rights, Row, Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from collection_tools.collect.sources import Stated
    from collection_tools.collect.twins import Twins
    from nlcl_bench.data.record import Domain

__all__ = ["Look", "Looked", "Task", "look", "task"]

_LONGEST_REASON = 2000


class Task(NamedTuple):
    """One file to look at, and its twin; it can be sent to another process.

    Attributes:
        found: The file.
        rights: Who may do what with it; None if it is left alone.
        twin: Its rain-free twin, if one was found.
        twin_rights: Who may do what with that.
        wanted: Whether it is to have a twin.
        domain: Whether it rains in it.
    """

    found: Found
    rights: Rights | None
    twin: Found | None
    twin_rights: Rights | None
    wanted: bool
    domain: Domain


class Looked(Row):
    """What was seen of one file.

    Attributes:
        names: The file's name in the manifest, and that of the archive it lies in.
        sha256: Digest of its bytes; None where they could not be read.
        refusal: Why it cannot be used; None if it can.
        rights: Who may do what with it.
        photograph: Its row; None if it cannot be used, or was not decoded because its bytes were in the store.
    """

    names: tuple[FileName, ...]
    sha256: Digest | None = None
    refusal: Text | None = None
    rights: Rights | None = None
    photograph: Collected | None = None


class Look(Row):
    """What was seen of one file and its twin.

    Attributes:
        ordinal: The place of the file in the walk through all sources, the first being 0.
        one: The file.
        twin: Its rain-free twin; None if there is none, or it was not looked at.
        wanted: Whether it is to have a twin.
        domain: Whether it rains in it.
    """

    ordinal: int
    one: Looked
    twin: Looked | None
    wanted: bool
    domain: Text


def task(found: Found, twins: Twins, given: Stated, domain: Domain) -> Task:
    """Make a task of a file: its rights and its twin are found here, what lies in an archive is unpacked.

    Raises:
        InputError: A ``sources.toml`` is not valid, a licence is stated but no author, or a rain-free photograph
            has a twin.
    """
    if found.twin is not None and domain == "clean":
        raise InputError("pairs need rainy photographs", where=found.root, fix="leave its column clean empty")
    wanted = found.refusal is None and twins.wanted(found)
    twin = twins.of(found) if wanted else None
    return Task(_unpacked(found), _rights(found, given), twin and _unpacked(twin), _rights(twin, given), wanted, domain)


def _rights(found: Found | None, given: Stated) -> Rights | None:
    return None if found is None or found.refusal is not None else found.rights(given)


def _unpacked(found: Found) -> Found:
    """Return a file with its bytes in place of the archive that they lie in."""
    if found.unpack is None:
        return Found(found.path, found.root, found.refusal)
    bare = replace(found, unpack=None, sources=sources_on_disk, twin=None)
    if found.refusal is not None:
        return bare
    try:
        return replace(bare, data=found.read())
    except ImageError as error:
        return replace(bare, refusal=error.what)


def look(numbered: tuple[int, Task], *, store: Path, withdrawn: Mapping[str, str], afresh: bool) -> Look:
    """Look at a file, and at its twin; their bytes lie in the store when this returns.

    Args:
        numbered: The file's place in the walk, and the task.
        store: The store.
        withdrawn: Why photographs were taken back, by the digests of their bytes and pictures.
        afresh: Whether to decode even what the store holds already.

    Raises:
        StorageError: The store cannot be written.
    """
    ordinal, wanted = numbered
    one = _looked(wanted.found, wanted.rights, wanted.domain, store, withdrawn, afresh=afresh)
    twin = None
    if wanted.twin is not None and one.photograph is not None:
        twin = _looked(wanted.twin, wanted.twin_rights, "clean", store, withdrawn, afresh=True)
    return Look(ordinal=ordinal, one=one, twin=twin, wanted=wanted.wanted, domain=wanted.domain)


def _looked(
    found: Found, rights: Rights | None, domain: Domain, store: Path, withdrawn: Mapping[str, str], *, afresh: bool
) -> Looked:
    sha256 = None
    names = tuple(found.names())
    try:
        data = found.read()
        sha256 = sha256_bytes(data)
        _refuse_withdrawn(sha256, withdrawn)
        kind = kind_of(data)
        if rights is None or (not afresh and kind is not None and object_path(store, sha256, kind).exists()):
            return Looked(names=names, sha256=sha256, rights=rights)
        photograph = _photograph(found, data, sha256, domain, rights)
        _refuse_withdrawn(photograph.pixels, withdrawn)
    except ImageError as error:
        return Looked(names=names, sha256=sha256, refusal=error.what[:_LONGEST_REASON], rights=rights)
    write_object(store, photograph, data)
    return Looked(names=names, sha256=sha256, rights=rights, photograph=photograph)


def _refuse_withdrawn(digest: str, withdrawn: Mapping[str, str]) -> None:
    if digest in withdrawn:
        raise ImageError(f"was withdrawn: {withdrawn[digest]}")


def _photograph(found: Found, data: bytes, sha256: str, domain: Domain, rights: Rights) -> Collected:
    image = decode(data, where=found.path)
    kind = kind_of(data)
    if kind is None:  # what is decoded has a kind
        raise ImageError("is not an image we can read")
    return Collected(
        sha256=sha256,
        pixels=pixel_digest(image),
        file=found.file,
        format=kind,
        bytes=len(data),
        width=image.width,
        height=image.height,
        domain=domain,
        capture=read_capture(data),
        rights=rights,
        frame=found.frame,
        estimate=found.estimate,
    )
