"""The door of the server: only the browser that was opened with the token gets in, and only from our own page.

Other users of the machine do not know the token. Other sites do not have the cookie (it is strict), may not read
(same-origin policies), cannot post (origin and header), and cannot pretend to be us under a name of their own that
they point at 127.0.0.1 (the Host header).
"""

from __future__ import annotations

from secrets import compare_digest
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["guarded"]

_SECURITY = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def guarded(app: ASGIApp, *, port: int, token: str, name: str) -> ASGIApp:
    """Return an application that lets nobody in who does not know the token.

    ``/?token=...`` turns the token into a cookie. Every POST must carry a header, ``x-nlcl-NAME``: no form and no other
    site can send it.

    Args:
        app: The application.
        port: The port that it listens to.
        token: What has to be known.
        name: The command that serves it, a plain word.
    """
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
    cookie = f"nlcl-{name}-{port}"  # browsers share cookies between ports

    def answer(request: Request) -> Response | None:
        """Return the answer for a request that may not pass, or need not."""
        host = request.headers.get("host", "")
        if host not in hosts:
            return _refused("this name is not ours")
        if request.url.path == "/" and "token" in request.query_params:
            return _admitted(cookie, token) if _same(request.query_params["token"], token) else _refused("wrong token")
        if not _same(request.cookies.get(cookie, ""), token):
            return _refused(f"open the address that `nlcl-bench {name}` printed")
        if request.method not in {"GET", "HEAD"} and not _own(request, host, f"x-nlcl-{name}"):
            return _refused("only the page itself may do that")
        return None

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SECURITY)
            await send(message)

        await (answer(Request(scope)) or app)(scope, receive, secured)

    return guard


def _own(request: Request, host: str, header: str) -> bool:
    return request.headers.get("origin") == f"http://{host}" and header in request.headers


def _same(given: str, token: str) -> bool:
    return compare_digest(given.encode(), token.encode())


def _admitted(cookie: str, token: str) -> Response:
    response = RedirectResponse("/", status_code=303)
    response.set_cookie(cookie, token, httponly=True, samesite="strict", path="/")
    return response


def _refused(why: str) -> Response:
    return PlainTextResponse(f"Refused: {why}.\n", status_code=403)
