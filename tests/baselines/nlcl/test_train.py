import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from baselines.nlcl import train as training
from baselines.nlcl.crops import from_folder, from_release
from baselines.nlcl.step import TERMS, new_learners, step
from baselines.nlcl.weights import load_generator
from nlcl_bench.core.errors import ArtifactError, InputError, RunError

CPU = torch.device("cpu")
NETWORKS = ("background", "rain", "discriminator", "layer_heads", "location_heads")
FILES = ("background.safetensors", "rain.safetensors", "training.safetensors", "checkpoint.json")


@pytest.fixture
def crops():
    chance = torch.Generator().manual_seed(0)
    return [torch.nn.functional.interpolate(torch.rand(2, 3, 12, 12, generator=chance) * 2 - 1, 48) for _ in range(2)]


@pytest.fixture(scope="module")
def train(training_release):
    def run(config, into):
        source = {domain: from_release(training_release, domain) for domain in ("rainy", "clean")}
        return training.train(config, source, into, device=CPU)

    return run


@pytest.fixture(scope="module")
def one_step(recipe, train, tmp_path_factory):
    folder = tmp_path_factory.mktemp("one-step") / "run"
    train(recipe(steps=1), folder)
    return folder


@pytest.fixture
def run(one_step, tmp_path):
    """Return a copy of a training of one step."""
    return Path(shutil.copytree(one_step, tmp_path / "run"))


def _parameters(learners):
    return {
        f"{owner}.{name}": value.detach().clone()
        for owner in NETWORKS
        for name, value in getattr(learners, owner).named_parameters()
    }


def test_every_trainable_tensor_changes_in_one_step(learners, recipe, crops):
    before = _parameters(learners)
    step(learners, crops[0][:1], crops[1][:1], recipe(), torch.Generator())
    after = _parameters(learners)
    assert [name for name, value in before.items() if torch.equal(value, after[name])] == []
    assert all(value.isfinite().all() for value in after.values())


def test_each_optimiser_moves_only_what_is_its_own(learners, recipe, crops):
    for group in learners.restoring.param_groups:
        group["lr"] = 0.0
    before = _parameters(learners)
    step(learners, crops[0][:1], crops[1][:1], recipe(), torch.Generator())
    after = _parameters(learners)
    changed = {name.split(".")[0] for name, value in before.items() if not torch.equal(value, after[name])}
    assert changed == {"discriminator"}


@pytest.mark.parametrize("term", ["adversarial", "location_contrast", "layer_contrast", "self_consistency"])
def test_each_term_alone_reaches_the_background_generator(recipe, crops, term):
    off = dict.fromkeys(TERMS[1:-1], 0.0)
    config = recipe(**{**off, term: 1.0})
    learners = new_learners(config, CPU)
    measured = step(learners, crops[0][:1], crops[1][:1], config, torch.Generator())
    assert measured["total"] == pytest.approx(measured[term], rel=1e-6)
    assert learners.background.gen[0].weight.grad.abs().max() > 0
    with_rain = learners.rain.gen[0].weight.grad
    assert bool(with_rain.abs().max() > 0) == (term in {"layer_contrast", "self_consistency"})


def test_overfitting_four_crops_lowers_the_losses(recipe, crops):
    config = recipe()
    learners = new_learners(config, CPU)
    history = [step(learners, *crops, config, torch.Generator().manual_seed(number)) for number in range(6)]
    for name in ("total", "location_contrast", "self_consistency", "discriminator"):
        assert sum(entry[name] for entry in history[-2:]) < 0.9 * sum(entry[name] for entry in history[:2])


def test_a_training_killed_and_resumed_gives_the_bytes_of_an_undisturbed_one(recipe, train, tmp_path, monkeypatch):
    config = recipe(checkpoint_every=1)
    train(config, tmp_path / "undisturbed")
    real_step = training.step
    calls = []

    def killed(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real_step(*arguments)

    monkeypatch.setattr(training, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        train(config, tmp_path / "killed")
    monkeypatch.undo()
    resumed = train(config, tmp_path / "killed")
    assert resumed.resumed_at == 1
    for name in FILES:
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()
    assert sorted(path.name for path in (tmp_path / "killed").iterdir()) == sorted((".lock", *FILES))
    with pytest.raises(InputError, match="holds a training of 2 steps, more than 1"):
        train(recipe(steps=1, checkpoint_every=1), tmp_path / "killed")


def test_a_seed_decides_the_weights_and_a_finished_training_stays(recipe, train, run, tmp_path):
    before = (run / "background.safetensors").read_bytes()
    with torch.random.fork_rng():
        torch.manual_seed(2)  # of no account
        second = train(recipe(steps=1), tmp_path / "second")
    other = train(recipe(steps=1, seed=1), tmp_path / "other")
    again = train(recipe(steps=1), run)
    assert before == second.weights.read_bytes() != other.weights.read_bytes()
    assert (again.resumed_at, again.weights.read_bytes()) == (1, before)


def test_a_checkpoint_derains_and_says_how_it_was_made(run):
    assert load_generator(run / "background.safetensors")(torch.zeros(1, 3, 8, 8)).shape == (1, 3, 8, 8)
    said = json.loads((run / "checkpoint.json").read_text())
    assert (said["step"], said["config"]["crop"], set(said["losses"])) == (1, 48, set(TERMS))
    assert str(run.parent) not in json.dumps(said)


def test_another_recipe_or_other_photographs_are_not_mixed_in(recipe, train, run, save_photograph, tmp_path):
    with pytest.raises(InputError, match="holds a training with another seed and sparsity"):
        train(recipe(steps=1, seed=3, sparsity=0.2), run)
    save_photograph(tmp_path / "photos" / "a.png", 9)
    other = {domain: from_folder(tmp_path / "photos") for domain in ("rainy", "clean")}
    with pytest.raises(InputError, match="holds a training with another photographs"):
        training.train(recipe(steps=1), other, run, device=CPU)


def test_a_damaged_or_foreign_checkpoint_is_refused_and_left_alone(recipe, train, run):
    path = run / "training.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1000])
    with pytest.raises(ArtifactError, match="is damaged"):
        train(recipe(steps=2), run)
    assert path.read_bytes() == whole[:-1000]
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(ArtifactError, match="is no checkpoint of this version"):
        train(recipe(steps=2), run)
    path.write_bytes(whole)
    with pytest.raises(ArtifactError, match=r"holds another network: layer_heads"):
        train(recipe(steps=2, projection=64), run)


def test_a_loss_that_is_no_number_is_named_with_its_step_and_nothing_is_written(recipe, train, tmp_path):
    with pytest.raises(RunError, match=r"the loss \w+ became (nan|inf) at step [12]"):
        train(recipe(steps=3, learning_rate=1e30, checkpoint_every=1), tmp_path / "wild")
    assert not (tmp_path / "wild" / "background.safetensors").exists()


def test_weights_that_are_no_numbers_never_replace_a_good_checkpoint(recipe, train, run, monkeypatch):
    before = (run / "training.safetensors").read_bytes()
    real_step = training.step

    def spoilt(learners, *arguments):
        measured = real_step(learners, *arguments)
        learners.rain.gen[0].bias.data[0] = torch.inf
        return measured

    monkeypatch.setattr(training, "step", spoilt)
    with pytest.raises(RunError, match=r"rain.gen.0.bias is no finite number any more at step 2"):
        train(recipe(steps=2), run)
    assert (run / "training.safetensors").read_bytes() == before
