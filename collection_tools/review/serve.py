"""Review: serve the page to the browser of the person who asked for it, until they end it.

Before it comes :func:`collection_tools.curate.curate.curate`, which applies the decisions when it runs again.
"""

from __future__ import annotations

import secrets
import signal
import socket
import webbrowser
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

import uvicorn

from collection_tools.decisions import FILE_NAME
from collection_tools.review.app import build_app
from collection_tools.review.gallery import read_gallery
from collection_tools.review.guard import guarded
from collection_tools.review.journal import journal
from nlcl_bench.core.errors import InputError
from nlcl_bench.core.progress import Track, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Reviewed", "serve"]

_LOOPBACK = "127.0.0.1"


class Reviewed(NamedTuple):
    """What a review came to: how many decisions were made, and the list they stand in."""

    decisions: int
    file: Path


def serve(
    curated: Path, *, port: int = 0, open_browser: bool = True, say: Callable[[str], None], track: Track = silent
) -> Reviewed:
    """Serve the review page on this machine only, until Ctrl-C.

    Args:
        curated: A folder that :func:`collection_tools.curate.curate.curate` wrote.
        port: The port; 0 takes a free one.
        open_browser: Whether to open the page, too.
        say: Gets what the person should know, the address first, a line each.
        track: Shows how far reading the curation is.

    Raises:
        InputError: The port is taken, or the store is not where the curation says.
        ManifestError: The folder is not curated, or a manifest or the list of decisions is damaged.
        StorageError: Another review of the store is open, or the store is read-only.
    """
    gallery = read_gallery(curated, track=track)
    with journal(gallery.store) as decisions, _listening(port) as listener:
        number = int(listener.getsockname()[1])
        token = secrets.token_urlsafe(32)
        server = uvicorn.Server(_settings(guarded(build_app(gallery, decisions), port=number, token=token)))
        address = f"http://{_LOOPBACK}:{number}/?token={token}"
        with _ended_by_ctrl_c(server):
            say(f"{len(gallery.photos)} photographs to review at {address}")
            say("Ctrl-C ends the review; what was decided is kept.")
            if open_browser:
                Thread(target=webbrowser.open, args=(address,), daemon=True).start()  # a browser in a terminal blocks
            server.run(sockets=[listener])
    return Reviewed(decisions.made, gallery.store / FILE_NAME)


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


def _listening(port: int) -> socket.socket:
    """Return a socket that takes connections already: who opens the page at once only waits."""
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
