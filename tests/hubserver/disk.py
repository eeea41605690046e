"""Bytes on disk: everything is written to a temporary file and renamed, so that a kill leaves nothing half done."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hubserver.replies import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

BLOCK = 1 << 18


class Disk:
    """A folder with a corner for what is still arriving, emptied at every start."""

    def __init__(self, root: Path):
        self.root = root
        self.incoming = root / "incoming"
        shutil.rmtree(self.incoming, ignore_errors=True)
        self.incoming.mkdir(parents=True)

    @contextmanager
    def writing(self, target: Path) -> Iterator[Path]:
        """Give a temporary path that becomes `target` when the block ends well; a full disk is answered with 507."""
        temporary = self.incoming / uuid.uuid4().hex
        try:
            yield temporary
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(target)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise RefusedError(507, "No space left on device") from error
            raise
        finally:
            temporary.unlink(missing_ok=True)

    def save(self, target: Path, value: Any) -> None:
        """Write a value as JSON."""
        with self.writing(target) as temporary:
            temporary.write_text(json.dumps(value, indent=1))

    def receive(self, target: Path, blocks: Iterable[bytes], sha256: str, size: int | None) -> None:
        """Write blocks of bytes, and keep them only if they are what was announced."""
        digest, length = hashlib.sha256(), 0
        with self.writing(target) as temporary:
            with temporary.open("wb") as stream:
                for block in blocks:
                    stream.write(block)
                    digest.update(block)
                    length += len(block)
            if digest.hexdigest() != sha256 or size not in {None, length}:
                raise RefusedError(400, f"The bytes of {sha256} are not those announced")


def load(path: Path) -> Any:
    """Return the JSON value of a file."""
    return json.loads(path.read_text())


def blocks_of(path: Path, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Yield a stretch of a file block by block."""
    left = path.stat().st_size - start if length is None else length
    with path.open("rb") as stream:
        stream.seek(start)
        while left > 0 and (block := stream.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def git_oid(data: bytes) -> str:
    """Return the name that git gives to a blob.

    >>> git_oid(b"")
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
