"""Pull requests and discussions: opened, talked about, merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hubserver.replies import RefusedError
from hubserver.repos import now

if TYPE_CHECKING:
    from hubserver.repos import Repo

Files = dict[str, dict[str, Any]]


def open_discussion(repo: Repo, author: str, title: str, text: str, *, pull: str | None, status: str) -> dict[str, Any]:
    """Add a discussion, or a pull request from the commit `pull`, to the state, which the caller saves."""
    num = len(repo.state["discussions"]) + 1
    discussion = {"num": num, "title": title, "author": author, "created": now(), "status": status, "base": pull}
    discussion |= {"merged": None, "events": []}
    repo.state["discussions"].append(discussion)
    if pull:
        repo.state["refs"][f"refs/pr/{num}"] = pull
    note(discussion, "comment", author, {"edited": False, "hidden": False, "latest": {"raw": text}})
    return discussion


def note(discussion: dict[str, Any], kind: str, author: str, data: dict[str, Any]) -> dict[str, Any]:
    """Add an event to a discussion and return it."""
    number = f"{discussion['num']:08x}{len(discussion['events']):016x}"
    event = {"id": number, "type": kind, "createdAt": now(), "author": {"name": author}, "data": data}
    discussion["events"].append(event)
    return event


def note_push(repo: Repo, ref: str, commit: str, title: str, author: str) -> None:
    """Say in a pull request that a commit was pushed to it."""
    if ref.startswith("refs/pr/"):
        discussion = repo.state["discussions"][int(ref.removeprefix("refs/pr/")) - 1]
        note(discussion, "commit", author, {"subject": title, "oid": commit})


def conflicts(repo: Repo, discussion: dict[str, Any]) -> list[str]:
    """Return the paths that a pull request and main both changed, differently, since it was opened."""
    base, ours, theirs = _three(repo, discussion)
    paths = sorted({*base, *ours, *theirs})
    return [p for p in paths if base.get(p) != ours.get(p) != theirs.get(p) != base.get(p)]


def _three(repo: Repo, discussion: dict[str, Any]) -> tuple[Files, Files, Files]:
    names = (discussion["base"], repo.resolve("main"), repo.resolve(f"refs/pr/{discussion['num']}"))
    return tuple(repo.commit(name)["files"] for name in names)


def merge(repo: Repo, num: int, author: str) -> str:
    """Merge a pull request into main as one commit and return it.

    Raises:
        RefusedError: it is a draft, closed, merged already, or in conflict with main.
    """
    with repo.changing():
        discussion = repo.state["discussions"][num - 1]
        if discussion["status"] != "open":
            raise RefusedError(409, f"This pull request is {discussion['status']}")
        if both := conflicts(repo, discussion):
            raise RefusedError(409, f"Conflicts with main: {', '.join(both)}")
        base, ours, theirs = _three(repo, discussion)
        if base == theirs:
            raise RefusedError(400, "This Pull Request has no associated changes")
        changed = {path for path in {*base, *theirs} if base.get(path) != theirs.get(path)}
        files = {path: entry for path, entry in ours.items() if path not in changed}
        files |= {path: theirs[path] for path in changed if path in theirs}
        title = f"{discussion['title']} (#{num})"
        new = repo.record([repo.resolve("main")], files, author, title)
        repo.state["refs"]["refs/heads/main"] = new
        discussion |= {"status": "merged", "merged": new}
        note(discussion, "status-change", author, {"status": "merged"})
    return new
