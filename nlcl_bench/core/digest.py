"""Digests: the names by which stages recognise files, values and images."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["sha256_bytes", "sha256_file", "sha256_lines", "sha256_value"]


def sha256_bytes(data: bytes) -> str:
    """Return the hexadecimal SHA-256 of some bytes.

    >>> sha256_bytes(b"rain")[:12]
    '319b44c570a4'
    """
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file, read in blocks.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_value(value: Any) -> str:
    """Return the SHA-256 of a JSON value, independent of key order and white space.

    >>> sha256_value({"a": 1, "b": 2}) == sha256_value({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return sha256_bytes(text.encode())


def sha256_lines(lines: Iterable[str]) -> str:
    """Return the SHA-256 of many lines without holding them in memory."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()
