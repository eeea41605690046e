"""Outputs that somebody else made: taken over instead of restored, after a look at their names and sizes.

This is the honest way to score a method that cannot be run here. The files are taken anew in every evaluation, so that
one that was mended or added counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.core.digest import sha256_file, sha256_value
from nlcl_bench.core.errors import ContractError, InputError
from nlcl_bench.core.images import decode, write_png

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from PIL import Image

__all__ = ["digest", "foreign", "take"]

_NAMED = 3


def digest(outputs: Mapping[str, Path]) -> str:
    """Return the digest of all files and of the images that they belong to.

    Raises:
        InputError: One cannot be read.
    """
    try:
        return sha256_value({image: sha256_file(path) for image, path in outputs.items()})
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", where=error.filename, fix="check that it is there, and its permissions"
        ) from error


def foreign(outputs: Mapping[str, Path], images: Collection[str]) -> str | None:
    """Say which outputs belong to no image of the split; None if all do."""
    strange = sorted(path.name for image, path in outputs.items() if image not in images)
    if not strange:
        return None
    named = ", ".join(strange[:_NAMED]) + (", ..." if len(strange) > _NAMED else "")
    return f"{len(strange)} outputs belong to no image of the split: {named}"


def take(outputs: Mapping[str, Path], image_id: str, rainy: Image.Image, into: Path) -> None:
    """Write the output that somebody made of a photograph as the PNG that is scored (protocol P1).

    Args:
        outputs: The files, by image.
        image_id: The image.
        rainy: The rainy photograph, decoded.
        into: The PNG to write; an earlier one does not survive a failure.

    Raises:
        ContractError: There is none, or it has another size.
        ImageError: It cannot be decoded.
        StorageError: The PNG cannot be written.
    """
    into.unlink(missing_ok=True)
    path = outputs.get(image_id)
    if path is None:
        raise ContractError("there is no output of this image", where=image_id, fix="add it to the folder")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ContractError(
            f"cannot be read: {error.strerror}", where=path.name, fix="check that it is there, and its permissions"
        ) from error
    output = decode(data, where=path.name)
    if output.size != rainy.size:
        sizes = "{}x{}, but the photograph {}x{}".format(*output.size, *rainy.size)
        raise ContractError(f"is {sizes}", where=path.name, fix="give outputs of the photographs' own size")
    write_png(output, into)
