"""A request as the routes see it: who asks for what, and a body that is read block by block."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from hubserver.accounts import Caller
from hubserver.disk import BLOCK
from hubserver.replies import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import Message


class Body:
    """The body of a request, of announced length or in chunks; `watch` is told how much has come with each block."""

    def __init__(self, stream: BinaryIO, headers: Message, watch: Callable[[int, int], None]):
        self.stream, self.watch, self.received = stream, watch, 0
        self.chunked = "chunked" in headers.get("Transfer-Encoding", "")
        self.left = 0 if self.chunked else int(headers.get("Content-Length") or 0)
        self.ended = not self.chunked

    def __iter__(self) -> Iterator[bytes]:
        """Yield what has not been read yet."""
        while self.left or self._next_chunk():
            block = self.stream.read1(min(BLOCK, self.left))
            if not block:
                raise ConnectionResetError("the client went away in the middle of a body")
            self.left -= len(block)
            self.received += len(block)
            if self.chunked and not self.left:
                self.stream.readline()
            self.watch(self.received, len(block))
            yield block

    def _next_chunk(self) -> bool:
        if self.ended:
            return False
        self.left = int(self.stream.readline().split(b";")[0] or b"0", 16)
        self.ended = self.left == 0
        if self.ended:
            while self.stream.readline().strip():
                pass
        return not self.ended

    def read(self) -> bytes:
        """Return all that has not been read yet."""
        return b"".join(self)

    def json(self) -> Any:
        """Return the body as JSON, an empty one as an empty object.

        Raises:
            RefusedError: it is no JSON.
        """
        data = self.read()
        try:
            return json.loads(data) if data else {}
        except ValueError as error:
            raise RefusedError(400, f"Invalid JSON: {error}") from error


@dataclass
class Request:
    """A request; `parts` are the named parts of the route, unquoted."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: Body
    base: str
    caller: Caller = field(default_factory=Caller)
    parts: dict[str, str] = field(default_factory=dict)
