"""Routes about pull requests, and about other discussions as far as pull requests need them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hubserver import pulls
from hubserver.replies import RefusedError, Reply, as_json
from hubserver.routing import need_right, proposable, readable, route, visible, writable

if TYPE_CHECKING:
    from hubserver.hub import Hub
    from hubserver.repos import Repo
    from hubserver.requests import Request

PAGE = 50


@route("GET", "{api}/discussions")
def discussions(hub: Hub, request: Request) -> Reply:
    repo, query = visible(hub, request), request.query
    found = [_brief(repo, item) for item in reversed(repo.state["discussions"])]
    if kind := query.get("type"):
        found = [item for item in found if kind == "all" or item["isPullRequest"] == (kind == "pull_request")]
    if status := query.get("status"):
        found = [
            item for item in found if status == "all" or (item["status"] in {"open", "draft"}) == (status == "open")
        ]
    if author := query.get("author"):
        found = [item for item in found if item["author"]["name"] == author]
    start = int(query.get("p") or 0) * PAGE
    return as_json({"discussions": found[start : start + PAGE], "count": len(found), "start": start})


def _brief(repo: Repo, item: dict[str, Any]) -> dict[str, Any]:
    about = {"num": item["num"], "title": item["title"], "status": item["status"], "createdAt": item["created"]}
    about |= {"author": {"name": item["author"]}, "isPullRequest": item["base"] is not None}
    return about | {"repo": {"name": repo.id, "type": repo.kind[:-1]}, "repoOwner": {"name": repo.id.split("/")[0]}}


@route("POST", "{api}/discussions")
def open_one(hub: Hub, request: Request) -> Reply:
    repo, asked = proposable(hub, request), request.body.json()
    pull = bool(asked.get("pullRequest"))
    with repo.changing():
        tip, status = (repo.resolve("main"), "draft") if pull else (None, "open")
        title, text = asked.get("title") or "", asked.get("description") or ""
        item = pulls.open_discussion(repo, request.caller.name, title, text, pull=tip, status=status)
    return as_json({"num": item["num"], "url": f"{request.base}/{repo.page}/discussions/{item['num']}"})


@route("GET", "{api}/discussions/{n}")
def details(hub: Hub, request: Request) -> Reply:
    repo = readable(hub, request)
    item = _numbered(repo, request)
    about = _brief(repo, item) | {"events": item["events"], "filesWithConflicts": [], "diff": ""}
    if item["base"]:
        about["changes"] = {"base": "refs/heads/main"} | ({"mergeCommitId": item["merged"]} if item["merged"] else {})
        about["filesWithConflicts"] = pulls.conflicts(repo, item) if item["status"] in {"open", "draft"} else []
    return as_json(about)


def _numbered(repo: Repo, request: Request) -> dict[str, Any]:
    number = int(request.parts["n"])
    if not 0 < number <= len(repo.state["discussions"]):
        raise RefusedError(404, f"There is no discussion {number}")
    return repo.state["discussions"][number - 1]


@route("POST", "{api}/discussions/{n}/merge")
def merge(hub: Hub, request: Request) -> Reply:
    repo = writable(hub, request)
    item = _numbered(repo, request)
    if item["base"] is None:
        raise RefusedError(400, "This is no pull request")
    pulls.merge(repo, item["num"], request.caller.name)
    return as_json({})


@route("POST", "{api}/discussions/{n}/comment")
def comment(hub: Hub, request: Request) -> Reply:
    repo, asked = proposable(hub, request), request.body.json()
    with repo.changing():
        data = {"edited": False, "hidden": False, "latest": {"raw": asked.get("comment") or ""}}
        event = pulls.note(_numbered(repo, request), "comment", request.caller.name, data)
    return as_json({"newMessage": event})


@route("POST", "{api}/discussions/{n}/status")
def status(hub: Hub, request: Request) -> Reply:
    repo, asked = proposable(hub, request), request.body.json()
    item = _numbered(repo, request)
    if item["author"] != request.caller.name:
        need_right(request.caller, repo.id.split("/")[0])
    if asked.get("status") not in {"open", "closed"} or item["status"] == "merged":
        raise RefusedError(400, f"A discussion that is {item['status']} cannot become {asked.get('status')}")
    with repo.changing():
        item["status"] = asked["status"]
        event = pulls.note(item, "status-change", request.caller.name, {"status": asked["status"]})
    return as_json({"newStatus": event})


@route("POST", "{api}/discussions/{n}/title")
def title(hub: Hub, request: Request) -> Reply:
    repo, asked = proposable(hub, request), request.body.json()
    item = _numbered(repo, request)
    if item["author"] != request.caller.name:
        need_right(request.caller, repo.id.split("/")[0])
    with repo.changing():
        data = {"from": item["title"], "to": asked.get("title") or ""}
        item["title"] = data["to"]
        event = pulls.note(item, "title-change", request.caller.name, data)
    return as_json({"newTitle": event})
