"""A curated folder of a few photographs, and the real server for it in a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from collection_tools.collect.collect import collect
from collection_tools.collect.sources import Stated
from collection_tools.collect.store import object_path, open_store
from collection_tools.curate.curate import curate
from collection_tools.curate.finding import Finding
from collection_tools.curate.findings import key_of
from collection_tools.curate.recipe import read_recipe
from collection_tools.decisions import read_decisions, read_lines
from nlcl_bench.data import manifest
from nlcl_bench.data.record import Box

HOSTILE = "<img src=x onerror=document.title='owned'>.jpg"

SCRIPT = """
import sys
from contextlib import contextmanager
from pathlib import Path
from collection_tools.review.serve import serve
from nlcl_bench.core.errors import NLCLBenchError
try:
    done = serve(Path(sys.argv[1]), port=int(sys.argv[2]), open_browser=False, say=lambda line: print(line, flush=True))
except NLCLBenchError as error:
    sys.exit(f"error: {error}")
print(done.decisions, done.file.name)
"""


class Desk(NamedTuple):
    """A curated folder and what is where in it."""

    curated: Path
    store: Path
    digests: dict[str, str]

    def lines(self):
        return read_lines(self.store)

    def holds(self):
        return read_decisions(self.store)


class Server:
    """A running review."""

    def __init__(self, desk: Desk, port=0) -> None:
        self.desk = desk
        command = [sys.executable, "-c", SCRIPT, str(desk.curated), str(port)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env={**os.environ})
        self.address = self.process.stdout.readline().rpartition(" ")[2].strip()
        if not self.address.startswith("http"):
            raise RuntimeError(self.process.communicate()[1])
        self.base, _, self.token = self.address.partition("/?token=")
        self.port = int(self.base.rpartition(":")[2])
        self.own = {"Origin": self.base, "X-NLCL-Review": "1", "Content-Type": "application/json"}

    @contextmanager
    def client(self, *, admitted=True):
        with httpx.Client(base_url=self.base, trust_env=False, timeout=20) as client:
            if admitted:
                client.get(f"/?token={self.token}")  # the cookie stays with the client
            yield client

    def stop(self):
        """End it as Ctrl-C does; return its exit code and the last that it said."""
        self.process.send_signal(signal.SIGINT)
        said, problems = self.process.communicate(timeout=20)
        return self.process.returncode, said.strip().split("\n")[-1], problems

    def kill(self):
        self.process.kill()
        self.process.communicate(timeout=20)


@pytest.fixture(scope="session")
def template(tmp_path_factory, photograph, encoded, camera_jpeg):
    """Seven photographs: two are left out, one is damaged, one has two faces of which one is doubtful."""
    root = tmp_path_factory.mktemp("template")
    album = root / "album"
    album.mkdir()
    for number in range(4):
        (album / f"{number}.jpg").write_bytes(camera_jpeg(number, size=(640, 480)))
    (album / HOSTILE).write_bytes(camera_jpeg(4, orientation=6))
    (album / "small.jpg").write_bytes(encoded(photograph(21, size=(300, 255))))
    (album / "zz lost.jpg").write_bytes(encoded(photograph(22)))
    store, curated = root / "store", root / "curated"
    collect([album], store, domain="rainy", given=Stated(licence="CC-BY-4.0", author="Ada"))
    rows = {Path(row.file).name: row for row in open_store(store).values()}
    lost = rows["zz lost.jpg"]
    object_path(store, lost.sha256, lost.format).write_bytes(b"\xff" * lost.bytes)
    _curate_with_faces(store, curated, rows["0.jpg"].sha256)
    shutil.rmtree(album)
    return root


def _curate_with_faces(store, curated, sha256):
    """Curate as if a detector had found two faces in a photograph."""
    recipe = read_recipe()
    curate(store, curated, recipe=recipe, faces=False)
    old = curated / "findings" / key_of(recipe, faces=False)
    found = old.rename(curated / "findings" / key_of(recipe, faces=True))
    sure = Box(left=40, top=60, width=50, height=70, kind="face", confidence=0.9)
    unsure = Box(left=300, top=200, width=40, height=50, kind="face", confidence=0.4)
    for part in found.rglob("part-*.parquet"):
        rows = [
            row.model_copy(update={"private": (sure, unsure) if row.sha256 == sha256 else ()})
            for row in manifest.read_part(part, Finding)
        ]
        manifest.write_part(rows, Finding, part)
    curate(store, curated, recipe=recipe, faces=True)


@pytest.fixture(scope="session")
def hostile_name():
    return HOSTILE


@pytest.fixture
def desk(template, tmp_path):
    return _copied(template, tmp_path)


@pytest.fixture(scope="session")
def shared_desk(template, tmp_path_factory):
    """A desk that no test changes."""
    return _copied(template, tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="session")
def worn_desk(template, tmp_path_factory):
    """A desk where other tests have decided things, too."""
    return _copied(template, tmp_path_factory.mktemp("worn"))


@pytest.fixture(scope="session")
def worn_server(worn_desk):
    server = Server(worn_desk)
    yield server
    server.kill()


def _copied(template, folder):
    shutil.copytree(template, folder, dirs_exist_ok=True)
    rows = open_store(folder / "store").values()
    return Desk(folder / "curated", folder / "store", {Path(row.file).name: row.sha256 for row in rows})


@pytest.fixture
def serving():
    """Start servers that end with the test."""
    running = []

    def start(desk, port=0):
        running.append(Server(desk, port))
        return running[-1]

    yield start
    for server in running:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture(scope="session")
def shared_server(shared_desk):
    server = Server(shared_desk)
    yield server
    server.kill()
