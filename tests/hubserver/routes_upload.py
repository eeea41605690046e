"""Routes that write files: what must be uploaded, Git-LFS in one piece or in parts, and the commit."""

from __future__ import annotations

import base64
import fnmatch
import shutil
import time
from typing import TYPE_CHECKING, Any

from hubserver import commits
from hubserver.disk import blocks_of
from hubserver.large import held
from hubserver.replies import RefusedError, Reply, as_json
from hubserver.routing import proposable, readable, route, visible, writable

if TYPE_CHECKING:
    from hubserver.hub import Hub
    from hubserver.repos import Repo
    from hubserver.requests import Request

TEXT_LIMIT = 10 << 20


@route("POST", "{api}/preupload/{rev}")
def preupload(hub: Hub, request: Request) -> Reply:
    repo = _target(hub, request)
    files = repo.commit(repo.resolve(request.parts["rev"]))["files"]
    patterns = _patterns(repo, files)
    return as_json({"files": [_mode(file, files, patterns) for file in request.body.json().get("files", [])]})


def _target(hub: Hub, request: Request) -> Repo:
    """Return the repository, if the caller may push to the revision or open a pull request, whichever is asked."""
    if request.query.get("create_pr") == "1":
        return proposable(hub, request)
    return _pushable(hub, request)


def _pushable(hub: Hub, request: Request) -> Repo:
    """Return the repository if the caller may push: also to a pull request that they opened themselves."""
    repo, revision = visible(hub, request), request.parts.get("rev", "")
    if revision.startswith("refs/pr/") and repo.ref(revision):
        discussion = repo.state["discussions"][int(revision.removeprefix("refs/pr/")) - 1]
        if discussion["author"] == request.caller.name:
            return proposable(hub, request)
    return writable(hub, request)


def _patterns(repo: Repo, files: dict[str, Any]) -> list[str]:
    """Return the patterns of large files in `.gitattributes`."""
    if ".gitattributes" not in files:
        return []
    text = repo.blob(files[".gitattributes"]).read_text()
    return [line.split()[0] for line in text.splitlines() if "filter=lfs" in line]


def _mode(file: dict[str, Any], files: dict[str, Any], patterns: list[str]) -> dict[str, Any]:
    """Say how a file is to come, and what is there under its path now."""
    path, there = file["path"], files.get(file["path"], {})
    named = any(fnmatch.fnmatch(path, p) or fnmatch.fnmatch(path.rsplit("/", 1)[-1], p) for p in patterns)
    large = named or file["size"] > TEXT_LIMIT or b"\0" in base64.b64decode(file.get("sample") or "")
    oid = there.get("lfs", there.get("oid"))
    return {"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": oid}


@route("POST", "{site}\\.git/info/lfs/objects/batch")
def batch(hub: Hub, request: Request) -> Reply:
    repo, asked = proposable(hub, request), request.body.json()
    if asked.get("operation") != "upload":
        raise RefusedError(400, "Only uploads come this way; files are read from resolve")
    objects = [_actions(hub, repo, request, item) for item in asked.get("objects", [])]
    parts = any("chunk_size" in item.get("actions", {}).get("upload", {}).get("header", {}) for item in objects)
    reply = {"transfer": "multipart" if parts else "basic", "objects": objects}
    return as_json(reply, headers={"Content-Type": "application/vnd.git-lfs+json"})


def _actions(hub: Hub, repo: Repo, request: Request, item: dict[str, Any]) -> dict[str, Any]:
    oid, size = item["oid"], item["size"]
    if held(hub, repo, oid):
        return {"oid": oid, "size": size}
    place = f"{repo.kind}/{repo.id}/{oid}"
    base = f"{request.base}/lfs/{place}"
    signed = f"size={size}&signature={hub.signature(f'{place}{size}')}"
    upload: dict[str, Any] = {"href": f"{base}?{signed}"}
    if size > hub.limits.multipart_above:
        numbers = range(1, -(-size // hub.limits.part) + 1)
        upload = {"href": f"{base}/complete?{signed}", "header": {"chunk_size": str(hub.limits.part)}}
        upload["header"] |= {str(number): f"{base}/part/{number}?{signed}" for number in numbers}
    verify = {"href": f"{request.base}/{repo.page}.git/info/lfs/objects/verify"}
    return {"oid": oid, "size": size, "authenticated": True, "actions": {"upload": upload, "verify": verify}}


BLOB = r"/lfs/(?P<kind>[^/]+)/(?P<id>[^/]+/[^/]+)/(?P<oid>[0-9a-f]{64})"


def _signed(hub: Hub, request: Request) -> tuple[Repo, str, int]:
    """Return the repository, digest and size that a signed upload address names."""
    parts, size = request.parts, request.query.get("size", "")
    repo = hub.repos.find(parts["kind"], parts["id"])
    place = f"{parts['kind']}/{parts['id']}/{parts['oid']}{size}"
    if repo is None or request.query.get("signature") != hub.signature(place):
        raise RefusedError(403, "The signature of this upload address is wrong")
    return repo, parts["oid"], int(size)


@route("PUT", BLOB)
def put(hub: Hub, request: Request) -> Reply:
    repo, oid, size = _signed(hub, request)
    hub.disk.receive(repo.lfs(oid), request.body, oid, size)
    return Reply(headers={"ETag": f'"{oid}"'})


@route("PUT", BLOB + "/part/{n}")
def put_part(hub: Hub, request: Request) -> Reply:
    repo, oid, _ = _signed(hub, request)
    number = int(request.parts["n"])
    target = hub.disk.incoming / "parts" / repo.kind / repo.id / oid / f"{number:06d}"
    with hub.disk.writing(target) as temporary, temporary.open("wb") as stream:
        stream.writelines(request.body)
    return Reply(headers={"ETag": f'"{oid}-{number}"'})


@route("POST", BLOB + "/complete")
def complete(hub: Hub, request: Request) -> Reply:
    repo, oid, size = _signed(hub, request)
    parts = sorted(request.body.json().get("parts", []), key=lambda part: part["partNumber"])
    folder = hub.disk.incoming / "parts" / repo.kind / repo.id / oid
    files = [folder / f"{part['partNumber']:06d}" for part in parts]
    etags = [f'"{oid}-{part["partNumber"]}"' for part in parts]
    if not all(file.exists() for file in files) or [part.get("etag") for part in parts] != etags:
        raise RefusedError(400, "A part is missing")
    hub.disk.receive(repo.lfs(oid), (block for file in files for block in blocks_of(file)), oid, size)
    shutil.rmtree(folder, ignore_errors=True)
    return as_json({"success": True})


@route("POST", "{site}\\.git/info/lfs/objects/verify")
def verify(hub: Hub, request: Request) -> Reply:
    repo, asked = visible(hub, request), request.body.json()
    there = held(hub, repo, asked.get("oid", ""))
    if there is None or there["size"] != asked.get("size"):
        raise RefusedError(404, "This object was not uploaded")
    return as_json({})


@route("POST", "{api}/commit/{rev}")
def commit(hub: Hub, request: Request) -> Reply:
    repo, author, revision = _target(hub, request), request.caller.name, request.parts["rev"]
    lines = request.body.read()
    if request.query.get("create_pr") == "1":
        new, number = commits.propose(hub, repo, revision, lines, author)
        url = {"pullRequestUrl": f"{request.base}/{repo.page}/discussions/{number}"}
    else:
        new, url = commits.push(hub, repo, _branch(repo, revision), lines, author), {}
    said = {"success": True, "commitOid": new, "commitUrl": f"{request.base}/{repo.page}/commit/{new}"}
    return as_json(said | url)


def _branch(repo: Repo, revision: str) -> str:
    """Return the full name of what can be pushed to: a branch or a pull request that is still open."""
    ref = repo.ref(revision)
    if ref is None:
        raise RefusedError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    if ref.startswith("refs/tags/"):
        raise RefusedError(400, f"{revision} is a tag; commits go to branches")
    if ref.startswith("refs/pr/"):
        status = repo.state["discussions"][int(ref.removeprefix("refs/pr/")) - 1]["status"]
        if status not in {"open", "draft"}:
            raise RefusedError(403, f"This pull request is {status}")
    return ref


@route("GET", "{api}/xet-(?P<what>write|read)-token/{rev}")
def xet_token(hub: Hub, request: Request) -> Reply:
    if request.parts["what"] == "read":
        readable(hub, request)
    else:
        _target(hub, request)
    hub.xet.root.mkdir(exist_ok=True)
    token, end, address = "of no use outside the folder", int(time.time()) + 3600, hub.xet.address
    headers = {"X-Xet-Cas-Url": address, "X-Xet-Access-Token": token, "X-Xet-Token-Expiration": str(end)}
    return as_json({"accessToken": token, "exp": end, "casUrl": address}, headers=headers)
