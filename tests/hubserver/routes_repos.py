"""Routes about accounts and repositories as a whole: who am I, create, delete, settings, refs, access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hubserver import accounts
from hubserver.listing import entry
from hubserver.replies import RefusedError, Reply, as_json
from hubserver.routing import namespace, need_right, readable, route, visible, writable

if TYPE_CHECKING:
    from hubserver.hub import Hub
    from hubserver.repos import Repo
    from hubserver.requests import Request


@route("GET", "/api/whoami-v2")
def whoami(hub: Hub, request: Request) -> Reply:
    return as_json(accounts.whoami(request.caller))


@route("POST", "/api/validate-yaml")
def validate_yaml(hub: Hub, request: Request) -> Reply:
    return as_json({"errors": [], "warnings": []})


@route("POST", "/api/repos/create")
def create(hub: Hub, request: Request) -> Reply:
    wanted = request.body.json()
    kind, name = _named(request, wanted)
    need_right(request.caller, name.split("/")[0])
    private = wanted.get("visibility") == "private" or bool(wanted.get("private"))
    if kind == "spaces" and not wanted.get("sdk"):
        raise RefusedError(400, "A Space needs an sdk")
    sdk = wanted.get("sdk") if kind == "spaces" else None
    try:
        repo = hub.repos.create(kind, name, private=private, author=request.caller.name, sdk=sdk)
    except RefusedError as refused:
        there = hub.repos.find(kind, name)
        if there is None:
            raise
        return as_json({"error": refused.message, "url": f"{request.base}/{there.page}"}, refused.status)
    return as_json({"url": f"{request.base}/{repo.page}", "name": repo.id, "id": repo.id})


def _named(request: Request, wanted: dict[str, Any]) -> tuple[str, str]:
    name = wanted.get("name") or ""
    if "/" not in name:
        name = f"{wanted.get('organization') or request.caller.name}/{name}"
    return f"{wanted.get('type') or 'model'}s", name


@route("DELETE", "/api/repos/delete")
def delete(hub: Hub, request: Request) -> Reply:
    kind, name = _named(request, request.body.json())
    request.parts = {"kind": kind, "id": name}
    hub.repos.delete(writable(hub, request))
    return as_json({})


@route("GET", "{api}")
@route("GET", "{api}/revision/{rev}")
def info(hub: Hub, request: Request) -> Reply:
    repo = visible(hub, request)
    sha = repo.resolve(request.parts.get("rev", "main"))
    commit = repo.commit(sha)
    whole = request.query.get("blobs") in {"true", "True", "1"}
    siblings = [_sibling(path, file, whole=whole) for path, file in commit["files"].items()]
    state = repo.state
    about = {"_id": sha[:24], "id": repo.id, "author": namespace(repo), "sha": sha, "lastModified": commit["date"]}
    about |= {"private": state["private"], "gated": state["gated"], "disabled": False, "createdAt": state["created"]}
    if repo.kind == "spaces":
        about["sdk"] = state["sdk"]
    return as_json(about | {"tags": [], "downloads": 0, "likes": 0, "siblings": siblings})


def _sibling(path: str, file: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    if not whole:
        return {"rfilename": path}
    full = entry(path, file)
    large = full.get("lfs")
    more = {"lfs": {**large, "sha256": large["oid"]}} if large else {}
    return {"rfilename": path, "size": full["size"], "blobId": full["oid"], **more}


@route("PUT", "{api}/settings")
def settings(hub: Hub, request: Request) -> Reply:
    repo, wanted = writable(hub, request), request.body.json()
    with repo.changing():
        if "gated" in wanted:
            if wanted["gated"] not in {"auto", "manual", False}:
                raise RefusedError(400, "gated is auto, manual or false")
            repo.state["gated"] = wanted["gated"]
        if "visibility" in wanted or "private" in wanted:
            repo.state["private"] = wanted.get("visibility") == "private" or bool(wanted.get("private"))
        return as_json({"private": repo.state["private"], "gated": repo.state["gated"]})


@route("POST", "{api}/user-access-request/grant")
def grant(hub: Hub, request: Request) -> Reply:
    repo, user = writable(hub, request), request.body.json().get("user")
    with repo.changing():
        if not repo.state["gated"] or user in repo.state["granted"]:
            raise RefusedError(400, "This repository is not gated, or the user has access already")
        repo.state["granted"].append(user)
    return as_json({})


@route("GET", "{api}/auth-check")
def auth_check(hub: Hub, request: Request) -> Reply:
    readable(hub, request)
    return as_json({})


@route("GET", "{api}/auth-check/write")
def auth_check_write(hub: Hub, request: Request) -> Reply:
    writable(hub, request)
    return as_json({})


@route("GET", "{api}/refs")
def refs(hub: Hub, request: Request) -> Reply:
    repo = visible(hub, request)
    found = {"branches": _refs(repo, "refs/heads/"), "converts": [], "tags": _refs(repo, "refs/tags/")}
    return as_json(found | ({"pullRequests": _refs(repo, "refs/pr/")} if request.query.get("include_prs") else {}))


def _refs(repo: Repo, prefix: str) -> list[dict[str, str]]:
    return [
        {"name": ref.removeprefix(prefix), "ref": ref, "targetCommit": commit}
        for ref, commit in sorted(repo.state["refs"].items())
        if ref.startswith(prefix)
    ]


@route("POST", "{api}/branch/{name}")
def create_branch(hub: Hub, request: Request) -> Reply:
    repo = writable(hub, request)
    return _point(repo, f"refs/heads/{request.parts['name']}", request.body.json().get("startingPoint") or "main")


@route("POST", "{api}/tag/{rev}")
def create_tag(hub: Hub, request: Request) -> Reply:
    repo = writable(hub, request)
    return _point(repo, f"refs/tags/{request.body.json().get('tag')}", request.parts["rev"])


def _point(repo: Repo, ref: str, revision: str) -> Reply:
    with repo.changing():
        if ref in repo.state["refs"]:
            raise RefusedError(409, f"Reference {ref} already exists")
        repo.state["refs"][ref] = repo.resolve(revision)
    return as_json({})


@route("DELETE", "{api}/branch/{name}")
def delete_branch(hub: Hub, request: Request) -> Reply:
    if request.parts["name"] == "main":
        raise RefusedError(400, "The default branch cannot be deleted")
    return _forget(writable(hub, request), f"refs/heads/{request.parts['name']}")


@route("DELETE", "{api}/tag/{name}")
def delete_tag(hub: Hub, request: Request) -> Reply:
    return _forget(writable(hub, request), f"refs/tags/{request.parts['name']}")


def _forget(repo: Repo, ref: str) -> Reply:
    with repo.changing():
        if repo.state["refs"].pop(ref, None) is None:
            raise RefusedError(404, f"Reference {ref} does not exist", "RevisionNotFound")
    return as_json({})
