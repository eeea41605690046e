"""Repositories on disk: one state file (settings, refs, discussions), one file a commit, blobs by their digest."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hubserver.disk import Disk, git_oid, load
from hubserver.replies import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LFS = "parquet arrow bin gz tar zip 7z zst npy npz pt pth ckpt safetensors onnx png jpg jpeg gif webp tiff mp4 webm wav"
ATTRIBUTES = "".join(f"*.{ending} filter=lfs diff=lfs merge=lfs -text\n" for ending in LFS.split())
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


def now() -> str:
    """Return the time in the Hub's form."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=64)
def _read(path: Path) -> dict[str, Any]:
    return load(path)


class Repo:
    """A repository; `state` is saved as a whole, and that rename is what makes a change happen."""

    def __init__(self, disk: Disk, folder: Path, kind: str, name: str):
        self.disk, self.folder, self.kind, self.id = disk, folder, kind, name
        self.lock = threading.RLock()
        self.state: dict[str, Any] = load(folder / "repo.json") if (folder / "repo.json").exists() else {}

    @property
    def page(self) -> str:
        """Return the path of the repository's page."""
        return self.id if self.kind == "models" else f"{self.kind}/{self.id}"

    @contextmanager
    def changing(self) -> Iterator[dict[str, Any]]:
        """Give the state to change alone; at the end all changes happen at once, or after an error none."""
        with self.lock:
            done = False
            try:
                yield self.state
                self.disk.save(self.folder / "repo.json", self.state)
                done = True
            finally:
                if not done:
                    self.state = load(self.folder / "repo.json")

    def blob(self, file: dict[str, Any]) -> Path:
        """Return where the bytes of a file lie."""
        return self.lfs(file["lfs"]) if "lfs" in file else self.folder / "git" / file["oid"]

    def lfs(self, sha256: str) -> Path:
        """Return where a large file lies."""
        return self.folder / "lfs" / sha256

    def keep(self, data: bytes) -> dict[str, Any]:
        """Keep a small file and return its entry."""
        target = self.folder / "git" / git_oid(data)
        if not target.exists():
            with self.disk.writing(target) as temporary:
                temporary.write_bytes(data)
        return {"oid": target.name, "size": len(data)}

    def record(self, parents: list[str], files: dict[str, Any], author: str, title: str, message: str = "") -> str:
        """Write a commit, which nobody sees before a ref names it, and return its name."""
        commit = {"parents": parents, "title": title, "message": message, "author": author, "date": now()}
        commit["files"] = dict(sorted(files.items()))
        name = hashlib.sha1(json.dumps(commit).encode(), usedforsecurity=False).hexdigest()
        self.disk.save(self.folder / "commits" / f"{name}.json", commit)
        return name

    def commit(self, name: str) -> dict[str, Any]:
        """Return a commit; it never changes, so nobody may change what is returned."""
        return _read(self.folder / "commits" / f"{name}.json")

    def history(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield a commit and its first parents, newest first."""
        while True:
            commit = self.commit(name)
            yield name, commit
            if not commit["parents"]:
                return
            name = commit["parents"][0]

    def ref(self, revision: str) -> str | None:
        """Return the full name of a branch, tag or pull request."""
        candidates = (f"refs/heads/{revision}", f"refs/tags/{revision}", revision)
        return next((name for name in candidates if name in self.state["refs"]), None)

    def resolve(self, revision: str) -> str:
        """Return the commit that a branch, tag, pull request, HEAD or (short) commit name means.

        Raises:
            RefusedError: there is none.
        """
        if ref := self.ref("main" if revision == "HEAD" else revision):
            return self.state["refs"][ref]
        if re.fullmatch(r"[0-9a-f]{7,40}", revision):
            found = sorted((self.folder / "commits").glob(f"{revision}*.json"))
            if len(found) == 1:
                return found[0].stem
        raise RefusedError(404, f"Invalid rev id: {revision}", "RevisionNotFound")


class Repos:
    """All repositories below a folder."""

    def __init__(self, disk: Disk):
        self.disk, self.folder, self.lock = disk, disk.root / "repos", threading.RLock()
        self.known: dict[tuple[str, str], Repo] = {}

    def find(self, kind: str, name: str) -> Repo | None:
        """Return a repository if it exists."""
        with self.lock:
            if (kind, name) not in self.known and self._exists(kind, name):
                self.known[kind, name] = Repo(self.disk, self.folder / kind / name, kind, name)
            return self.known.get((kind, name))

    def _exists(self, kind: str, name: str) -> bool:
        owned = all(NAME.fullmatch(part) for part in name.split("/"))
        return owned and (self.folder / kind / name / "repo.json").exists()

    def create(self, kind: str, name: str, *, private: bool, author: str, sdk: str | None = None) -> Repo:
        """Create a repository with the first commit that the Hub makes.

        Raises:
            RefusedError: the name is taken or is none.
        """
        with self.lock:
            if self.find(kind, name):
                raise RefusedError(409, f"You already created this {kind[:-1]} repo: {name}")
            if not all(NAME.fullmatch(part) for part in name.split("/")):
                raise RefusedError(400, f"Invalid repo name: {name}")
            folder = self.folder / kind / name
            shutil.rmtree(folder, ignore_errors=True)
            repo = Repo(self.disk, folder, kind, name)
            files = {".gitattributes": repo.keep(ATTRIBUTES.encode())}
            first = repo.record([], files, author, "initial commit")
            repo.state = {"private": private, "gated": False, "created": now(), "granted": [], "sdk": sdk}
            repo.state.update(refs={"refs/heads/main": first}, discussions=[])
            self.disk.save(folder / "repo.json", repo.state)
            self.known[kind, name] = repo
            return repo

    def delete(self, repo: Repo) -> None:
        """Delete a repository; its state file goes first, so that a kill in between leaves none."""
        with self.lock, repo.lock:
            (repo.folder / "repo.json").unlink()
            shutil.rmtree(repo.folder, ignore_errors=True)
            del self.known[repo.kind, repo.id]
