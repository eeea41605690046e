"""Weight files: nothing is used before its digest matched."""

from __future__ import annotations

import hashlib
import http.server
import threading

import pytest

from nlcl_bench.core.artifacts import Artifact, cache_folder, locate, obtain
from nlcl_bench.core.errors import ArtifactError

CONTENT = b"weights of a network"


def artifact(source: str = "https://example.invalid/net.bin", sha256: str | None = None) -> Artifact:
    digest = sha256 or hashlib.sha256(CONTENT).hexdigest()
    return Artifact(name="some/net.bin", source=source, sha256=digest, size=len(CONTENT), licence="CC0-1.0")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NLCL_BENCH_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def server():
    """A real server on loopback that gives CONTENT."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            known = self.path in {"/net.bin", "/some/repo/resolve/main/net.bin"}
            self.send_response(200 if known else 404)
            self.end_headers()
            if known:
                self.wfile.write(CONTENT)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


def test_a_file_that_is_not_there_is_none(cache):
    assert locate(artifact()) is None


def test_a_file_put_there_by_hand_is_found(cache):
    (cache / "some").mkdir()
    (cache / "some" / "net.bin").write_bytes(CONTENT)
    assert obtain(artifact()).read_bytes() == CONTENT


def test_a_tampered_file_is_refused_by_name(cache):
    (cache / "some").mkdir()
    (cache / "some" / "net.bin").write_bytes(b"evil")
    with pytest.raises(ArtifactError, match=r"net\.bin: is not the pinned file.*delete it"):
        locate(artifact())


def test_a_missing_file_is_fetched_once(cache, server):
    one = artifact(f"{server}/net.bin")
    assert obtain(one).read_bytes() == CONTENT
    assert obtain(artifact("http://127.0.0.1:9/net.bin")) == one.path  # no second fetch: nobody answers there


def test_a_fetched_file_of_other_content_is_refused_and_not_kept(cache, server):
    with pytest.raises(ArtifactError, match="has sha256"):
        obtain(artifact(f"{server}/net.bin", sha256="0" * 64))
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_without_a_network_the_message_says_where_to_put_the_file(cache, server):
    with pytest.raises(ArtifactError) as caught:
        obtain(artifact(f"{server}/gone.bin"))
    assert str(cache / "some" / "net.bin") in str(caught.value)
    assert artifact().sha256 in str(caught.value)
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_a_file_of_the_hub_is_fetched_from_its_endpoint(cache, server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", server)
    assert obtain(artifact("hf://some/repo@main/net.bin")).read_bytes() == CONTENT


def test_a_file_of_the_hub_offline_says_the_same(cache):
    with pytest.raises(ArtifactError, match=r"could not be fetched.*put it at"):
        obtain(artifact("hf://some/repo@main/net.bin"))


def test_the_cache_follows_xdg(monkeypatch, tmp_path):
    monkeypatch.delenv("NLCL_BENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "nlcl-bench"


def test_a_file_that_comes_with_a_package_is_found_and_checked_there(cache, tmp_path, monkeypatch):
    package = tmp_path / "acme_weights"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "net.bin").write_bytes(CONTENT)
    monkeypatch.syspath_prepend(tmp_path)
    assert obtain(artifact("package://acme_weights/net.bin")) == package / "net.bin"
    with pytest.raises(ArtifactError, match="is missing from the installed package"):
        obtain(artifact("package://acme_weights/other.bin"))
    with pytest.raises(ArtifactError, match="acme_nothing: is not installed"):
        obtain(artifact("package://acme_nothing/net.bin"))
    (package / "net.bin").write_bytes(b"other")
    with pytest.raises(ArtifactError, match="install the package again"):
        obtain(artifact("package://acme_weights/net.bin"))
