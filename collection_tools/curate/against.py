"""Known test sets, as lists of what their pictures look like: what is in one must not be collected for training.

A list is one Parquet file, made by ``nlcl-bench fingerprint`` from the set itself. It holds no picture that anybody
could look at, so it can be passed on where the set cannot.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from collection_tools.curate.duplicates import Looks, alike_to
from collection_tools.curate.looks import appearance, averaged
from nlcl_bench.core.errors import ImageError, InputError
from nlcl_bench.core.files import existing_folder
from nlcl_bench.core.images import decode_file, photographs_in, pixel_digest
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Digest, Row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from collection_tools.curate.recipe import Scenes

__all__ = ["Fingerprint", "fingerprint", "leaks", "looks_of", "read_fingerprints"]


class Fingerprint(Row):
    """One picture of a known set.

    Attributes:
        name: The set and the file in it.
        pixels: Digest of the upright sRGB picture.
        hash: Perceptual hash, 64 bits in hexadecimal digits.
        thumbnail: float16 ``(256,)`` in base 64; see :class:`collection_tools.curate.looks.Appearance`.
    """

    name: Annotated[str, Field(max_length=4096)]
    pixels: Digest
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    thumbnail: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{683}=$")]


def fingerprint(folder: Path, into: Path, *, track: Track = silent) -> tuple[int, list[str]]:
    """Write the list of a folder's pictures.

    Args:
        folder: The set; searched deeply.
        into: The list, a ``.parquet`` file.
        track: Shows how far it is.

    Returns:
        How many pictures there are, and the files that are none, with the reason.

    Raises:
        InputError: The folder does not exist, holds no picture, or the list is to have another ending.
        StorageError: The list cannot be written.
    """
    if into.suffix != ".parquet":
        raise InputError("must end in .parquet", where=into, fix="write --into NAME.parquet")
    paths = photographs_in(existing_folder(folder))
    rows, problems = [], []
    for path in track(paths, what="fingerprint", total=len(paths)):
        try:
            rows.append(_fingerprint(path, folder))
        except ImageError as error:
            problems.append(str(error))
    if not rows:
        raise InputError("holds no picture that can be read", where=folder, fix="give the folder of the set")
    manifest.write_part(rows, Fingerprint, into)
    return len(rows), problems


def _fingerprint(path: Path, folder: Path) -> Fingerprint:
    image = decode_file(path)
    return Fingerprint(
        name=f"{folder.resolve().name}/{path.relative_to(folder).as_posix()}"[:4096],
        pixels=pixel_digest(image),
        **appearance(averaged(image))._asdict(),
    )


def read_fingerprints(lists: Sequence[Path]) -> list[Fingerprint]:
    """Return the pictures of some lists.

    Raises:
        InputError: A list does not exist.
        ManifestError: One is damaged, or no list.
    """
    for path in lists:
        if not path.is_file():
            raise InputError("no such list", where=path, fix="make it with nlcl-bench fingerprint")
    return [row for path in lists for row in manifest.read_part(path, Fingerprint)]


def looks_of(hashes: Sequence[str], thumbnails: Sequence[str]) -> Looks:
    """Return what pictures look like, as arrays, from what is written of them."""
    both = zip(hashes, thumbnails, strict=True)
    rows = [(bytes.fromhex(one), base64.b64decode(other)) for one, other in both]
    return Looks(
        np.frombuffer(b"".join(row[0] for row in rows), np.uint8).reshape(-1, 8),
        np.frombuffer(b"".join(row[1] for row in rows), np.float16).reshape(-1, 256),
    )


def leaks(
    names: Sequence[str], pixels: Sequence[str], looks: Looks, known: Sequence[Fingerprint], limits: Scenes
) -> dict[str, str]:
    """Return which pictures are, or show the scene of, one of a known set, and which.

    Args:
        names: The pictures.
        pixels: Their digests.
        looks: What they look like.
        known: The pictures of the known sets.
        limits: When two pictures show one scene.
    """
    if not known or not names:
        return {}
    others = looks_of([one.hash for one in known], [one.thumbnail for one in known])
    found = alike_to(looks, others, radius=limits.hamming_radius, correlation=limits.correlation)
    of = {names[first]: known[second].name for first, second in reversed(found.pairs.tolist())}
    same = {one.pixels: one.name for one in reversed(known)}
    return of | {name: same[digest] for name, digest in zip(names, pixels, strict=True) if digest in same}
