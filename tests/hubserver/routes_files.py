"""Routes that read: history, listings, and the files themselves, whole or in ranges."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from hubserver.listing import look_up, tree
from hubserver.replies import RefusedError, Reply, Slice, as_json
from hubserver.routing import readable, route, visible

if TYPE_CHECKING:
    from hubserver.hub import Hub
    from hubserver.requests import Request

TRUE = {"true", "True", "1"}


@route("GET", "{api}/commits/{rev}")
def commits(hub: Hub, request: Request) -> Reply:
    repo = visible(hub, request)
    lines = [
        {"id": name, "title": commit["title"], "message": commit["message"], "date": commit["date"]}
        | {"authors": [{"user": commit["author"]}]}
        for name, commit in repo.history(repo.resolve(request.parts["rev"]))
    ]
    return _page(hub, request, lines)


@route("GET", "{api}/tree/{rev}")
@route("GET", "{api}/tree/{rev}/{path}")
def listing(hub: Hub, request: Request) -> Reply:
    repo = visible(hub, request)
    sha = repo.resolve(request.parts["rev"])
    below, files = request.parts.get("path", "").strip("/"), repo.commit(sha)["files"]
    entries = list(tree(files, below, recursive=request.query.get("recursive") in TRUE))
    if below and not entries:
        raise RefusedError(404, f"{below} does not exist on {request.parts['rev']}", "EntryNotFound")
    if request.query.get("expand") in TRUE:
        entries = [_expanded(repo, sha, line) for line in entries]
    return _page(hub, request, entries)


def _expanded(repo: Any, sha: str, line: dict[str, Any]) -> dict[str, Any]:
    """Add the last commit that changed a path."""
    last, last_commit = sha, repo.commit(sha)
    for name, commit in repo.history(sha):
        there = look_up(commit["files"], line["path"])
        if there is None or there["oid"] != line["oid"]:
            break
        last, last_commit = name, commit
    return line | {"lastCommit": {"id": last, "title": last_commit["title"], "date": last_commit["date"]}}


def _page(hub: Hub, request: Request, lines: list[Any]) -> Reply:
    """Return one page of a listing, with a link to the next."""
    start = int(request.query.get("cursor") or 0)
    limit = max(1, min(int(request.query.get("limit") or hub.limits.page), hub.limits.page))
    more = start + limit < len(lines)
    query = urlencode(request.query | {"cursor": str(start + limit)})
    link = {"Link": f'<{request.base}{request.path}?{query}>; rel="next"'} if more else {}
    return as_json(list(islice(lines, start, start + limit)), headers=link)


@route("POST", "{api}/paths-info/{rev}")
def paths_info(hub: Hub, request: Request) -> Reply:
    repo = visible(hub, request)
    sha = repo.resolve(request.parts["rev"])
    paths, expand = _paths(request)
    found = [line for path in paths if (line := look_up(repo.commit(sha)["files"], path))]
    return as_json([_expanded(repo, sha, line) for line in found] if expand else found)


def _paths(request: Request) -> tuple[list[str], bool]:
    if "json" in request.headers.get("Content-Type", ""):
        asked = request.body.json()
        return asked.get("paths", []), bool(asked.get("expand"))
    form = parse_qs(request.body.read().decode())
    return form.get("paths", []), form.get("expand", [""])[0] in TRUE


@route("GET", "{site}/resolve/{rev}/{path}")
@route("GET", "/api/resolve-cache/(?P<kind>models|datasets|spaces)/(?P<id>[^/]+/[^/]+)/{rev}/{path}")
def resolve(hub: Hub, request: Request) -> Reply:
    repo = readable(hub, request)
    sha = repo.resolve(request.parts["rev"])
    file = repo.commit(sha)["files"].get(request.parts["path"])
    if file is None:
        raise RefusedError(404, "Entry not found", "EntryNotFound", X_Repo_Commit=sha)
    etag, size = f'"{file.get("lfs", file["oid"])}"', file["size"]
    headers = {"X-Repo-Commit": sha, "ETag": etag, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
    if "lfs" in file:
        headers |= {"X-Linked-Etag": etag, "X-Linked-Size": str(size)}
    if "xet" in file:
        link = f'<{request.base}/api/{repo.kind}/{repo.id}/xet-read-token/{sha}>; rel="xet-auth"'
        headers |= {"X-Xet-Hash": file["xet"], "Link": link}
    if request.headers.get("If-None-Match") == etag:
        return Reply(b"", 304, headers)
    span = asked_range(request.headers.get("Range"), size)
    if span is None:
        return Reply(Slice(repo.blob(file), 0, size), 200, headers)
    start, end = span
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Reply(Slice(repo.blob(file), start, end - start), 206, headers)


def asked_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the stretch [start, end) that a header asks for, or nothing for the whole.

    Raises:
        RefusedError: it lies outside the file.

    >>> asked_range("bytes=2-4", 10), asked_range("bytes=7-", 10), asked_range("bytes=-3", 10), asked_range(None, 10)
    ((2, 5), (7, 10), (7, 10), None)
    """
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header or "")
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise RefusedError(416, "Range not satisfiable", Content_Range=f"bytes */{size}")
    return start, end
