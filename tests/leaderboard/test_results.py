"""Results for a model's repository, read back by the Hub's own library."""

from __future__ import annotations

import pytest
import yaml
from huggingface_hub import parse_eval_result_entries
from typer.testing import CliRunner

from collection_tools.release.task import task
from leaderboard.cli import app
from leaderboard.rank import rank
from leaderboard.results import result_file
from nlcl_bench.core.errors import InputError
from nlcl_bench.data.benchmark import Benchmark
from nlcl_bench.evaluation.intake import read_all
from nlcl_bench.metrics.no_reference import NIQE
from tests.leaderboard.conftest import CHANGE, metric

REVISION = "c0ffee" + "0" * 34


@pytest.fixture
def pinned(folders):
    """Runs on a commit, under metrics of which two have the names of real ones."""
    folders.benchmark = {"revision": REVISION}
    niqe = metric(NIQE.name)
    for label, level in (("identity", 4.0), ("mine", 3.5), ("other", 3.7)):
        folders.write(label, {niqe: level, CHANGE: 0.0 if label == "identity" else 5.0})
    return folders


def test_the_hubs_library_reads_what_is_written(pinned, tmp_path):
    line = ["results", str(pinned.root), "--method", "mine", "--dataset", "ada/street", "--into", str(tmp_path)]
    done = CliRunner().invoke(app, [*line, "--address", "https://example.org/board"])
    assert done.exit_code == 0, done.output
    written = yaml.safe_load((tmp_path / ".eval_results" / "street-rainy-test.yaml").read_text())
    (entry,) = parse_eval_result_entries(written)
    assert (entry.dataset_id, entry.task_id, entry.dataset_revision) == ("ada/street", "rainy-niqe", REVISION)
    assert (entry.value, entry.source_url) == (3.5, "https://example.org/board")
    assert "12 images" in entry.notes
    assert "against doing nothing" in entry.notes


def test_tasks_are_those_that_a_release_names(pinned):
    ranking = rank(read_all([pinned.root])[0], draws=100)
    (written,) = yaml.safe_load(result_file(ranking, "mine", "ada/street"))
    digests = {"rainy": {"test": "0" * 64}}
    benchmark = Benchmark(name="street", title="Street", source=".", digests=digests)
    tasks = yaml.safe_load(task(benchmark))["tasks"]
    assert written["dataset"]["task_id"] in [one["id"] for one in tasks]


def test_a_row_that_is_not_ranked_has_no_results(pinned):
    ranking = rank(read_all([pinned.root])[0], draws=100)
    with pytest.raises(InputError, match="there are: mine, other"):
        result_file(ranking, "identity", "ada/street")


def test_a_board_of_a_local_release_has_no_results(board):
    with pytest.raises(InputError, match="a local release, which nobody can look up"):
        result_file(rank(read_all([board.root])[0], draws=100), "nlcl", "ada/street")
