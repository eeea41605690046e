"""HTTP: reads a request, lets it go wrong if a fault says so, has it answered, and writes the trace."""

from __future__ import annotations

import os
import signal
import socket
import time
import uuid
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from hubserver.commits import somebody_else_commits
from hubserver.control import control
from hubserver.disk import blocks_of
from hubserver.replies import RefusedError, Reply, Slice
from hubserver.requests import Body, Request
from hubserver.routing import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hubserver.faults import Fault
    from hubserver.hub import Hub


class Server(ThreadingHTTPServer):
    """A server that knows its hub."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], hub: Hub):
        self.hub = hub
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what went wrong, except that a client went away."""
        import sys

        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class DroppedError(Exception):
    """The connection is to be closed without more words."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "hubserver"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Keep quiet; the trace says all."""

    def answer(self) -> None:
        """Answer one request, whatever its method."""
        self.fault: Fault | None = None
        self.sent, self.over = 0, False
        split = urlsplit(self.path)
        body = Body(self.rfile, self.headers, self._watch)
        query = dict(parse_qsl(split.query, keep_blank_values=True))
        base = f"http://{self.headers.get('Host', '127.0.0.1')}"
        request = Request(self.command, split.path, query, self.headers, body, base)
        if split.path.startswith("/__control__/"):
            self._send(request, control(self.server.hub, request))
        else:
            self._traced(request)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - named by the base class

    def _traced(self, request: Request) -> None:
        hub, begun = self.server.hub, time.monotonic()
        hub.trace.begin()
        line: dict[str, Any] = {"method": self.command, "path": request.path, "query": request.query, "status": None}
        try:
            self.fault = hub.faults.strike(f"{self.command} {self.path}")
            reply = self._answered(request)
            line["status"] = reply.status
            self._send(request, reply)
        except DroppedError:
            self.close_connection = True
            with suppress(OSError):  # the client may have gone first
                self.connection.shutdown(socket.SHUT_RDWR)
        finally:
            line |= {"user": request.caller.name, "range": self.headers.get("Range")}
            line |= {"received": request.body.received, "sent": self.sent, "seconds": time.monotonic() - begun}
            hub.trace.end(line | {"fault": self.fault.kind if self.fault else None})

    def _answered(self, request: Request) -> Reply:
        hub, kind = self.server.hub, self.fault.kind if self.fault else None
        if kind == "slow":
            time.sleep(self.fault.delay)
        if kind == "status":
            return RefusedError(self.fault.status or 503, "A fault was asked for").reply()
        try:
            if kind == "expire":
                hub.accounts.expire(self.headers.get("Authorization", "").removeprefix("Bearer "))
            request.caller = hub.accounts.caller(self.headers.get("Authorization"))
            if kind == "stale":
                somebody_else_commits(hub, request, self.fault.path)
            reply = answer(hub, request)
        except RefusedError as refused:
            reply = refused.reply()
        if kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "lose-reply":
            raise DroppedError
        return reply

    def _watch(self, received: int, size: int) -> None:
        """Let a fault strike while the request's body comes in."""
        fault = self.fault
        if fault is None or self.over:
            return
        if fault.kind == "slow":
            time.sleep(size / fault.rate)
        if received < (fault.after or 0):
            return
        if fault.kind == "drop-request":
            raise DroppedError
        if fault.kind == "full":
            self.over = True
            raise RefusedError(fault.status or 507, "No space left on device")
        if fault.kind == "kill" and fault.after is not None:
            os.kill(os.getpid(), signal.SIGKILL)

    def _send(self, request: Request, reply: Reply) -> None:
        for _ in request.body:
            pass  # a connection that is kept must be read to the end of the request
        self.send_response(reply.status)
        for name, value in (self._usual(reply) | reply.headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            for block in self._blocks(reply):
                self._write(block)
        self.wfile.flush()

    def _usual(self, reply: Reply) -> dict[str, str]:
        return {"Content-Length": str(reply.length), "X-Request-Id": uuid.uuid4().hex}

    def _blocks(self, reply: Reply) -> Iterator[bytes]:
        if isinstance(reply.body, Slice):
            yield from blocks_of(reply.body.path, reply.body.start, reply.body.length)
        elif reply.body:
            yield reply.body

    def _write(self, block: bytes) -> None:
        fault = self.fault
        if fault and fault.kind == "drop-reply" and self.sent + len(block) > (fault.after or 0):
            part = block[: (fault.after or 0) - self.sent]
            self.wfile.write(part)
            self.wfile.flush()
            self.sent += len(part)
            raise DroppedError
        if fault and fault.kind == "slow":
            self._trickle(block, fault.rate)
        else:
            self.wfile.write(block)
        self.sent += len(block)

    def _trickle(self, block: bytes, rate: int) -> None:
        step = max(1, rate // 20)
        for start in range(0, len(block), step):
            self.wfile.write(block[start : start + step])
            self.wfile.flush()
            time.sleep(min(step, len(block) - start) / rate)
