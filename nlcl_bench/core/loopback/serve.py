"""Serving a page to the browser of the person who asked for it, on this machine only, until Ctrl-C."""

from __future__ import annotations

import secrets
import signal
import socket
import webbrowser
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import uvicorn

from nlcl_bench.core.errors import InputError
from nlcl_bench.core.loopback.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp

__all__ = ["listening", "serve_page"]

_LOOPBACK = "127.0.0.1"


def serve_page(
    app: ASGIApp, listener: socket.socket, *, name: str, what: str, open_browser: bool, say: Callable[[str], None]
) -> None:
    """Serve an application until Ctrl-C.

    Args:
        app: The application, without its guard.
        listener: From :func:`listening`.
        name: The command, a plain word.
        what: What is there to be done, for the line with the address.
        open_browser: Whether to open the page, too.
        say: Gets what the person should know, the address first, a line each.
    """
    number = int(listener.getsockname()[1])
    token = secrets.token_urlsafe(32)
    server = uvicorn.Server(_settings(guarded(app, port=number, token=token, name=name)))
    address = f"http://{_LOOPBACK}:{number}/?token={token}"
    with _ended_by_ctrl_c(server):
        say(f"{what} at {address}")
        say(f"Ctrl-C ends the {name}; what was decided is kept.")
        if open_browser:
            Thread(target=webbrowser.open, args=(address,), daemon=True).start()  # a browser in a terminal blocks
        server.run(sockets=[listener])


@contextmanager
def _ended_by_ctrl_c(server: uvicorn.Server) -> Iterator[None]:
    """Let Ctrl-C end the server from before it runs.

    Until it has its own handler, Ctrl-C would raise an exception wherever Python is, and one that is raised in a
    callback of the garbage collector is lost.
    """
    before = signal.signal(signal.SIGINT, server.handle_exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def listening(port: int) -> socket.socket:
    """Return a socket that takes connections already: who opens the page at once only waits.

    Args:
        port: The port; 0 takes a free one.

    Raises:
        InputError: The port is taken.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_LOOPBACK, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise InputError(
            f"port {port} cannot be used: {error.strerror or error}",
            where="--port",
            fix="choose another, or leave it out",
        ) from error
    return listener


def _settings(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )
