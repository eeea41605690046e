"""`nlcl-bench weights` shows, adds and verifies the files that metrics and methods need."""

from __future__ import annotations

import hashlib

import pytest
from typer.testing import CliRunner

from nlcl_bench.cli.weights import app
from nlcl_bench.core.artifacts import cache_folder
from nlcl_bench.core.errors import NLCLBenchError


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NLCL_BENCH_CACHE", str(tmp_path / "cache"))


def typed(*words: object) -> str:
    """Return what a command says; an error leaves as it does towards the program's border."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None:
        raise done.exception
    return done.output


def line(listing: str, name: str) -> str:
    (found,) = [row for row in listing.splitlines() if row.startswith(name)]
    return found


def test_every_file_is_listed_with_state_pin_size_licence_source_and_who_needs_it():
    row = line(typed("list"), "niqe_modelparameters.mat")
    for word in ("missing", "us", "8,347", "academic research only", "niqe", "resolve/main/niqe_modelparameters.mat"):
        assert word in row
    assert "nlcl" in line(typed("list"), "latest_net_Back.pth")


def test_a_file_without_a_digest_is_added_on_trust_listed_so_and_watched(tmp_path):
    (tmp_path / "found.mat").write_bytes(b"forests")
    said = typed("add", "nrqm", tmp_path / "found.mat")
    assert f"trusted on first use; pinned to sha256 {hashlib.sha256(b'forests').hexdigest()}" in said.replace("\n", "")
    row = line(typed("list"), "NRQM_model.mat")
    assert " present " in row
    assert " you " in row
    assert "NRQM_model.mat: present" in typed("verify")
    (cache_folder() / "metrics" / "NRQM_model.mat").write_bytes(b"tampered")
    assert "tampered with" in line(typed("list"), "NRQM_model.mat")
    with pytest.raises(NLCLBenchError, match=r"NRQM_model\.mat: not the pinned files"):
        typed("verify")


def test_a_file_of_another_digest_than_ours_is_refused(tmp_path):
    (tmp_path / "found.mat").write_bytes(b"something else")
    with pytest.raises(NLCLBenchError, match=r"is not metrics/niqe_modelparameters\.mat"):
        typed("add", "niqe", tmp_path / "found.mat")
    assert " missing " in line(typed("list"), "niqe_modelparameters.mat")


def test_pulling_tries_every_file_and_ends_in_one_error(monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(NLCLBenchError, match=r"niqe_modelparameters\.mat, brisque_svm_weights\.pth: could not be had"):
        typed("pull", "niqe", "brisque")


def test_pulling_nothing_is_told():
    with pytest.raises(NLCLBenchError, match="give names, or --all"):
        typed("pull")


@pytest.mark.realdata
def test_the_right_file_is_taken_and_needs_no_trust(real_data):
    file = real_data / "weights" / "iqa" / "niqe_modelparameters.mat"
    assert "niqe_modelparameters.mat: verified" in typed("add", "niqe", file).replace("\n", "")
    assert "niqe_modelparameters.mat: is here" in typed("pull", "niqe")
    assert " present " in line(typed("list"), "niqe_modelparameters.mat")
