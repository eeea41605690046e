"""A release to publish, a server to publish it to, and the real command in a process of its own."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hubserver.process import HubServer

from collection_tools.collect.collect import collect
from collection_tools.collect.sources import Stated
from collection_tools.curate.curate import curate
from collection_tools.curate.recipe import read_recipe
from collection_tools.release.release import release

if TYPE_CHECKING:
    from collections.abc import Iterator

REPO = "ada/rain"


@pytest.fixture(scope="session")
def album(tmp_path_factory, photograph) -> Path:
    """Return a curated folder of six rainy photographs."""
    home = tmp_path_factory.mktemp("album")
    (home / "photographs").mkdir()
    for seed in range(6):
        stream = io.BytesIO()
        photograph(seed, (320, 272)).save(stream, "PNG")
        (home / "photographs" / f"{seed}.png").write_bytes(stream.getvalue())
    collect([home / "photographs"], home / "store", domain="rainy", given=Stated(licence="CC0-1.0", author="Ada"))
    curate(home / "store", home / "curated", recipe=read_recipe())
    return home / "curated"


@pytest.fixture(scope="session")
def made(album, tmp_path_factory) -> Path:
    """Return a release."""
    folder = tmp_path_factory.mktemp("made") / "rain"
    release(album, folder, title="Rain", repo=REPO)
    return folder


@pytest.fixture
def folder(made, tmp_path) -> Path:
    """Return a copy of the release that a test may change."""
    return Path(shutil.copytree(made, tmp_path / "rain"))


@pytest.fixture
def again(album, tmp_path):
    """Return a maker of other releases of the same photographs: another title, and unless said a later version."""

    def make(title: str, version: str = "v1.1.0") -> Path:
        into = tmp_path / version
        release(album, into, name="rain", title=title, repo=REPO, version=version)
        return into

    return make


class Hub:
    """The server and somebody who publishes on it."""

    def __init__(self, server, home: Path):
        self.server, self.home = server, home
        self.token = server.account("ada")

    def publish(self, folder: Path, *words: str, repo: str = REPO, token: str | None = None, **variables: str):
        """Run the command."""
        with self.publishing(folder, *words, repo=repo, token=token, **variables) as process:
            out, problem = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, out, problem)

    def publishing(
        self, folder: Path, *words: str, repo: str = REPO, token: str | None = None, xet: bool = False, **variables: str
    ):
        """Start the command."""
        environment = {**self.server.environment(self.home / "hf", token or self.token, xet=xet), **variables}
        command = [sys.executable, "-m", "nlcl_bench", "publish", str(folder), "--repo", repo, *words]
        return subprocess.Popen(
            command, cwd=self.home, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def get(self, path: str, token: str | None = None) -> bytes:
        """Ask the server itself, as no library does it for us."""
        head = {"Authorization": f"Bearer {token or self.token}"}
        with urllib.request.urlopen(urllib.request.Request(f"{self.server.url}{path}", headers=head)) as answer:  # noqa: S310
            return answer.read()

    def json(self, path: str):
        """Return an answer of the API."""
        return json.loads(self.get(f"/api/datasets/{REPO}{path}"))

    def state(self) -> dict:
        """Return the head of main, the tags, the number of commits and the open pull requests."""
        refs = self.json("/refs")
        return {
            "head": refs["branches"][0]["targetCommit"],
            "tags": {tag["name"]: tag["targetCommit"] for tag in refs["tags"]},
            "commits": len(self.json("/commits/main")),
            "open": [one["num"] for one in self.json("/discussions")["discussions"] if one["status"] == "open"],
        }

    def files(self, revision: str = "main") -> list[str]:
        """Return the names of the files at a revision."""
        return sorted(one["path"] for one in self.json(f"/tree/{revision}?recursive=true") if one["type"] == "file")

    def text(self, name: str, revision: str = "main") -> str:
        """Return a file's text."""
        return self.get(f"/datasets/{REPO}/resolve/{revision}/{name}").decode()

    def push(self, name: str, text: str) -> None:
        """Commit a file as somebody else does, with the Hub's library."""
        self.run(f"api.upload_file(path_or_fileobj={text.encode()!r}, path_in_repo={name!r}, **repo)")

    def run(self, code: str) -> None:
        """Run Python with the Hub's library as ``api`` and the repository as ``repo``."""
        head = f"from huggingface_hub import HfApi\napi = HfApi()\nrepo = dict(repo_id={REPO!r}, repo_type='dataset')\n"
        subprocess.run(
            [sys.executable, "-c", head + code],
            env=self.server.environment(self.home / "hf", self.token),
            capture_output=True,
            check=True,
        )


@pytest.fixture
def there(hub, tmp_path) -> Hub:
    """Return somebody with an account on an empty Hub."""
    return Hub(hub, tmp_path)


@pytest.fixture(scope="session")
def kept(made, tmp_path_factory) -> Path:
    """Return what a server keeps to which the release was published."""
    home = tmp_path_factory.mktemp("kept")
    with HubServer(home / "hub") as server:
        done = Hub(server, home).publish(made)
        assert done.returncode == 0, done.stderr
    return home / "hub"


@pytest.fixture
def published(kept, tmp_path) -> Iterator[Hub]:
    """Yield somebody with an account on a Hub to which the release was published."""
    with HubServer(Path(shutil.copytree(kept, tmp_path / "hub"))) as server:
        yield Hub(server, tmp_path)
