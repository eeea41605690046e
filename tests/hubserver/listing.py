"""What listings say about files and folders."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from hubserver.large import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

Files = dict[str, dict[str, Any]]


def entry(path: str, file: dict[str, Any]) -> dict[str, Any]:
    """Return what a listing says about a file."""
    said = {"type": "file", "oid": file["oid"], "size": file["size"], "path": path}
    if "lfs" in file:
        length = len(pointer(file["lfs"], file["size"]))
        said["lfs"] = {"oid": file["lfs"], "size": file["size"], "pointerSize": length}
    if "xet" in file:
        said["xetHash"] = file["xet"]
    return said


def folder(path: str, files: Files) -> dict[str, Any]:
    """Return what a listing says about a folder; its name is a digest of what lies in it, though not git's."""
    inside = "".join(f"{name} {file['oid']}\n" for name, file in files.items() if name.startswith(f"{path}/"))
    oid = hashlib.sha1(inside.encode(), usedforsecurity=False).hexdigest()
    return {"type": "directory", "oid": oid, "size": 0, "path": path}


def tree(files: Files, below: str, *, recursive: bool) -> Iterator[dict[str, Any]]:
    """Yield the folders and files below a path, in order of their paths."""
    prefix = f"{below}/" if below else ""
    inside = {path: file for path, file in files.items() if path.startswith(prefix)}
    folders = {path[:at] for path in inside for at in range(len(prefix), len(path)) if path[at] == "/"}
    for path in sorted({*inside, *folders}):
        if recursive or "/" not in path.removeprefix(prefix):
            yield entry(path, inside[path]) if path in inside else folder(path, inside)


def look_up(files: Files, path: str) -> dict[str, Any] | None:
    """Return what a listing says about one path."""
    path = path.strip("/")
    if path in files:
        return entry(path, files[path])
    return folder(path, files) if any(name.startswith(f"{path}/") for name in files) else None
