import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from baselines.cli import train
from nlcl_bench.core.errors import InputError, UnknownNameError


def _run(*arguments):
    app = typer.Typer(rich_markup_mode=None)
    app.command()(train)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_release_becomes_a_checkpoint_and_the_command_to_use_it(training_release, tmp_path):
    result = _run(
        "nlcl", "--data", training_release, "--into", tmp_path / "run", "--steps", 1, "--crop", 48, "--device", "cpu"
    )
    assert result.exit_code == 0, result.output
    assert f"checkpoint: {tmp_path / 'run'}" in result.output
    assert f"--method nlcl --weights {tmp_path / 'run' / 'background.safetensors'}" in result.output
    assert "layer_contrast" in result.output
    assert (tmp_path / "run" / "background.safetensors").is_file()


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        (("median",), UnknownNameError, "median: cannot be trained .there is: nlcl"),
        (("nlcl",), InputError, "give either --data RELEASE or both --rainy DIR and --clean DIR"),
        (("nlcl", "--rainy", "a"), InputError, "give either --data RELEASE or both"),
        (("nlcl", "--data", "none"), InputError, "none: no such folder"),
        (("nlcl", "--data", "none", "--crop", "30"), InputError, "a crop of 30 pixels has room for"),
        (("nlcl", "--data", "none", "--device", "abacus"), InputError, "is no device"),
    ],
)
def test_wrong_use_gives_one_clear_line(tmp_path, arguments, kind, says):
    result = _run(*arguments, "--into", tmp_path / "run")
    assert isinstance(result.exception, kind)
    assert says.replace(".there", "(there") in str(result.exception)


def test_listing_the_command_and_the_method_imports_nothing_heavy():
    code = (
        "import sys, baselines.cli, baselines.nlcl.spec;"
        "print([name for name in ('torch', 'numpy', 'pyarrow', 'PIL', 'pydantic') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
