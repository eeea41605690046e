import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from baselines.cli.training import train
from nlcl_bench.core.errors import InputError, NLCLBenchError, UnknownNameError


def _run(*arguments):
    app = typer.Typer(rich_markup_mode=None)
    app.command()(train)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_release_becomes_a_checkpoint_and_the_command_to_use_it(training_release, tmp_path):
    result = _run(
        *("nlcl", "--data", training_release, "--into", tmp_path / "run", "--device", "cpu"),
        *("--steps", 4, "--crop", 48, "--batch", 4, "--images-every", 1),
    )
    assert result.exit_code == 0, result.output
    assert f"checkpoint: {tmp_path / 'run'}" in result.output
    assert f"--method nlcl --weights {tmp_path / 'run' / 'background.safetensors'}" in result.output
    assert "layer_contrast" in result.output
    assert (tmp_path / "run" / "images").is_dir()
    assert (tmp_path / "run" / "background.safetensors").is_file()


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        (("median",), UnknownNameError, "median: cannot be trained .there is: nlcl"),
        (("nlcl",), InputError, "give either --data RELEASE or both --rainy DIR and --clean DIR"),
        (("nlcl", "--rainy", "a"), InputError, "give either --data RELEASE or both"),
        (("nlcl", "--data", "none"), InputError, "none: no such folder"),
        (("nlcl", "--data", "none", "--crop", "32"), InputError, "a crop of 32 pixels has room for"),
        (("nlcl", "--data", "none", "--config", "nclc"), UnknownNameError, "nclc: is no recipe and no file"),
        (("nlcl", "--data", "none", "--device", "abacus"), InputError, "is no device"),
    ],
)
def test_wrong_use_gives_one_clear_line(tmp_path, arguments, kind, says):
    result = _run(*arguments, "--into", tmp_path / "run")
    assert isinstance(result.exception, kind)
    assert says.replace(".there", "(there") in str(result.exception)


def test_listing_the_command_and_the_method_imports_nothing_heavy():
    code = (
        "import sys, baselines.cli.training, baselines.nlcl.spec;"
        "print([name for name in ('torch', 'numpy', 'pyarrow', 'PIL', 'pydantic') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def _fill(folder, save_photograph, count, **size):
    for seed in range(count):
        save_photograph(folder / f"{seed}.png", seed, **size)
    return folder


def test_photographs_that_are_damaged_or_too_small_are_named_and_the_others_used(save_photograph, tmp_path):
    rainy = _fill(tmp_path / "rain", save_photograph, 3)
    whole = (rainy / "1.png").read_bytes()
    (rainy / "1.png").write_bytes(whole[: len(whole) // 2])
    clean = _fill(tmp_path / "sun", save_photograph, 2)
    save_photograph(clean / "<b>small</b>.png", 7, 40, 64)
    result = _run(
        *("nlcl", "--rainy", rainy, "--clean", clean, "--into", tmp_path / "run", "--device", "cpu"),
        *("--steps", 1, "--crop", 48, "--batch", 4),
    )
    assert result.exit_code == 0, result.output
    assert "skipped rain/1.png" in result.output
    assert "skipped sun/<b>small</b>.png: 40x64 is smaller than a crop of 48" in result.output
    page = (tmp_path / "run" / "report.html").read_text()
    assert "sun/&lt;b&gt;small&lt;/b&gt;.png: 40x64 is smaller" in page
    assert "<b>small" not in page


@pytest.mark.parametrize(("domain", "other"), [("rainy", "clean"), ("clean", "rainy")])
def test_a_domain_that_is_missing_empty_or_tiny_is_named(save_photograph, tmp_path, domain, other):
    folders = {domain: tmp_path / "none", other: _fill(tmp_path / "some", save_photograph, 1)}
    given = ("nlcl", "--rainy", folders["rainy"], "--clean", folders["clean"], "--into", tmp_path / "run")
    result = _run(*given, "--crop", 48)
    assert "none: no such folder" in str(result.exception)
    (tmp_path / "none").mkdir()
    assert f"no {domain} photograph can be used" in str(_run(*given, "--crop", 48).exception)
    _fill(tmp_path / "none", save_photograph, 2, width=20, height=20)
    assert "20x20 is smaller than a crop of 48" in str(_run(*given, "--crop", 48).exception)
    assert "a release folder" not in str(result.exception)


def test_a_release_of_one_domain_is_refused(training_release, tmp_path):
    import shutil

    shutil.copytree(training_release, tmp_path / "half")
    shutil.rmtree(tmp_path / "half" / "clean")
    result = _run("nlcl", "--data", tmp_path / "half", "--into", tmp_path / "run", "--crop", 48)
    assert isinstance(result.exception, NLCLBenchError)
    assert "clean" in str(result.exception)
