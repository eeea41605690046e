"""A model of the Hub is fetched once, pinned by its digest, and goes to the adapter of its kind."""

from __future__ import annotations

import hashlib
import http.server
import threading

import pytest

from baselines.adapters.hub import hub
from nlcl_bench.core.errors import ArtifactError, InputError
from nlcl_bench.testing import check_method


@pytest.fixture
def model(onnx_file, tmp_path, monkeypatch):
    """Serve an ONNX file as the Hub does, and return its digest."""
    data = onnx_file(tmp_path / "blur.onnx").read_bytes()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            known = self.path == "/ada/blur/resolve/v1.0/nets/blur.onnx"
            self.send_response(200 if known else 404)
            self.end_headers()
            self.wfile.write(data if known else b"")

        def log_message(self, *_):
            pass

    monkeypatch.setenv("NLCL_BENCH_CACHE", str(tmp_path / "cache"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{httpd.server_address[1]}")
        yield hashlib.sha256(data).hexdigest()
        httpd.shutdown()


ADDRESS = "ada/blur@v1.0/nets/blur.onnx"


def test_a_pinned_model_is_fetched_and_run(model, tmp_path):
    pytest.importorskip("onnxruntime")
    spec = hub(ADDRESS, {"sha256": model})
    assert (spec.name, spec.interface.source) == ("onnx-blur", f"hub:{ADDRESS}")
    assert (tmp_path / "cache/hub/ada/blur/v1.0/nets/blur.onnx").is_file()
    check_method(spec, spec.weights.path)


def test_a_model_of_another_digest_is_refused(model):
    with pytest.raises(ArtifactError, match="has sha256"):
        hub(ADDRESS, {"sha256": "0" * 64})


def test_a_model_has_to_be_pinned(model):
    with pytest.raises(InputError, match="has to be pinned"):
        hub(ADDRESS, {})


@pytest.mark.parametrize(
    "address",
    [
        "ada/blur",
        "ada/blur@main",
        "ada/../x@main/a.onnx",
        "ada/blur@main/../../a.onnx",
        "ada/blur@../a/b.onnx",
        "a@b/c.onnx",
    ],
)
def test_an_address_that_is_none_or_leaves_the_cache_is_refused(address):
    with pytest.raises(InputError, match="is no address"):
        hub(address, {"sha256": "0" * 64})


def test_a_suffix_that_nothing_runs_is_refused():
    with pytest.raises(InputError, match="is of no kind that can be run"):
        hub("ada/blur@main/model.exe", {"sha256": "0" * 64})
