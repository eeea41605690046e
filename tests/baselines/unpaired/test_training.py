"""The unpaired methods in NLCL's trainer."""

import math

import pytest
import torch
import typer
from typer.testing import CliRunner

from baselines.cli.training import train as command
from baselines.nlcl import train as training
from baselines.nlcl.config import UNPAIRED, read_config
from baselines.nlcl.crops import from_release
from baselines.nlcl.weights import load_generator
from baselines.unpaired import spec as specs
from baselines.unpaired.lessons import lesson_of
from nlcl_bench.core.errors import ArtifactError, InputError, RunError
from nlcl_bench.evaluation.apply import apply
from nlcl_bench.testing import check_method

CPU = torch.device("cpu")
SPECS = {one.name: one for one in (getattr(specs, name) for name in specs.__all__)}


@pytest.fixture(scope="module")
def train(training_release):
    def run(config, into, **options):
        source = {domain: from_release(training_release, domain) for domain in ("rainy", "clean")}
        return training.train(config, source, into, device=CPU, lesson=lesson_of(config), **options)

    return run


@pytest.fixture
def quick(begun):
    """Return a maker of recipes of three steps, each with a checkpoint."""

    def make(method, **changes):
        return begun(method, **{"steps": 3, "checkpoint_every": 1, **changes})[0]

    return make


def _bytes(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


@pytest.mark.parametrize("method", UNPAIRED)
def test_a_training_stopped_and_resumed_gives_the_bytes_of_an_undisturbed_one(
    method, quick, train, tmp_path, monkeypatch
):
    config = quick(method, pool=1) if quick(method).pool else quick(method)
    undisturbed = train(config, tmp_path / "undisturbed")
    assert undisturbed.history[:, 0].isfinite().all()
    real_step, calls = training.step, []

    def stopped(*arguments, **options):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real_step(*arguments, **options)

    monkeypatch.setattr(training, "step", stopped)
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / "stopped")
    monkeypatch.undo()
    assert train(config, tmp_path / "stopped").resumed_at == 2
    assert _bytes(tmp_path / "stopped") == _bytes(tmp_path / "undisturbed")


@pytest.mark.parametrize("method", ["cyclegan", pytest.param("deraincyclegan", marks=pytest.mark.slow)])
def test_what_is_handed_out_is_a_method_that_keeps_its_contract(method, quick, train, tmp_path):
    trained = train(quick(method, steps=1), tmp_path / "run")
    assert trained.checkpoint.method == method
    check_method(SPECS[method], trained.weights)
    kept = load_generator(trained.weights)
    rainy = torch.rand(1, 3, 200, 40, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        whole = (kept(rainy * 2 - 1) + 1) / 2
    torch.testing.assert_close(SPECS[method].load(CPU, trained.weights)(rainy), whole, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("layers", "method"), [("resnet9", "cut"), ("generators", "deraincyclegan")])
def test_any_generator_may_be_chosen(layers, method, quick, train, tmp_path):
    trained = train(quick(method, layers=layers, steps=1), tmp_path / "run")
    derained = apply(SPECS[method].load(CPU, trained.weights), SPECS[method], torch.rand(3, 5, 18))
    assert derained.shape == (3, 5, 18)


def test_a_loss_that_is_no_number_is_named_with_its_step(quick, train, tmp_path):
    with pytest.raises(RunError, match=r"the loss \w+ became (nan|inf) at step [23]; the last checkpoint is kept"):
        train(quick("cyclegan", learning_rate=1e30, checkpoint_every=9), tmp_path / "run")
    assert not (tmp_path / "run" / "training.safetensors").exists()


def test_a_recipe_is_taught_by_its_own_lesson_alone(quick, tmp_path):
    with pytest.raises(InputError, match=r"recipe: has the losses of cut .train cut with it"):
        training.train(quick("cut"), {}, tmp_path / "run", device=CPU)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('extends = "cut"\ncycle = 1.0', "cycle is 1.0: cut has no such loss"),
        ('extends = "nlcl"\nidentity = 1.0', "identity is 1.0: nlcl has no such loss"),
        ('extends = "cyclegan"\nlayers = "ddn"\nwarm_up = 1.0\nrendered = 1.0', "ddn, which learns from rendered rain"),
        ('losses = "gan"', "losses: "),
    ],
)
def test_a_recipe_that_weighs_another_methods_loss_gives_one_clear_line(tmp_path, text, says):
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(InputError, match=says):
        read_config(tmp_path / "own.toml")


def test_every_method_shares_its_beginning_but_not_its_losses():
    scratch = read_config("scratch").model_dump()
    for method in UNPAIRED:
        differs = {name for name, value in read_config(method).model_dump().items() if value != scratch[name]}
        assert "losses" in differs
        assert not differs & {"layers", "steps", "batch", "crop", "seed", "learning_rate", "average", "rendered"}


def test_the_command_trains_a_method_and_says_how_to_use_it(training_release, tmp_path):
    app = typer.Typer(rich_markup_mode=None)
    app.command()(command)
    given = ["fastcut", "--data", training_release, "--into", tmp_path / "run", "--device", "cpu"]
    result = CliRunner().invoke(app, [str(word) for word in (*given, "--steps", 2, "--crop", 48)])
    assert result.exit_code == 0, result.output
    assert "patch_contrast" in result.output
    assert f"--method fastcut --weights {tmp_path / 'run' / 'background.safetensors'}" in result.output


def test_without_a_weight_file_the_method_is_named():
    with pytest.raises(ArtifactError, match="cyclegan: needs a weight file"):
        SPECS["cyclegan"].load(CPU, None)


def test_the_patch_contrast_begins_below_blindness(quick, train, tmp_path):
    history = train(quick("cut", steps=1), tmp_path / "run").checkpoint.losses
    assert 0 < history["patch_contrast"] < math.log(16)
