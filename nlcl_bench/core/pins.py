"""The user's own pins: which bytes a weight file had when it was put into the cache.

Some publishers name no SHA-256. Such a file is trusted on first use: its digest is recorded in a small JSON file beside
it, and from then on only those bytes are opened. That says that the file is still the one that was trusted, not that it
was the right one; whoever can write into the cache can change the record too.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.core.files import writing

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["pin_of", "record_pin", "recorded"]

_DIGEST = re.compile(r"[0-9a-f]{64}")


def pin_of(file: Path) -> Path:
    """Return where the pin of a file lies.

    >>> from pathlib import Path
    >>> pin_of(Path("metrics/model.mat")).name
    'model.mat.pin.json'
    """
    return file.with_name(f"{file.name}.pin.json")


def recorded(file: Path) -> str | None:
    """Return the SHA-256 that was recorded for a file, or None if none was.

    Raises:
        ArtifactError: The record cannot be read.
    """
    pin = pin_of(file)
    if not pin.is_file():
        return None
    try:
        digest = json.loads(pin.read_bytes())["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError("is no record of a digest", where=pin, fix="delete it and add the file again") from error
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ArtifactError("records no SHA-256", where=pin, fix="delete it and add the file again")
    return digest


def record_pin(file: Path, digest: str) -> None:
    """Record the SHA-256 that a file has now.

    Raises:
        StorageError: The record cannot be written.
    """
    with writing(pin_of(file)) as part:
        part.write_text(json.dumps({"file": file.name, "sha256": digest}, indent=2) + "\n", encoding="utf-8")
