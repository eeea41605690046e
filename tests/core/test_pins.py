"""A file whose publisher names no digest is trusted once, and from then on only as it was."""

from __future__ import annotations

import hashlib
import http.server
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlcl_bench.core.artifacts import Artifact, fetch, locate, obtain
from nlcl_bench.core.errors import ArtifactError, InputError
from nlcl_bench.core.pins import pin_of, recorded
from nlcl_bench.core.stock import add, pinned_by, standing

CONTENT = b"weights of a network"


def artifact(source: str = "https://example.invalid/net.bin", sha256: str | None = None) -> Artifact:
    return Artifact(name="some/net.bin", source=source, sha256=sha256, size=None, licence="CC0-1.0")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NLCL_BENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.bin").write_bytes(CONTENT)
    return tmp_path / "mine.bin"


@pytest.fixture
def server():
    """A real server on loopback; of /short.bin it gives half of what it announces."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[: len(CONTENT) // 2] if self.path == "/short.bin" else CONTENT)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


def test_a_file_that_nobody_pinned_is_not_used_and_the_way_to_pin_it_works(cache):
    one = artifact()
    one.path.parent.mkdir(parents=True)
    one.path.write_bytes(CONTENT)
    assert standing(one) == "not pinned"
    with pytest.raises(ArtifactError, match=r"no recorded sha256.*nlcl-bench weights add net\.bin"):
        locate(one)
    add(one, one.path)
    assert locate(one) == one.path
    assert (standing(one), pinned_by(one)) == ("present", "you")


def test_a_file_that_is_added_is_copied_and_pinned_as_it_was(cache, mine):
    place = add(artifact(), mine)
    assert place.read_bytes() == CONTENT
    assert recorded(place) == hashlib.sha256(CONTENT).hexdigest()
    assert obtain(artifact()) == place


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=64), at=st.integers(0, 63), change=st.integers(1, 255))
def test_any_change_of_a_byte_is_found(cache, mine, content, at, change):
    one = artifact()
    pin_of(one.path).unlink(missing_ok=True)
    mine.write_bytes(content)
    place = add(one, mine)
    changed = bytearray(content)
    changed[at % len(content)] ^= change
    place.write_bytes(changed)
    assert standing(one) == "tampered with"
    with pytest.raises(ArtifactError, match="is not the pinned file"):
        obtain(one)


def test_another_file_does_not_take_the_place_of_a_pinned_one(cache, mine, tmp_path):
    place = add(artifact(), mine)
    (tmp_path / "other.bin").write_bytes(b"other")
    with pytest.raises(ArtifactError, match=r"if you trust this one instead, delete .*net\.bin\.pin\.json"):
        add(artifact(), tmp_path / "other.bin")
    assert place.read_bytes() == CONTENT


def test_a_file_that_we_pin_must_have_our_digest_and_needs_no_record(cache, mine):
    wrong, right = artifact(sha256="0" * 64), artifact(sha256=hashlib.sha256(CONTENT).hexdigest())
    with pytest.raises(ArtifactError, match=r"mine\.bin: is not some/net\.bin"):
        add(wrong, mine)
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    place = add(right, mine)
    assert (standing(right), pinned_by(right)) == ("present", "us")
    assert not pin_of(place).exists()


def test_nothing_is_fetched_on_trust_unless_asked_to(cache, server):
    one = artifact(f"{server}/net.bin")
    with pytest.raises(ArtifactError, match=r"names no sha256.*nlcl-bench weights pull net\.bin"):
        obtain(one)
    assert not one.path.exists()
    fetch(one, trusting=True)
    assert obtain(one).read_bytes() == CONTENT


def test_a_download_that_breaks_off_is_neither_kept_nor_pinned(cache, server):
    with pytest.raises(ArtifactError, match="could not be fetched"):
        fetch(artifact(f"{server}/short.bin"), trusting=True)
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_what_comes_from_afar_again_must_be_what_was_pinned(cache, server, tmp_path):
    (tmp_path / "older.bin").write_bytes(b"older")
    one = artifact(f"{server}/net.bin")
    add(one, tmp_path / "older.bin").unlink()
    with pytest.raises(ArtifactError, match="its source has changed"):
        fetch(one, trusting=True)
    assert not one.path.exists()


@pytest.mark.parametrize("record", [b"", b"[]", b"{}", b'{"sha256": 3}', b'{"sha256": "abc"}', b"\xff"])
def test_a_broken_record_vouches_for_nothing(cache, mine, record):
    place = add(artifact(), mine)
    pin_of(place).write_bytes(record)
    assert standing(artifact()) == "tampered with"
    with pytest.raises(ArtifactError, match=r"net\.bin\.pin\.json"):
        locate(artifact())


def test_a_file_that_is_not_there_cannot_be_added(cache, tmp_path):
    with pytest.raises(InputError, match=r"gone\.bin: no such file"):
        add(artifact(), tmp_path / "gone.bin")
