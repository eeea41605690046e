"""Keeping weight files: how each stands in the cache, and putting one there by hand."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Literal

from nlcl_bench.core.artifacts import locate
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import ArtifactError, InputError
from nlcl_bench.core.files import make_folder, writing
from nlcl_bench.core.pins import pin_of, record_pin

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.core.artifacts import Artifact

__all__ = ["Pinned", "Standing", "add", "pinned_by", "standing"]

Standing = Literal["present", "missing", "not pinned", "tampered with"]
Pinned = Literal["us", "you", "nobody"]


def pinned_by(artifact: Artifact) -> Pinned:
    """Say whose digest a file must have."""
    if artifact.sha256 is not None:
        return "us"
    return "you" if pin_of(artifact.path).is_file() else "nobody"


def standing(artifact: Artifact) -> Standing:
    """Hash a file of the cache, and say how it stands; a record that cannot be read vouches for nothing."""
    if not artifact.path.is_file():
        return "missing"
    if pinned_by(artifact) == "nobody":
        return "not pinned"
    try:
        locate(artifact)
    except ArtifactError:
        return "tampered with"
    return "present"


def add(artifact: Artifact, file: Path) -> Path:
    """Put a file into the cache as ``artifact``, and pin it if nobody else did.

    A file that we pin must have our digest. Any other is trusted from now on, as it is (trust on first use).

    Args:
        artifact: What the file is to be.
        file: The file; one that lies at its place in the cache already is pinned there.

    Returns:
        Its place in the cache.

    Raises:
        InputError: There is no such file.
        ArtifactError: It is not the pinned one, or it is installed with a package.
        StorageError: It cannot be written.
    """
    if artifact.packaged:
        raise ArtifactError("is installed with its package", where=artifact.name, fix=artifact.by_hand)
    if not file.is_file():
        raise InputError("no such file", where=file, fix="check the spelling")
    if artifact.path.exists() and artifact.path.samefile(file):
        found = _require(artifact, file, file)
    else:
        make_folder(artifact.path.parent)
        with writing(artifact.path) as part:
            shutil.copyfile(file, part)
            found = _require(artifact, part, file)  # what was copied, not what lay there before
    if artifact.sha256 is None:
        record_pin(artifact.path, found)
    return artifact.path


def _require(artifact: Artifact, copy: Path, file: Path) -> str:
    """Return the digest of a copy that may become the artifact; delete the copy of any other file."""
    found, wanted = sha256_file(copy), artifact.digest
    if wanted is None or found == wanted:
        return found
    if copy != file:
        copy.unlink()
    anew = f"if you trust this one instead, delete {pin_of(artifact.path)} first"
    way = artifact.by_hand if artifact.sha256 else anew
    raise ArtifactError(f"is not {artifact.name}: its sha256 is {found}, not {wanted}", where=file, fix=way)
