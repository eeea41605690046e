"""From a method and a path to the function that answers, and the questions of access that routes share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from hubserver.replies import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hubserver.accounts import Caller
    from hubserver.hub import Hub
    from hubserver.replies import Reply
    from hubserver.repos import Repo
    from hubserver.requests import Request

    Route = Callable[[Hub, Request], Reply]

SHORTHANDS = {
    "{api}": r"/api/(?P<kind>models|datasets|spaces)/(?P<id>[^/]+/[^/]+)",
    "{site}": r"/(?:(?P<kind>datasets|spaces)/)?(?P<id>[^/]+/[^/]+)",
    "{rev}": r"(?P<rev>refs(?:/|%2[Ff])[^/]+?(?:/|%2[Ff])[^/]+|(?!refs/)[^/]+)",
    "{path}": r"(?P<path>.+)",
    "{name}": r"(?P<name>.+)",
    "{n}": r"(?P<n>\d+)",
}
LOCATION = re.compile(SHORTHANDS["{api}"] + r"(?:/[a-z-]+(?:/" + SHORTHANDS["{rev}"] + r")?)?(?:/.*)?")
ROUTES: list[tuple[str, re.Pattern[str], Any]] = []


def route(method: str, pattern: str) -> Callable[[Route], Route]:
    """Register a function for a method and a path in shorthand."""
    for shorthand, expression in SHORTHANDS.items():
        pattern = pattern.replace(shorthand, expression)

    def register(function: Route) -> Route:
        ROUTES.append((method, re.compile(pattern), function))
        return function

    return register


def answer(hub: Hub, request: Request) -> Reply:
    """Answer a request.

    Raises:
        RefusedError: as the Hub would.
    """
    method = "GET" if request.method == "HEAD" else request.method
    for wanted, pattern, function in ROUTES:
        if method == wanted and (match := pattern.fullmatch(request.path.rstrip("/"))):
            request.parts = {key: unquote(value or "") for key, value in match.groupdict().items()}
            return function(hub, request)
    if re.match(r"/api/(models|datasets|spaces)/[^/]+(/|$)", request.path):
        raise RefusedError(404, "Repository not found", "RepoNotFound")
    raise RefusedError(404, f"Cannot {request.method} {request.path}")


def visible(hub: Hub, request: Request) -> Repo:
    """Return the repository of a request if the caller may know of it.

    Raises:
        RefusedError: it does not exist or is private; the two look alike. Without a token the Hub says 401.
    """
    repo = hub.repos.find(request.parts["kind"] or "models", request.parts["id"])
    hidden = repo is not None and repo.state["private"] and not request.caller.belongs_to(namespace(repo))
    if repo is None or hidden:
        status, message = (
            (404, "Repository not found") if request.caller.name else (401, "Invalid username or password.")
        )
        raise RefusedError(status, message, "RepoNotFound")
    return repo


def readable(hub: Hub, request: Request) -> Repo:
    """Return the repository of a request if the caller may read its files.

    Raises:
        RefusedError: it is hidden, or gated and the caller was not granted access.
    """
    repo = visible(hub, request)
    caller = request.caller
    granted = caller.belongs_to(namespace(repo)) or (caller.name and caller.name in repo.state["granted"])
    if repo.state["gated"] and not granted:
        kind = repo.kind[:-1]
        message = f"Access to {kind} {repo.id} is restricted. You must have access to it and be authenticated."
        raise RefusedError(403 if caller.name else 401, message, "GatedRepo")
    return repo


def writable(hub: Hub, request: Request) -> Repo:
    """Return the repository of a request if the caller may change it.

    Raises:
        RefusedError: it is hidden, or the token may not write there.
    """
    repo = visible(hub, request)
    need_right(request.caller, namespace(repo))
    return repo


def proposable(hub: Hub, request: Request) -> Repo:
    """Return the repository of a request if the caller may open pull requests: whoever reads it with a write token.

    Raises:
        RefusedError: it cannot be read, or the token cannot write.
    """
    repo = readable(hub, request)
    need_right(request.caller, request.caller.name)
    return repo


def need_right(caller: Caller, space: str) -> None:
    """Refuse whoever may not write in a namespace."""
    if not caller.name:
        raise RefusedError(401, "Invalid username or password.")
    if not caller.may_write(space):
        raise RefusedError(403, f"You don't have the rights to write to the namespace {space!r} with this token")


def namespace(repo: Repo) -> str:
    """Return the owner of a repository."""
    return repo.id.split("/")[0]
