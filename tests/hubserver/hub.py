"""All that a running server knows: the disk, the accounts, the repositories, the faults and the trace."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubserver.accounts import Accounts
from hubserver.disk import Disk
from hubserver.faults import Faults
from hubserver.repos import Repos
from hubserver.trace import Trace
from hubserver.xet import Xet

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes: from where on uploads come in parts, how large a part is; and entries on a page of a listing."""

    multipart_above: int = 64 << 20
    part: int = 16 << 20
    page: int = 1000


class Hub:
    """The state that all requests share."""

    def __init__(self, root: Path, limits: Limits):
        self.root, self.limits = root.resolve(), limits
        self.disk = Disk(self.root)
        self.accounts = Accounts(self.disk)
        self.repos = Repos(self.disk)
        self.faults = Faults()
        self.trace = Trace(self.root / "trace.jsonl")
        self.xet = Xet(self.root / "xet")
        self.secret = secrets.token_hex()

    def signature(self, text: str) -> str:
        """Return what an upload address carries in place of a token."""
        return hashlib.sha256(f"{self.secret}{text}".encode()).hexdigest()[:32]
