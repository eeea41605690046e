"""A run is sent as a pull request or a folder, a site as a Space: the real commands against a look-alike of the Hub."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request

import pytest
import yaml
from typer.testing import CliRunner

from leaderboard.build import build
from leaderboard.cli import app
from leaderboard.events import read_events
from nlcl_bench.core.errors import InputError, RunError
from tests.leaderboard.conftest import CHANGE, NIQE


def words(done) -> str:
    return " ".join((done.stdout + done.stderr).split())


class Sender:
    """Somebody with an account, and the commands in processes of their own."""

    def __init__(self, server, home):
        self.server, self.home, self.token = server, home, server.account("ada")

    def type(self, *line, token=None):
        environment = self.server.environment(self.home / "hf", token or self.token)
        command = [sys.executable, "-m", "nlcl_bench", "leaderboard", *map(str, line)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=self.home)

    def library(self, code):
        environment = self.server.environment(self.home / "hf", self.token)
        program = f"from huggingface_hub import HfApi\napi = HfApi()\n{code}"
        subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)

    def get(self, path):
        head = {"Authorization": f"Bearer {self.token}"}
        with urllib.request.urlopen(urllib.request.Request(f"{self.server.url}{path}", headers=head)) as answer:  # noqa: S310
            return answer.read()

    def files(self, repo, revision="main"):
        found = json.loads(self.get(f"/api/{repo}/tree/{revision}?recursive=true"))
        return {one["path"] for one in found if one["type"] == "file"}


@pytest.fixture
def ada(hub, tmp_path) -> Sender:
    return Sender(hub, tmp_path)


def test_a_run_becomes_a_pull_request_with_its_files_and_a_line_of_what_happened(ada, folders):
    ada.library("api.create_repo('ada/results', repo_type='dataset')")
    run = folders.write("mine", {NIQE: 3, CHANGE: 5})
    done = ada.type("submit", run, "--to", "ada/results", "--why", "our model")
    assert done.returncode == 0, words(done)
    assert "/datasets/ada/results/discussions/1" in words(done)
    place = "runs/street/mine"
    assert {f"{place}/run.json", f"{place}/scores.parquet", "runs/events.jsonl"} < ada.files(
        "datasets/ada/results", "refs%2Fpr%2F1"
    )
    sent = "/datasets/ada/results/resolve/refs%2Fpr%2F1"
    assert ada.get(f"{sent}/{place}/scores.parquet") == (run / "scores.parquet").read_bytes()
    line = json.loads(ada.get(f"{sent}/runs/events.jsonl"))
    assert (line["event"], line["run"], line["why"]) == ("added", "street/mine", "our model")
    ada.library("api.merge_pull_request('ada/results', 1, repo_type='dataset')")
    again = ada.type("submit", run, "--to", "ada/results")
    assert again.returncode == 1
    assert "holds exactly this run already" in words(again)
    folders.write("mine", {NIQE: 2.9, CHANGE: 5})
    assert "sent again" in words(ada.type("submit", run, "--to", "ada/results"))
    lines = ada.get("/datasets/ada/results/resolve/refs%2Fpr%2F2/runs/events.jsonl").decode().splitlines()
    assert [json.loads(one)["event"] for one in lines] == ["added", "rerun"]


def test_without_a_repository_or_a_right_one_line_says_so_and_no_token(ada, folders):
    run = folders.write("mine", {NIQE: 3, CHANGE: 5})
    done = ada.type("submit", run, "--to", "ada/nothing")
    assert done.returncode == 1
    assert "no such" in words(done)
    reader = ada.server.account("bob", role="read")
    ada.library("api.create_repo('ada/results', repo_type='dataset')")
    done = ada.type("submit", run, "--to", "ada/results", token=reader)
    assert done.returncode == 1
    assert "permission" in words(done)
    assert reader not in words(done)


def test_no_line_is_lost_when_somebody_else_adds_one_meanwhile(ada, folders):
    ada.library("api.create_repo('ada/results', repo_type='dataset')")
    ada.server.fault("stale", "^POST .*/commit/", path="runs/events.jsonl")
    done = ada.type("submit", folders.write("mine", {NIQE: 3, CHANGE: 5}), "--to", "ada/results")
    assert done.returncode == 0, words(done)
    told = json.loads(ada.get("/api/datasets/ada/results/discussions/1"))
    assert told["filesWithConflicts"] == ["runs/events.jsonl"]


def test_who_is_not_logged_in_is_told_so_in_one_line(ada, folders):
    ada.library("api.create_repo('ada/results', repo_type='dataset')")
    run = folders.write("mine", {NIQE: 3, CHANGE: 5})
    environment = ada.server.environment(ada.home / "nobody")
    line = [sys.executable, "-m", "nlcl_bench", "leaderboard", "submit", str(run), "--to", "ada/results"]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "hf auth login" in words(done)
    assert "Traceback" not in words(done)


def test_a_run_that_a_board_would_refuse_is_not_sent(folders, tmp_path):
    folders.write("bad", {NIQE: 999.0, CHANGE: 5.0})
    done = CliRunner().invoke(app, ["submit", str(folders.root / "street" / "bad"), "--into", str(tmp_path / "send")])
    assert isinstance(done.exception, RunError)
    assert not (tmp_path / "send").exists()


def test_a_folder_to_send_is_one_that_a_board_is_built_of(folders, tmp_path):
    line = ["submit", str(folders.write("mine", {NIQE: 3, CHANGE: 0.01})), "--into", str(tmp_path / "send")]
    done = CliRunner().invoke(app, line)
    assert done.exit_code == 0, done.output
    assert "shown, not ranked: changes the photographs by 0.010 grey levels" in " ".join(done.output.split())
    assert [one.event for one in read_events(tmp_path / "send")[0]] == ["added"]
    assert [row.label for row in build([tmp_path / "send"], tmp_path / "site").rankings[0].rows] == ["mine"]
    assert isinstance(CliRunner().invoke(app, line).exception, InputError)


def test_what_a_kill_left_half_done_is_finished_by_the_same_command(folders, tmp_path):
    send = tmp_path / "send"
    line = ["submit", str(folders.write("mine", {NIQE: 3, CHANGE: 5})), "--into", str(send)]
    assert CliRunner().invoke(app, line).exit_code == 0
    for left in ("events.jsonl", "street/mine/scores.parquet"):
        (send / "events.jsonl").unlink(missing_ok=True)
        (send / left).unlink(missing_ok=True)
        done = CliRunner().invoke(app, line)
        assert done.exit_code == 0, done.exception
        assert [one.event for one in read_events(send)[0]] == ["added"]
    assert (send / "street" / "mine" / "scores.parquet").is_file()


def test_either_a_repository_or_a_folder_has_to_be_given(folders):
    run = str(folders.write("mine", {NIQE: 3, CHANGE: 5}))
    assert CliRunner().invoke(app, ["submit", run]).exit_code == 2
    assert CliRunner().invoke(app, ["submit", run, "--to", "a/b", "--into", "c"]).exit_code == 2


def test_a_site_becomes_a_static_space_and_again_only_what_changed_goes_up(ada, board):
    site = ada.home / "site"
    build([board.root], site, draws=100)
    done = ada.type("publish", site, "--space", "ada/board", "--title", 'Rain: "ours"')
    assert done.returncode == 0, words(done)
    assert "Warning" not in words(done)
    there = ada.files("spaces/ada/board")
    here = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    assert here <= there
    card = ada.get("/spaces/ada/board/resolve/main/README.md").decode()
    head = yaml.safe_load(card.split("---")[1])
    assert (head["sdk"], head["app_file"], head["title"]) == ("static", "index.html", 'Rain: "ours"')
    assert "exactly this site already" in words(ada.type("publish", site, "--space", "ada/board"))
    ada.library("api.upload_file(path_or_fileobj=b'x', path_in_repo='own.txt', repo_id='ada/board', repo_type='space')")
    shutil.rmtree(board.root / "street" / "sleeper")
    build([board.root], site, draws=100)
    assert ada.type("publish", site, "--space", "ada/board").returncode == 0
    now = ada.files("spaces/ada/board")
    assert "own.txt" in now
    assert "street-rainy-test/methods/sleeper.html" in there - now


def test_files_that_went_missing_from_a_space_come_back_and_its_card_is_its_owners(ada, board):
    site = ada.home / "site"
    build([board.root], site, draws=100)
    assert ada.type("publish", site, "--space", "ada/board").returncode == 0
    rest = "repo_id='ada/board', repo_type='space')"
    ada.library(f"api.delete_file('index.html', {rest}")
    ada.library(f"api.delete_file('street-rainy-test/methods/sleeper.html', {rest}")
    ada.library(f"api.upload_file(path_or_fileobj=b'---\\nsdk: static\\n---\\nOurs', path_in_repo='README.md', {rest}")
    shutil.rmtree(board.root / "street" / "sleeper")
    build([board.root], site, draws=100)
    done = ada.type("publish", site, "--space", "ada/board")
    assert done.returncode == 0, words(done)
    assert ada.get("/spaces/ada/board/resolve/main/index.html") == (site / "index.html").read_bytes()
    assert ada.get("/spaces/ada/board/resolve/main/README.md").endswith(b"Ours")
    assert "0 files uploaded" in words(ada.type("publish", site, "--space", "ada/board", "--title", "Another"))
    assert b'title: "Another"' in ada.get("/spaces/ada/board/resolve/main/README.md")


def test_a_space_that_runs_a_program_is_not_overwritten(ada, board):
    build([board.root], ada.home / "site", draws=100)
    ada.library("api.create_repo('ada/app', repo_type='space', space_sdk='gradio')")
    done = ada.type("publish", "site", "--space", "ada/app")
    assert done.returncode == 1
    assert "is a Space of gradio" in words(done)
    assert ada.files("spaces/ada/app") == {".gitattributes"}


def test_a_folder_that_is_no_site_or_was_changed_is_not_published(board, tmp_path):
    line = ["publish", str(tmp_path), "--space", "ada/board"]
    assert "is no site" in str(CliRunner().invoke(app, line).exception)
    build([board.root], tmp_path / "site", draws=100)
    (tmp_path / "site" / "index.html").write_text("mine")
    line[1] = str(tmp_path / "site")
    assert "was changed after it was built" in str(CliRunner().invoke(app, line).exception)
