"""What the server answers: a reply, or a refusal with the Hub's error headers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Slice:
    """A stretch of a file, sent block by block."""

    path: Path
    start: int
    length: int


@dataclass
class Reply:
    """An answer; the body is bytes or a stretch of a file."""

    body: bytes | Slice = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Return the number of bytes of the body."""
        return self.body.length if isinstance(self.body, Slice) else len(self.body)


class RefusedError(Exception):
    """A request that is answered with an error; `code` is the Hub's machine-readable one."""

    def __init__(self, status: int, message: str, code: str | None = None, **headers: str):
        super().__init__(message)
        self.status, self.message, self.code, self.headers = status, message, code, headers

    def reply(self) -> Reply:
        """Return the answer that says so in the Hub's way."""
        headers = {"X-Error-Message": self.message, **{k.replace("_", "-"): v for k, v in self.headers.items()}}
        if self.code:
            headers["X-Error-Code"] = self.code
        return as_json({"error": self.message}, self.status, headers)


def as_json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """Return a value as a JSON reply."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Reply(json.dumps(value).encode(), status, {**kind, **(headers or {})})
