import json
import os
import resource
import signal
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from baselines.nlcl import train as training
from baselines.nlcl.crops import from_folder, from_release
from baselines.nlcl.step import TERMS
from baselines.nlcl.weights import load_generator
from nlcl_bench.core.errors import ArtifactError, InputError, RunError, StorageError

CPU = torch.device("cpu")
FILES = {"background.safetensors", "training.safetensors", "checkpoint.json", "report.html"}


@pytest.fixture(scope="module")
def train(training_release):
    def run(config, into, **options):
        source = {domain: from_release(training_release, domain) for domain in ("rainy", "clean")}
        return training.train(config, source, into, device=CPU, **options)

    return run


@pytest.fixture
def quick(recipe):
    """Return a maker of recipes of one step that is soon done."""

    def make(preset="nlcl", **changes):
        return recipe(preset, **{"steps": 1, "batch": 1, **changes})

    return make


@pytest.fixture
def run(quick, train, tmp_path):
    """Return a training of one step."""
    train(quick(), tmp_path / "run")
    return tmp_path / "run"


def _bytes(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


def _stop_at(monkeypatch, number):
    """Let the training be interrupted when a step begins."""
    real_step, calls = training.step, []

    def stopped(*arguments, **options):
        calls.append(1)
        if len(calls) == number:
            raise KeyboardInterrupt
        return real_step(*arguments, **options)

    monkeypatch.setattr(training, "step", stopped)


@pytest.mark.parametrize(
    ("preset", "changes"),
    [
        ("nlcl", {"bf16": True, "warm_up": 0.34, "steps": 3}),
        ("nlcl", {"bf16": False, "average": 0.0}),
        ("released", {}),
    ],
)
def test_a_training_stopped_and_resumed_gives_the_bytes_of_an_undisturbed_one(
    quick, train, tmp_path, monkeypatch, preset, changes
):
    config = quick(preset, **{"steps": 2, "checkpoint_every": 1, **changes})
    train(config, tmp_path / "undisturbed")
    _stop_at(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / "stopped")
    monkeypatch.undo()
    resumed = train(config, tmp_path / "stopped")
    assert resumed.resumed_at == 1
    undisturbed = _bytes(tmp_path / "undisturbed")
    assert _bytes(tmp_path / "stopped") == undisturbed
    assert set(undisturbed) == FILES | ({"rain.safetensors"} if preset == "released" else set())
    assert not (tmp_path / "stopped" / "decoded").exists()


SCRIPT = """
import os, signal, sys, torch
from pathlib import Path as Folder
from baselines.nlcl import train as training
from baselines.nlcl.config import Config
from baselines.nlcl.crops import from_release
torch.set_num_threads(1)
config = Config.model_validate_json(sys.argv[3])
real, writes = os.replace, []

def replace(part, path):  # killed when the second checkpoint is written and not yet in its place
    writes.append(Folder(path).name)
    if writes.count("training.safetensors") == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    real(part, path)

os.replace = replace
photographs = {domain: from_release(Folder(sys.argv[1]), domain) for domain in ("rainy", "clean")}
training.train(config, photographs, Folder(sys.argv[2]), device=torch.device("cpu"))
"""


def test_killed_while_a_checkpoint_is_written_nothing_is_lost(quick, train, training_release, tmp_path):
    config = quick(steps=4, warm_up=1.0, checkpoint_every=1)
    folder = tmp_path / "killed"
    arguments = [sys.executable, "-c", SCRIPT, training_release, folder, config.model_dump_json()]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL
    assert (folder / ".training.safetensors.part").exists()
    assert train(config, folder).resumed_at == 1
    train(config, tmp_path / "calm")
    assert _bytes(folder) == _bytes(tmp_path / "calm")


def test_without_room_the_error_is_one_line_and_the_same_command_completes(quick, train, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, hard))  # the photographs have room, the checkpoint has not
    try:
        with pytest.raises(StorageError, match=r"training.safetensors: cannot be written"):
            train(quick(warm_up=1.0), tmp_path / "run")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    train(quick(warm_up=1.0), tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").iterdir()} == {*FILES, ".lock"}


def test_a_seed_decides_the_weights_and_a_finished_training_stays(quick, train, run, tmp_path):
    before = _bytes(run)
    with torch.random.fork_rng():
        torch.manual_seed(2)  # of no account
        second = train(quick(), tmp_path / "second")
    other = train(quick(seed=1), tmp_path / "other")
    again = train(quick(), run)
    assert before["background.safetensors"] == second.weights.read_bytes() != other.weights.read_bytes()
    assert again.resumed_at == 1
    assert _bytes(run) == before


def test_a_checkpoint_derains_and_says_how_it_was_made(quick, run):
    assert load_generator(run / "background.safetensors")(torch.zeros(1, 3, 8, 8)).shape == (1, 3, 8, 8)
    said = json.loads((run / "checkpoint.json").read_text())
    assert (said["step"], said["config"]["crop"]) == (1, 48)
    weighted = {name for name in TERMS[1:-1] if getattr(quick(), name)}
    assert set(said["losses"]) == {"total", "discriminator", *weighted}
    assert str(run.parent) not in json.dumps(said)


def test_what_is_handed_out_is_the_average_and_what_goes_on_are_the_weights(quick, train, tmp_path):
    train(quick(steps=3, average=0.9, warm_up=1.0), tmp_path / "run")
    kept, state = (
        load_file(tmp_path / "run" / "background.safetensors"),
        load_file(tmp_path / "run" / "training.safetensors"),
    )
    assert torch.equal(kept["up.weight"], state["average.module.up.weight"].half())
    assert not torch.equal(kept["up.weight"], state["separating.background.up.weight"].half())
    assert state["average.n_averaged"] == 3


def test_terms_that_were_not_computed_are_blank_and_the_warm_up_ends_when_it_should(quick, train, tmp_path):
    history = train(quick(steps=2, warm_up=0.5), tmp_path / "run").history
    blank = {name: history[:, column].isnan().tolist() for column, name in enumerate(TERMS)}
    assert blank["total"] == blank["rendered"] == [False, False]
    assert blank["layer_contrast"] == blank["discriminator"] == [True, False]


def test_another_recipe_or_other_photographs_are_not_mixed_in(quick, train, run, save_photograph, tmp_path):
    with pytest.raises(InputError, match=r"holds a training with other seed, sparsity .train into another folder"):
        train(quick(seed=3, sparsity=0.2), run)
    with pytest.raises(InputError, match="holds a training with other steps "):  # rates depend on them
        train(quick(steps=2), run)
    with pytest.raises(InputError, match=r"holds a training with other layers, \w+, \w+, \w+ and \d+ more"):
        train(quick("released"), run)
    save_photograph(tmp_path / "photos" / "a.png", 9)
    other = {domain: from_folder(tmp_path / "photos") for domain in ("rainy", "clean")}
    with pytest.raises(InputError, match="holds a training with other photographs"):
        training.train(quick(), other, run, device=CPU)


def test_a_damaged_or_foreign_checkpoint_is_refused_and_left_alone(quick, train, run):
    path = run / "training.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1000])
    with pytest.raises(ArtifactError, match="is damaged"):
        train(quick(), run)
    assert path.read_bytes() == whole[:-1000]
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(ArtifactError, match="is no checkpoint of this version"):
        train(quick(), run)
    path.write_bytes(whole)
    tensors, said = load_file(path), {"checkpoint": json.dumps(json.loads((run / "checkpoint.json").read_text()))}
    del tensors["restoring.3.exp_avg"]
    save_file(tensors, path, said)
    with pytest.raises(ArtifactError, match=r"holds another network: it lacks the tensor restoring.3.exp_avg"):
        train(quick(), run)


def test_a_loss_that_is_no_number_is_named_with_its_step_and_nothing_is_written(quick, train, tmp_path):
    wild = tmp_path / "wild"
    with pytest.raises(RunError, match=r"the loss \w+ became (nan|inf) at step [23]; the last checkpoint is kept"):
        train(quick(steps=4, learning_rate=1e30, clip=0.0, warm_up=1.0), wild)
    assert not (wild / "training.safetensors").exists()


def test_weights_that_are_no_numbers_never_replace_a_good_checkpoint(quick, train, tmp_path, monkeypatch):
    real_step, calls = training.step, []

    def spoilt(learners, *arguments, **options):
        measured = real_step(learners, *arguments, **options)
        calls.append(1)
        if len(calls) == 2:
            learners.background.up.bias.data[0] = torch.inf
        return measured

    monkeypatch.setattr(training, "step", spoilt)
    with pytest.raises(RunError, match=r"separating.background.up.bias is no finite number any more at step 2"):
        train(quick(steps=2, warm_up=1.0, checkpoint_every=1), tmp_path / "run")
    assert json.loads((tmp_path / "run" / "checkpoint.json").read_text())["step"] == 1


def test_the_control_learns_in_the_warm_up_exactly_what_nlcl_learns(quick, train, tmp_path, monkeypatch):
    real_step, seen = training.step, []

    def watched(learners, *arguments, **options):
        measured = real_step(learners, *arguments, **options)
        seen.append({name: value.clone() for name, value in learners.kept.state_dict().items()})
        return measured

    monkeypatch.setattr(training, "step", watched)
    for preset, share in (("nlcl", 0.5), ("rendered", 1.0)):
        train(quick(preset, steps=4, warm_up=share), tmp_path / preset)
    ours, control = seen[:4], seen[4:]
    assert all(torch.equal(value, control[1][name]) for name, value in ours[1].items())
    assert any(not torch.equal(value, control[3][name]) for name, value in ours[3].items())


def test_batches_come_in_order_though_they_are_drawn_ahead(quick, source):
    from baselines.nlcl.crops import draw_batch

    config = quick()
    ahead = training._ahead(lambda number: draw_batch(source, config, number, range(1)), range(1, 8), CPU)
    for number, batch in enumerate(ahead, 1):
        assert torch.equal(batch.rainy, draw_batch(source, config, number, range(1)).rainy)
    assert number == 7


def test_pictures_are_drawn_when_asked_for_and_a_report_at_the_end(quick, train, tmp_path):
    train(quick(steps=2, warm_up=1.0), tmp_path / "run", images_every=2)
    assert sorted(path.name for path in (tmp_path / "run" / "images").iterdir()) == [
        f"step-0000002-{index}.png" for index in range(1, 5)
    ]
    page = (tmp_path / "run" / "report.html").read_text()
    assert page.count("<img") == 4
    assert "rendered" in page
    assert str(tmp_path) not in page


@pytest.mark.slow
def test_compiled_networks_learn_about_the_same(quick, train, tmp_path):
    config = quick(warm_up=1.0, bf16=False)
    plain = train(config, tmp_path / "plain").history
    compiled = train(config, tmp_path / "compiled", compiled=True).history
    torch.testing.assert_close(compiled, plain, rtol=1e-3, atol=1e-4, equal_nan=True)


def test_missing_tools_are_named(quick, train, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(InputError, match=r"tensorboard: is not installed .pip install 'nlcl-bench.tensorboard.'"):
        train(quick(), tmp_path / "run", tensorboard=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(InputError, match=r"--compile: needs a C.. compiler"):
        train(quick(), tmp_path / "run", compiled=True)


def test_tensorboard_has_every_loss_of_every_step(quick, train, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trained = train(quick(steps=2), tmp_path / "run", tensorboard=True)
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    seen = events.Scalars("total")
    assert [one.step for one in seen] == [1, 2]
    assert [one.value for one in seen] == pytest.approx(trained.history[:, 0].tolist(), rel=1e-5)


def test_two_processes_learn_what_one_learns_from_the_whole_batch(training_release, tmp_path, recipe, train):
    # D learns next to nothing, since Adam's first step has the size of the rate whatever the gradient's, so that
    # rounding would decide about its sign.
    changes = {
        "bf16": False,
        "discriminator_rate": 1e-12,
        "warm_up": 0.0,
        "rise": 0,
        "rain_layers": 4,
        "rainy_every": 1,
    }
    config = recipe(steps=1, **changes)
    (tmp_path / "recipe.toml").write_text("\n".join(f"{name} = {json.dumps(value)}" for name, value in changes.items()))
    script = "import torch; torch.set_num_threads(1); from nlcl_bench.cli.app import main; main()"
    arguments = ["train", "nlcl", "--data", training_release, "--into", tmp_path / "both", "--device", "cpu"]
    arguments += ["--config", tmp_path / "recipe.toml", "--steps", "1", "--batch", "2", "--crop", "48"]
    place = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(29000 + os.getpid() % 1000)}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)], env={**os.environ, **place, "RANK": rank}
        )
        for rank in "01"
    ]
    assert [child.wait(timeout=300) for child in children] == [0, 0]
    alone = train(config, tmp_path / "alone")
    one, two = (load_file(tmp_path / name / "training.safetensors") for name in ("alone", "both"))
    assert alone.checkpoint.config == config
    gradients = [name for name in one if name.endswith("exp_avg")]  # after one step a tenth of the gradient
    assert len(gradients) > 80
    largest = max(float(one[name].abs().max()) for name in gradients)
    for name in gradients:  # a bias before a normalisation has none but what rounding leaves
        torch.testing.assert_close(
            two[name], one[name], rtol=0, atol=1e-4 * float(one[name].abs().max()) + 1e-6 * largest
        )
    torch.testing.assert_close(two["history"], one["history"], rtol=1e-4, atol=1e-6, equal_nan=True)


def test_a_batch_that_cannot_be_shared_is_refused(recipe):
    from baselines.nlcl.ranks import Ranks

    with pytest.raises(InputError, match="a batch of 3 cannot be shared evenly by 2 processes"):
        Ranks(0, 2).share(3)
    assert [Ranks(rank, 2).share(4) for rank in (0, 1)] == [range(2), range(2, 4)]
