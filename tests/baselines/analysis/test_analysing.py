import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from baselines.cli.analysing import app
from nlcl_bench.core.errors import ArtifactError, InputError


def _run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_encoders_are_compared_on_both_kinds_of_layers_and_drawn(tmp_path, photographs, checkpoint, weights):
    rainy, clean = (photographs(name, [(64, 64), (72, 64)]) for name in ("rainy", "clean"))
    common = ("encoders", "--rainy", rainy, "--clean", clean, "--weights", checkpoint, "--weights", weights)
    small = ("--window", 32, "--places", 4, "--side", 64, "--draws", 100)
    result = _run(*common, *small, "--into", tmp_path / "first")
    assert result.exit_code == 0, result.output
    assert "separated layers of 2 photographs" in result.output
    assert "left out: discriminator 2 (a file of G_B has none; give the folder of a checkpoint)" in result.output
    assert "left out: pretrained backbone (no --backbone)" in result.output
    said = json.loads((tmp_path / "first" / "encoders.json").read_text())
    assert {row["encoder"] for row in said["rows"]} == {
        "pixel",
        "untrained",
        "discriminator 1",
        "generator 1",
        "generator 2",
    }
    assert {row["source"] for row in said["rows"]} == {"separated", "rendered"}
    assert set(said["left_out"]) == {"discriminator 2", "pretrained backbone"}
    assert str(tmp_path) not in (tmp_path / "first" / "encoders.json").read_text()
    again = _run(*common, *small, "--into", tmp_path / "again")
    assert again.exit_code == 0
    for name in ("encoders.json", "encoders.svg"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_dimensions_are_tabled_and_the_premise_is_judged_in_words(tmp_path, photographs):
    clean = photographs("clean")
    options = ("--patch", 8, "--around", 24, "--count", 32, "--places", 2, "--draws", 100)
    result = _run("dimension", "--clean", clean, *options, "--into", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert result.output.count("the premise that image patches have the higher dimension") == 5
    said = json.loads((tmp_path / "out" / "dimension.json").read_text())
    assert [row["kind"] for row in said["rows"]] == ["scale-free"] * 3 + ["thresholded"] * 2
    assert [one["name"] for one in said["photographs"]["rendered"]] == ["0.png", "more/1.png", "more/2.png"]


def test_an_ablation_is_tabled_and_written(tmp_path, photographs):
    folders = [f"--{name}={photographs(name, [(96, 96), (104, 96)])}" for name in ("rainy", "clean", "held")]
    recipe = tmp_path / "recipe.toml"
    small = {"warm_up": 0.0, "rain_layers": 4, "rainy_every": 1}
    unused = dict.fromkeys(
        ("location_contrast", "layer_contrast", "brightening", "isotropy", "adversarial", "exchange"), 0
    )
    recipe.write_text('extends = "rendered"\n' + "\n".join(f"{key} = {one}" for key, one in (small | unused).items()))
    options = ("--config", recipe, "--steps", 1, "--crop", 48, "--batch", 1, "--seeds", 1, "--draws", 100)
    result = _run("ablation", *folders, *options, "--into", tmp_path / "out")
    assert result.exit_code == 0, result.output
    said = json.loads((tmp_path / "out" / "ablation.json").read_text())
    names = ["all losses", "without sparsity", "without rendered"]
    assert [one["name"] for one in said["variants"]] == names
    assert all(name in result.output for name in names)
    assert [one["name"] for one in said["photographs"]] == ["0.png", "more/1.png"]


@pytest.mark.parametrize("command", ["encoders", "dimension"])
@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        ((), InputError, "analyse: no photographs (give --rainy and --weights, or --clean, or all three)"),
        (("--rainy", "a"), InputError, "--rainy: nothing to separate the rainy photographs with"),
        (("--clean", "a", "--rain-weights", "b"), InputError, "--rain-weights: has no rainy photographs to work on"),
        (("--rainy", "a", "--weights", "none.pth"), ArtifactError, "none.pth: no such file"),
        (("--clean", "none"), InputError, "none: no such folder"),
    ],
)
def test_wrong_use_gives_one_clear_line(tmp_path, command, arguments, kind, says):
    result = _run(command, *arguments, "--into", tmp_path / "out")
    assert isinstance(result.exception, kind)
    assert says in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_without_a_discriminator_is_one_clear_line(tmp_path, photographs, checkpoint):
    (checkpoint / "training.safetensors").unlink()
    result = _run("encoders", "--clean", photographs("clean"), "--weights", checkpoint, "--into", tmp_path / "out")
    assert isinstance(result.exception, ArtifactError)
    assert "holds no training.safetensors, so no discriminator" in str(result.exception)


def test_listing_the_commands_imports_nothing_heavy():
    code = (
        "import sys, baselines.cli.analysing;"
        "print([name for name in ('torch', 'numpy', 'pyarrow', 'PIL', 'pydantic', 'jinja2') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
