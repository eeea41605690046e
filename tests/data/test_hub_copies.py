"""A release on the Hub is loaded, shown and verified by its name and tag; what goes wrong is one clear line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hubserver.process import HubServer

from nlcl_bench.core.digest import sha256_file
from nlcl_bench.data.checksums import write_checksums

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLISH = """
import sys
from huggingface_hub import HfApi
api, folder = HfApi(), sys.argv[1]
for name, private in (("rain", False), ("secret", True), ("gated", False)):
    repo = f"ada/{name}"
    api.create_repo(repo, repo_type="dataset", private=private)
    api.upload_folder(repo_id=repo, folder_path=folder, repo_type="dataset")
    api.create_tag(repo, tag="v1.0.0", repo_type="dataset")
api.update_repo_settings("ada/gated", gated="manual", repo_type="dataset")
"""

LOAD = """
from nlcl_bench.data import load_split
samples = load_split("ada/rain", "paired", "test", revision="v1.0.0")
print(samples, samples[2].open().size, sum(sample.clean is not None for sample in samples))
"""


@pytest.fixture(scope="module")
def released(write_release, tmp_path_factory) -> Path:
    """Return a release with its checksums."""
    folder = write_release(tmp_path_factory.mktemp("released") / "release", side=32)
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    write_checksums(folder, {name: sha256_file(folder / name) for name in names})
    return folder


@pytest.fixture(scope="module")
def kept(released, tmp_path_factory) -> Path:
    """Return what a server keeps that holds a release three times: for everybody, private, and gated."""
    home = tmp_path_factory.mktemp("kept")
    with HubServer(home / "hub") as server:
        environment = server.environment(home / "home", server.account("ada"))
        subprocess.run([sys.executable, "-c", PUBLISH, released], env=environment, check=True, capture_output=True)
    return home / "hub"


@pytest.fixture
def published(kept, tmp_path) -> Iterator[HubServer]:
    """Yield a server on a copy of it."""
    with HubServer(Path(shutil.copytree(kept, tmp_path / "hub"))) as server:
        yield server


def run(hub, home, *arguments, token=None, offline=False):
    environment = {**hub.environment(home, token), **({"HF_HUB_OFFLINE": "1"} if offline else {})}
    command = [sys.executable, "-m", "nlcl_bench", "data", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_what_the_hubs_client_keeps_for_all_datasets_together_verifies_as_well(hub, released, tmp_path):
    writer = hub.environment(tmp_path / "home", hub.account("ada"), xet=True)
    subprocess.run([sys.executable, "-c", PUBLISH, released], env=writer, check=True, capture_output=True)
    reader = hub.environment(tmp_path / "reader", xet=True)
    command = [sys.executable, "-m", "nlcl_bench", "data", "verify", "ada/rain", "--revision", "v1.0.0"]
    done = subprocess.run(command, env=reader, capture_output=True, text=True, check=False, timeout=120)
    assert "5 files and 9 images are as they were released" in done.stdout, done.stderr
    assert any((tmp_path / "reader" / "hub" / "blobs").rglob("*"))


def test_a_stranger_shows_verifies_and_loads_it_by_name_and_tag(published, tmp_path):
    published.forget_trace()
    shown = run(published, tmp_path / "a", "show", "ada/rain", "--revision", "v1.0.0")
    assert 'load_split("ada/rain", "rainy", split="test", revision="v1.0.0")' in shown.stdout
    assert "as pinned" in shown.stdout
    shards = [entry for entry in published.trace() if entry["path"].endswith(".parquet") and entry["method"] == "GET"]
    assert {entry["status"] for entry in shards} == {206}
    verified = run(published, tmp_path / "b", "verify", "hf://ada/rain", "--revision", "v1.0.0")
    assert "5 files and 9 images are as they were released" in verified.stdout
    environment = published.environment(tmp_path / "c")
    loaded = subprocess.run([sys.executable, "-c", LOAD], env=environment, capture_output=True, text=True, check=True)
    (snapshot,) = (tmp_path / "c" / "hub" / "datasets--ada--rain" / "snapshots").iterdir()
    assert loaded.stdout == f"<3 samples of small paired/test ({snapshot.name})> (48, 32) 3\n"
    assert sorted(path.name for path in snapshot.iterdir()) == ["benchmark.toml", "paired"]
    published.kill()
    again = subprocess.run([sys.executable, "-c", LOAD], env=environment, capture_output=True, text=True, check=True)
    assert again.stdout == loaded.stdout


def test_every_way_to_be_refused_has_its_own_line_and_no_token_in_it(published, tmp_path):
    expired = published.account("ada", expired=True)
    cases = [
        ("ada/nothing", None, "no such dataset, or it is private and you have no access"),
        ("ada/secret", published.account("bob"), "no such dataset, or it is private and you have no access"),
        ("ada/gated", None, "dataset is gated and you have no access"),
        ("ada/rain", expired, "the Hub refuses your token"),
    ]
    for repo, token, says in cases:
        done = run(published, tmp_path / "home", "verify", repo, token=token)
        assert (done.returncode, done.stderr.count("error:")) == (1, 1), done.stderr
        assert f"error: {repo}@main: {says}" in done.stderr
        assert token is None or token not in done.stdout + done.stderr


def test_a_revision_that_is_not_there_a_failing_hub_and_no_hub_are_told_apart(published, tmp_path):
    home = tmp_path / "elsewhere"
    assert "has no such revision" in run(published, home, "show", "ada/rain", "--revision", "v9").stderr
    published.fault("status", "/api/datasets/ada/rain", status=500, times=None)
    assert "the Hub answered with error 500" in run(published, home, "verify", "ada/rain").stderr
    published.no_faults()
    assert "HF_HUB_OFFLINE is set" in run(published, home, "verify", "ada/rain", offline=True).stderr
    published.kill()
    assert "no network, or the Hub does not answer" in run(published, home, "verify", "ada/rain").stderr


def test_a_connection_that_breaks_is_taken_up_again(published, tmp_path):
    published.fault("drop-reply", "GET .*resolve/.*parquet", times=1)
    done = run(published, tmp_path / "elsewhere", "verify", "ada/rain", "--revision", "v1.0.0")
    assert "9 images are as they were released" in done.stdout, done.stderr


def test_a_dataset_of_the_hub_is_imported_like_a_folder(hub, tmp_path, photograph, encoded):
    for seed, name in enumerate(("rainy/1.png", "rainy/2.png", "clean/1.png", "clean/2.png")):
        path = tmp_path / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(photograph(seed, 40, 32)))
    environment = hub.environment(tmp_path / "home", hub.account("ada"))
    subprocess.run([sys.executable, "-c", PUBLISH, tmp_path / "set"], env=environment, check=True, capture_output=True)
    arguments = ("ada/rain", "--template", "folders", "--revision", "v1.0.0", "--into", str(tmp_path / "in"))
    done = run(hub, tmp_path / "stranger", "import", *arguments)
    assert "paired  test   2" in done.stdout, done.stderr
