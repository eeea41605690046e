"""Faults on demand: which requests go wrong, in which way, and how often.

kind            what happens to a request that matches
`status`        it is answered with `status` (503 unless said) and not done
`drop-request`  the connection is closed after `after` bytes of the request's body
`drop-reply`    the connection is closed after `after` bytes of the answer's body
`lose-reply`    it is done, then the connection is closed without an answer
`slow`          both bodies go at `rate` bytes per second, after `delay` seconds
`stale`         somebody else commits the file `path` (a new one unless said) to the branch first
`expire`        its token has expired from now on
`full`          the disk is full: blobs are refused with `status` (507 unless said) after `after` bytes
`kill`          the server kills itself (SIGKILL) after `after` bytes of the body or, without `after`, before the answer
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Any

KINDS = ("status", "drop-request", "drop-reply", "lose-reply", "slow", "stale", "expire", "full", "kill")
# what these kinds are about unless a match is given: where bytes are stored, and requests that carry a token
USUAL = {"full": "^PUT /lfs/|/commit/", "expire": "^(?!PUT /lfs/|POST /lfs/)"}


@dataclass
class Fault:
    """A fault; `match` is searched in "METHOD /path?query". The first `skip` matches pass, then `times` go wrong."""

    kind: str
    match: str = ""
    times: int | None = 1
    skip: int = 0
    status: int | None = None
    after: int | None = None
    rate: int = 1 << 16
    delay: float = 0.0
    path: str = ""
    seen: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        """Refuse kinds that do not exist, so that no test believes in a fault that never happens."""
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}; there are {', '.join(KINDS)}")
        self.match = self.match or USUAL.get(self.kind, "")

    def strikes(self, line: str) -> bool:
        """Say whether it strikes this request, and count."""
        if not re.search(self.match, line):
            return False
        self.seen += 1
        if self.seen <= self.skip or (self.times is not None and self.struck >= self.times):
            return False
        self.struck += 1
        return True


@dataclass
class Faults:
    """The faults that are set, in order; the first that strikes counts."""

    rules: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **what: Any) -> None:
        """Set a fault."""
        with self.lock:
            self.rules.append(Fault(**what))

    def clear(self) -> None:
        """Take all faults away."""
        with self.lock:
            self.rules.clear()

    def strike(self, line: str) -> Fault | None:
        """Return the fault that strikes a request."""
        with self.lock:
            return next((rule for rule in self.rules if rule.strikes(line)), None)
