"""Commits: operations on files make a new list of files, a commit names it, and a ref moves to it."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from hubserver import pulls
from hubserver.large import held
from hubserver.replies import RefusedError
from hubserver.routing import LOCATION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hubserver.hub import Hub
    from hubserver.repos import Repo
    from hubserver.requests import Request

Files = dict[str, dict[str, Any]]


def parse(data: bytes) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    """Return the header and the operations of a commit's lines.

    Raises:
        RefusedError: they are none.
    """
    try:
        lines = [json.loads(line) for line in data.splitlines() if line.strip()]
        header = next(line["value"] for line in lines if line["key"] == "header")
        return header, [(line["key"], line["value"]) for line in lines if line["key"] != "header"]
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise RefusedError(400, "A commit is lines of JSON with a header") from error


def applied(hub: Hub, repo: Repo, files: Files, operations: Iterable[tuple[str, dict[str, Any]]]) -> Files:
    """Return the files after the operations.

    Raises:
        RefusedError: a path is none, a large file was never uploaded, or what is to be deleted does not exist.
    """
    after = dict(files)
    for key, value in operations:
        path = _checked(value.get("path", ""))
        if key == "file":
            _make_room(after, path)
            after[path] = repo.keep(_decoded(value))
        elif key == "lfsFile":
            _make_room(after, path)
            after[path] = _large(hub, repo, value)
        elif key in {"deletedFile", "deletedFolder"}:
            _delete(after, path, folder=key == "deletedFolder")
        else:
            raise RefusedError(400, f"There is no operation {key}")
    return after


def _checked(path: str) -> str:
    path = path.rstrip("/")
    parts = path.split("/")
    if not path or any(part in {"", ".", "..", ".git"} for part in parts) or "\0" in path or "\\" in path:
        raise RefusedError(400, f"Invalid path: {path!r}")
    return path


def _decoded(value: dict[str, Any]) -> bytes:
    content = value.get("content", "")
    if value.get("encoding") != "base64":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise RefusedError(400, f"Invalid base64: {error}") from error


def _make_room(files: Files, path: str) -> None:
    """Let a file replace a folder, or one of its folders' names a file, as git does."""
    parents = {path[:at] for at, letter in enumerate(path) if letter == "/"}
    for other in [name for name in files if name in parents or name.startswith(f"{path}/")]:
        del files[other]


def _large(hub: Hub, repo: Repo, value: dict[str, Any]) -> dict[str, Any]:
    entry = held(hub, repo, value.get("oid", ""))
    if entry is None:
        raise RefusedError(400, f"LFS pointer of {value.get('path')} pointed to a file that does not exist")
    if value.get("size") not in {None, entry["size"]}:
        raise RefusedError(400, f"The size of {value.get('path')} is not that of the uploaded file")
    return entry


def _delete(files: Files, path: str, *, folder: bool) -> None:
    gone = [name for name in files if (name.startswith(f"{path}/") if folder else name == path)]
    if not gone:
        raise RefusedError(
            404, f"A {'folder' if folder else 'file'} with this name doesn't exist: {path}", "EntryNotFound"
        )
    for name in gone:
        del files[name]


def push(hub: Hub, repo: Repo, ref: str, lines: bytes, author: str) -> str:
    """Commit to a branch or an open pull request and return the commit.

    Raises:
        RefusedError: 412 when somebody else pushed since the parent that the header names.
    """
    header, operations = parse(lines)
    with repo.changing():
        tip = repo.state["refs"][ref]
        if header.get("parentCommit") not in {None, tip}:
            raise RefusedError(412, "A commit has happened since. Please refresh and try again.")
        files = applied(hub, repo, repo.commit(tip)["files"], operations)
        title, message = header.get("summary") or "Upload", header.get("description") or ""
        new = repo.record([tip], files, author, title, message)
        repo.state["refs"][ref] = new
        pulls.note_push(repo, ref, new, title, author)
    return new


def propose(hub: Hub, repo: Repo, base: str, lines: bytes, author: str) -> tuple[str, int]:
    """Open a pull request with a first commit and return the commit and the number."""
    header, operations = parse(lines)
    with repo.changing():
        tip = repo.resolve(header.get("parentCommit") or base)
        files = applied(hub, repo, repo.commit(tip)["files"], operations)
        title, message = header.get("summary") or "Upload", header.get("description") or ""
        new = repo.record([tip], files, author, title, message)
        discussion = pulls.open_discussion(repo, author, title, message, pull=tip, status="open")
        ref = f"refs/pr/{discussion['num']}"
        repo.state["refs"][ref] = new
        pulls.note_push(repo, ref, new, title, author)
    return new, discussion["num"]


def somebody_else_commits(hub: Hub, request: Request, path: str = "") -> None:
    """Let somebody else write a file on the branch that a request is about (main, unless its path names another)."""
    found = LOCATION.match(request.path)
    repo = hub.repos.find(found["kind"], found["id"]) if found else None
    if not found or not repo:
        return
    ref = repo.ref(unquote(found["rev"] or "main")) or ""
    ref = "refs/heads/main" if not ref or ref.startswith("refs/tags/") else ref
    with repo.changing() as state:
        tip = state["refs"][ref]
        path = path or f"somebody-else-{len(list(repo.history(tip)))}.txt"
        files = repo.commit(tip)["files"] | {path: repo.keep(f"Somebody else after {tip}\n".encode())}
        state["refs"][ref] = repo.record([tip], files, "somebody-else", "Somebody else was quicker")
