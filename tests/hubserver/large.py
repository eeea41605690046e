"""Large files: whether a repository holds one, be it from Git-LFS or from what the Xet client left in its store."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hubserver.disk import git_oid

if TYPE_CHECKING:
    from hubserver.hub import Hub
    from hubserver.repos import Repo


def pointer(sha256: str, size: int) -> bytes:
    """Return the text that git keeps in place of a large file."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n".encode()


def held(hub: Hub, repo: Repo, sha256: str) -> dict[str, Any] | None:
    """Return the entry of a large file that was uploaded; one that came by Xet is put together first."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        return None
    path, upload = repo.lfs(sha256), hub.xet.find(sha256)
    if not path.exists() and upload:
        hub.disk.receive(path, hub.xet.blocks(upload), sha256, None)
    if not path.exists():
        return None
    size = path.stat().st_size
    entry = {"oid": git_oid(pointer(sha256, size)), "size": size, "lfs": sha256}
    return entry | ({"xet": upload.hash} if upload else {})
