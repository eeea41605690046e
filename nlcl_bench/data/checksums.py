"""``SHA256SUMS``: the digests of all other files of a release, as ``sha256sum --check`` reads them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import ManifestError
from nlcl_bench.core.files import writing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["CHECKSUMS", "read_checksums", "write_checksums"]

CHECKSUMS = "SHA256SUMS"

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_LONGEST = 64_000_000


def write_checksums(folder: Path, digests: Mapping[str, str]) -> None:
    """Write the digests of files, sorted by name.

    Args:
        folder: The release.
        digests: SHA-256 by name below the folder.

    Raises:
        StorageError: It cannot be written.
    """
    with writing(folder / CHECKSUMS) as part:
        part.write_text("".join(f"{digests[name]}  {name}\n" for name in sorted(digests)), encoding="utf-8")


def read_checksums(path: Path) -> dict[str, str]:
    """Return the digests by name.

    Raises:
        ManifestError: It cannot be read, a line is none, or one names a file outside of the folder.
    """
    try:
        if path.stat().st_size > _LONGEST:
            raise ManifestError("is too long for checksums", where=path, fix="fetch or make the release again")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ManifestError("cannot be read", where=path, fix="fetch or make the release again") from error
    digests: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line)
        if found is None or found[2] in digests:
            raise ManifestError(
                f"line {number} is no checksum, or its file comes twice", where=path, fix="make it again"
            )
        if not _stays_inside(found[2]):
            raise ManifestError(f"line {number} names a file outside of the folder", where=path, fix="do not trust it")
        digests[found[2]] = found[1]
    return digests


def _stays_inside(name: str) -> bool:
    r"""Whether a name is a plain path below a folder.

    >>> [_stays_inside(name) for name in ("a/b.parquet", "../b", "/b", "a//b", "C:/b", "a\\b")]
    [True, False, False, False, False, False]
    """
    path = PurePosixPath(name)
    return (
        path.as_posix() == name
        and not path.is_absolute()
        and name.isprintable()
        and not {"..", "."} & set(path.parts)
        and not set("\\\\:") & set(name)
    )
