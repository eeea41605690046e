"""The command line as a user meets it: exit codes, one-line errors, help with examples."""

from __future__ import annotations

import pickle
import subprocess
import sys
from types import SimpleNamespace

import pytest

from nlcl_bench.cli.app import COMMANDS, main
from nlcl_bench.core.images import write_png
from nlcl_bench.metrics.catalogue import METRICS


@pytest.fixture
def run(capfd, monkeypatch):
    """Run the command line as its script does, in this process: argv in, exit code and both outputs out."""

    def run_(*arguments, cwd=None, check=0):
        if cwd is not None:
            monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["nlcl-bench", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        output = capfd.readouterr()
        done = SimpleNamespace(returncode=code, stdout=output.out, stderr=output.err)
        assert done.returncode == check, done.stderr
        return done

    return run_


def error_line(done) -> str:
    """Return the one line of an error, after checking that there is no traceback."""
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return line


SUBCOMMANDS = (
    *(f"leaderboard {verb}" for verb in ["build", "own", "verify", "submit", "publish", "results", "withdraw", "log"]),
    "data show",
    "metrics agreement",
    "analyse encoders",
    "analyse dimension",
    "analyse ablation",
)


@pytest.mark.parametrize("name", [*COMMANDS.names(), *SUBCOMMANDS])
def test_every_command_has_help_with_an_example(run, name):
    if name in {one.partition(" ")[0] for one in SUBCOMMANDS}:
        assert "Commands:" in run(name, "--help").stdout
        return
    text = run(*name.split(), "--help").stdout
    assert f"nlcl-bench {name}" in text.partition("Example")[2]


def test_the_version_is_printed(run):
    assert run("--version").stdout.startswith("nlcl-bench 0.")


def test_the_installed_module_ends_with_the_same_codes():
    """The one test here that starts a process: the others run the same main()."""
    for arguments, code in ((["--version"], 0), (["no-such-command"], 2), (["data", "show", "gone"], 1)):
        done = subprocess.run([sys.executable, "-m", "nlcl_bench", *arguments], capture_output=True, check=False)
        assert done.returncode == code


def test_wrong_usage_ends_with_two(run):
    run("evaluate", check=2)
    run("evaluate", "--data", ".", check=2)
    run("evaluate", "--data", ".", "--method", "identity", "--attacks", check=2)
    run("evaluate", "--data", ".", "--attacks", "--label", "mine", check=2)
    run("metrics", "agreement", "runs", check=2)
    run("no-such-command", check=2)


@pytest.fixture
def photo(tmp_path, photograph):
    write_png(photograph(0, 80, 60), tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_derain_writes_one_png_per_photo_and_keeps_folders(run, tmp_path, photograph):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    photograph(0, 80, 60).save(tmp_path / "in" / "a.jpg")
    photograph(1, 80, 60).save(tmp_path / "in" / "deep" / "b c.png")
    done = run("derain", tmp_path / "in", "--into", tmp_path / "out", "--method", "median")
    assert sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.png")) == [
        "a.png",
        "deep/b c.png",
    ]
    assert "2 derained" in done.stdout


def test_derain_lets_the_good_photos_through(run, tmp_path, photo):
    (tmp_path / "bad.jpg").write_bytes(b"no photo")
    done = run("derain", photo, tmp_path / "bad.jpg", "--into", tmp_path / "out", "--method", "identity", check=1)
    assert (tmp_path / "out" / "photo.png").exists()
    assert "bad.jpg: is not an image" in done.stderr
    assert "1 of 2 files" in error_line(done)


def test_derain_again_keeps_what_is_there_and_says_so(run, tmp_path, photo):
    run("derain", photo, "--into", tmp_path / "out", "--method", "identity")
    again = run("derain", photo, "--into", tmp_path / "out", "--method", "median")
    assert "1 were there already" in again.stdout


class Evil:
    """Runs code when unpickled; the file it writes would prove that it did."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_a_pickle_that_runs_code_is_refused_and_does_not_run(run, tmp_path, photo):
    (tmp_path / "evil.pth").write_bytes(pickle.dumps(Evil(str(tmp_path / "owned"))))
    done = run("derain", photo, "--into", tmp_path / "out", "--weights", tmp_path / "evil.pth", check=1)
    assert "evil.pth" in error_line(done)
    assert not (tmp_path / "owned").exists()


def test_weights_of_another_shape_are_told_in_one_line(run, tmp_path, photo):
    import torch

    torch.save({"gen.0.weight": torch.zeros(3, 3)}, tmp_path / "other.pth")
    done = run("derain", photo, "--into", tmp_path / "out", "--weights", tmp_path / "other.pth", check=1)
    assert "other.pth" in error_line(done)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["derain", "PHOTO", "--into", "out", "--method", "medain"], "did you mean median"),
        (["derain", "gone.jpg", "--into", "out", "--method", "median"], "gone.jpg: no such file or folder"),
        (["derain", "PHOTO", "--into", "/proc/out", "--method", "median"], "/proc/out: folder cannot be made"),
        (["derain", "PHOTO", "--into", "out", "--method", "median", "--weights", "x"], "median: takes no weights"),
        (["derain", "PHOTO", "--into", "out", "--weights", "gone.pth"], "gone.pth: no such weight file"),
        (["derain", "PHOTO", "--into", "out", "--method", "median", "--device", "tpu9"], "--device tpu9"),
        (["derain", "PHOTO", "--into", "out", "--method", "median", "--tile", "50"], "--tile 50: is no tile size"),
        (["evaluate", "--method", "median", "--data", "gone"], "gone: cannot be read"),
        (["evaluate", "--method", "median", "--data", "."], "holds no benchmark"),
        (["evaluate", "--method", "median", "--data", ".", "--executor", "dask"], "is no executor: dask"),
        (["data", "show", "gone"], "gone: cannot be read"),
        (["collect", "gone", "--into", "store", "--domain", "rainy"], "gone"),
        (["curate", "gone", "--into", "curated"], "gone"),
        (["release", "gone", "--into", "release"], "gone"),
        (["leaderboard", "build", "gone", "--into", "board"], "gone"),
    ],
)
def test_bad_input_is_one_clear_line(run, arguments, says, tmp_path, photo):
    done = run(*(photo if word == "PHOTO" else word for word in arguments), cwd=tmp_path, check=1)
    assert says in error_line(done)


def test_evaluate_prints_means_and_the_folder(run, tmp_path, release):
    done = run("evaluate", "--method", "identity", "--data", release, "--into", tmp_path / "runs")
    assert "PIQE" in done.stdout
    assert f"run: {tmp_path / 'runs' / 'small' / 'identity'}" in done.stdout.replace("\n", "")
    assert "niqe is not measured: missing: niqe_modelparameters.mat" in done.stderr


def test_evaluate_by_an_executor_prints_what_one_process_prints(run, tmp_path, release):
    asked = ("evaluate", "--method", "identity", "--data", release, "--metrics", "piqe", "--into")
    alone = run(*asked, tmp_path / "a").stdout.partition("run: ")[0]
    shared = run(*asked, tmp_path / "b", "--executor", "local", "--tasks", "2", "--jobs", "1").stdout
    assert shared.partition("run: ")[0] == alone


def test_data_show_loads_as_a_user_of_the_hub_does(run, tmp_path, release, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    done = run("data", "show", release)
    assert "paired" in done.stdout
    assert "224x208" in done.stdout


def test_doctor_ends_with_an_error_if_a_file_is_not_the_pinned_one(run, tmp_path, monkeypatch):
    monkeypatch.setenv("NLCL_BENCH_CACHE", str(tmp_path))
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "brisque_svm_weights.pth").write_bytes(b"tampered")
    monkeypatch.setattr("nlcl_bench.evaluation.soundness.SLOW", frozenset(METRICS.names()))  # files are quick to check
    done = run("doctor", check=1)
    assert "WRONG FILE" in done.stdout
    assert error_line(done).startswith("error: brisque: not what it should be")


def test_attacks_print_what_every_metric_gains_and_where_the_page_is(run, tmp_path, release):
    done = run("evaluate", "--attacks", "--data", release, "--metrics", "piqe", "--limit", "2", "--into", tmp_path)
    title = "Gains by attacks on small, the first 2 of 3 images: none takes rain away"
    assert title in " ".join(done.stdout.split())  # as narrow as the table
    assert "jpeg50" in done.stdout
    assert "PIQE:" in done.stdout
    assert f"page: {tmp_path / 'attacks' / 'small' / 'attacks.html'}" in done.stdout.replace("\n", "")
    shared = ("--into", tmp_path / "shared", "--executor", "local", "--tasks", "2", "--jobs", "1")
    again = run("evaluate", "--attacks", "--data", release, "--metrics", "piqe", "--limit", "2", *shared)
    assert again.stdout.partition("page: ")[0] == done.stdout.partition("page: ")[0]


def test_attacks_that_leave_a_score_out_end_as_incomplete(run, tmp_path, write_release):
    asked = ["--data", write_release(tmp_path / "release", side=100), "--config", "paired", "--metrics", "psnr,ms_ssim"]
    done = run("evaluate", "--attacks", *asked, "--into", tmp_path, check=1)
    assert "the metric needs 161 pixels a side" in done.stderr
    assert "untouched: is incomplete" in error_line(done)
    assert "PSNR:" in done.stdout
    assert "MS-SSIM: scored no photograph" in done.stdout


def test_metrics_alone_lists_them_and_agreement_joins_runs_and_opinions(run, tmp_path, release):
    assert "piqe/pyiqa@1" in run("metrics").stdout
    runs = tmp_path / "runs"
    lines = ["image,method,score"]
    for place, method in enumerate(("identity", "median")):
        run("evaluate", "--method", method, "--data", release, "--metrics", "piqe", "--into", runs)
        lines += [f"{path.name},{method},{place}" for path in (runs / "small" / method / "restored").iterdir()]
    (tmp_path / "opinions.csv").write_text("\n".join([*lines, "gone,identity,3"]))
    into = tmp_path / "agreement"
    done = run("metrics", "agreement", runs, "--opinions", tmp_path / "opinions.csv", "--into", into)
    assert "PIQE" in done.stdout
    assert "1 of 7 outputs with an opinion are in none of these runs" in done.stderr
    assert sorted(path.name for path in into.iterdir()) == ["agreement.csv", "agreement.json"]


def test_opinions_that_cannot_be_used_are_told_with_their_place(run, tmp_path):
    (tmp_path / "bad.csv").write_text("image,method,score\na,b,nice\n")
    done = run("metrics", "agreement", tmp_path, "--opinions", tmp_path / "bad.csv", check=1)
    assert "bad.csv: line 2, column score: 'nice' is no number" in error_line(done)
