"""Networks of the field in the place of G_B."""

import typing

import pytest
import torch
import typer
from typer.testing import CliRunner

from baselines.cli.training import train as command
from baselines.networks.architectures import ARCHITECTURES
from baselines.networks.loading import load_network
from baselines.nlcl import train as training
from baselines.nlcl.config import Network, read_config
from baselines.nlcl.crops import Source, draw_batch, from_release
from baselines.nlcl.step import TERMS
from baselines.nlcl.supervised import Supervised
from nlcl_bench.core.errors import InputError, UnknownNameError

CPU = torch.device("cpu")
SMALL = {"crop": 48, "steps": 2, "batch": 2, "rainy_every": 1, "rise": 0, "rain_layers": 4}


@pytest.fixture(scope="module")
def train(training_release):
    def run(config, into, domains=("clean",)):
        source = {domain: from_release(training_release, domain) for domain in domains}
        return training.train(config, source, into, device=CPU)

    return run


def _run(*arguments):
    app = typer.Typer(rich_markup_mode=None)
    app.command()(command)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def _bytes(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


def test_a_recipe_names_each_network_and_all_learn_by_the_controls_recipe():
    assert set(typing.get_args(Network)) == {"separator", "generators", "resnet9", *ARCHITECTURES}
    control = read_config("rendered")
    for name in ARCHITECTURES:
        assert read_config(name) == control.model_copy(update={"layers": name})
        assert read_config(name).method == name
    assert control.method == read_config("released").method == "nlcl"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('extends = "ddn"\nwarm_up = 0.5', "ddn learns from rendered rain alone"),
        ('extends = "lpnet"\ncrop = 72', "crop is 72: lpnet needs a multiple of 16"),
        ('layers = "resnet"', "layers: "),
    ],
)
def test_a_recipe_that_does_not_suit_its_network_gives_one_clear_line(tmp_path, text, says):
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(InputError, match=says):
        read_config(tmp_path / "own.toml")


@pytest.mark.parametrize("name", ["ddn", "prn-r", "lpnet", "nafnet"])
def test_a_network_learns_and_what_is_kept_is_a_file_of_that_network(name, train, tmp_path):
    config = read_config(name, **SMALL)
    trained = train(config, tmp_path / "run")
    kept = load_network(ARCHITECTURES[name], trained.weights).eval()
    assert kept(torch.rand(1, 3, 32, 48)).shape == (1, 3, 32, 48)
    assert trained.checkpoint.method == name
    assert set(trained.checkpoint.photographs) == {"clean"}
    computed = {term for term, column in zip(TERMS, trained.history.unbind(1), strict=True) if column.isfinite().all()}
    assert computed == {"total", "rendered"}
    assert "rendered" in (tmp_path / "run" / "report.html").read_text()


def test_statistics_of_batches_are_kept_in_full_precision(train, tmp_path):
    kept = load_network(ARCHITECTURES["ddn"], train(read_config("ddn", **SMALL), tmp_path / "run").weights)
    mean = kept.first[1].running_mean
    assert mean.abs().sum() > 0
    assert not torch.equal(mean, mean.half().float())


@pytest.mark.parametrize("name", ["ddn", "prn-r"])
def test_a_training_stopped_and_resumed_gives_the_bytes_of_an_undisturbed_one(name, train, tmp_path, monkeypatch):
    config = read_config(
        name,
        **SMALL,
    ).model_copy(update={"checkpoint_every": 1})
    train(config, tmp_path / "undisturbed")
    real_step, calls = training.step, []

    def stopped(*arguments, **options):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real_step(*arguments, **options)

    monkeypatch.setattr(training, "step", stopped)
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / "stopped")
    monkeypatch.undo()
    assert train(config, tmp_path / "stopped").resumed_at == 1
    assert _bytes(tmp_path / "stopped") == _bytes(tmp_path / "undisturbed")


def test_rain_is_rendered_alike_with_and_without_photographs_of_rain(source):
    config = read_config("ddn", **SMALL)
    alone = draw_batch(Source(None, source.clean, source.layers), config, 3, range(2))
    both = draw_batch(source, config, 3, range(2))
    assert torch.equal(alone.rendered, both.rendered)
    assert torch.equal(alone.truth, both.truth)
    assert alone.rainy.shape == (0, 3, 48, 48)
    assert alone.clean.shape == (2, 3, 48, 48)


def test_a_network_sees_values_from_0_to_1_and_gives_such():
    class Half(torch.nn.Module):
        def forward(self, rainy):
            assert rainy.min() >= 0
            assert rainy.max() <= 1
            return rainy / 2

    background = Supervised(Half())(torch.tensor([-1.0, 0.0, 1.0]))
    assert background.tolist() == [-1.0, -0.5, 0.0]


def test_a_recipe_that_looks_at_real_rain_needs_photographs_of_it(train, tmp_path):
    with pytest.raises(InputError, match="give rainy photographs too"):
        train(read_config("nlcl", **SMALL, warm_up=0), tmp_path / "run")


def test_the_command_trains_a_network_on_clean_photographs_and_says_how_to_use_it(save_photograph, tmp_path):
    for seed in range(2):
        save_photograph(tmp_path / "sun" / f"{seed}.png", seed)
    (tmp_path / "quick.toml").write_text('extends = "prn-r"\nrain_layers = 4\n')
    given = (
        "--clean",
        tmp_path / "sun",
        "--into",
        tmp_path / "run",
        "--device",
        "cpu",
        "--config",
        tmp_path / "quick.toml",
    )
    result = _run("prn-r", *given, "--steps", 2, "--crop", 48, "--batch", 2, "--images-every", 1)
    assert result.exit_code == 0, result.output
    assert f"--method prn-r --weights {tmp_path / 'run' / 'background.safetensors'}" in result.output
    assert len(list((tmp_path / "run" / "images").iterdir())) == 8


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        (("resnet",), UnknownNameError, "there is: nlcl, cyclegan, cut, fastcut, dcd, deraincyclegan, ddn, prenet"),
        (("ddn",), InputError, "give either --data RELEASE or --clean DIR alone: it learns from rendered rain"),
        (("ddn", "--rainy", "a", "--clean", "b"), InputError, "--clean DIR alone"),
        (
            ("ddn", "--clean", "b", "--config", "rendered"),
            InputError,
            "rendered: is a recipe of nlcl (train nlcl with it)",
        ),
        (("nlcl", "--clean", "b"), InputError, "both --rainy DIR and --clean DIR"),
    ],
)
def test_wrong_use_gives_one_clear_line(tmp_path, arguments, kind, says):
    result = _run(*arguments, "--into", tmp_path / "run")
    assert isinstance(result.exception, kind)
    assert says in str(result.exception)
