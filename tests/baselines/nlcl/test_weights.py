import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from baselines.nlcl.derainer import load
from baselines.nlcl.networks import Generator, Separator
from baselines.nlcl.weights import load_generator
from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.core.images import decode_file, from_tensor, to_tensor

CPU = torch.device("cpu")


class _Code:
    """Unpickled without care, it makes a file."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return open, (str(self.target), "w")


def _state():
    return {name: value.clone() for name, value in Generator().state_dict().items()}


def _problem(path):
    try:
        load_generator(path)
    except ArtifactError as error:
        return str(error)
    return None


def _without_last(state):
    del state["gen.18.bias"]
    return state


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_weights_come_back_from_either_kind_of_file(tmp_path, suffix):
    state, path = _state(), tmp_path / f"weights{suffix}"
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    loaded = load_generator(path).state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in state.items())


@pytest.mark.parametrize("network", [Generator, Separator])
@pytest.mark.parametrize("kind", [torch.float16, torch.float32])
def test_either_network_is_known_by_its_tensors_and_comes_in_single_precision(tmp_path, network, kind):
    state = {name: value.to(kind) for name, value in network().state_dict().items()}
    save_file(state, tmp_path / "weights.safetensors")
    loaded = load_generator(tmp_path / "weights.safetensors")
    assert type(loaded) is network
    for name, value in loaded.state_dict().items():
        assert value.dtype == torch.float32
        assert torch.equal(value, state[name].float())


def test_a_separator_with_a_strange_tensor_is_refused(tmp_path):
    state = Separator().state_dict()
    save_file({**state, "more": torch.zeros(1)}, tmp_path / "more.safetensors")
    with pytest.raises(ArtifactError, match="1 tensors too many, the first more"):
        load_generator(tmp_path / "more.safetensors")
    save_file({"a": torch.zeros(1)}, tmp_path / "none.safetensors")
    with pytest.raises(ArtifactError, match="holds another network: it lacks the tensor encoder"):
        load_generator(tmp_path / "none.safetensors")


def test_a_pickle_that_runs_code_is_refused_and_its_code_not_run(tmp_path):
    target = tmp_path / "owned"
    for path in (tmp_path / "plain.pth", tmp_path / "zipped.pth"):
        if path.stem == "plain":
            path.write_bytes(pickle.dumps(_Code(target)))
        else:
            torch.save({"gen.0.weight": _Code(target)}, path)
        with pytest.raises(ArtifactError, match=r"holds code"):
            load_generator(path)
        assert not target.exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda state: {**state, "gen.0.weight": torch.zeros(8, 3, 3, 3)}, r"gen.0.weight has shape \(8, 3, 3, 3\)"),
        (_without_last, "lacks the tensor gen.18.bias"),
        (lambda state: {**state, "gen.19.bias": torch.zeros(1)}, "1 tensors too many, the first gen.19.bias"),
        (lambda state: {**state, "gen.18.bias": torch.full((3,), torch.nan)}, "no finite numbers"),
        (lambda state: {**state, "gen.18.bias": torch.zeros(3, dtype=torch.int64)}, "no finite numbers"),
        (lambda state: {**state, "gen.18.bias": torch.zeros(3).to_sparse()}, "no finite numbers"),
        (lambda state: {"model": state}, "holds no table of tensors"),
        (lambda state: list(state.values()), "holds no table of tensors"),
    ],
)
def test_the_weights_of_another_network_are_refused(tmp_path, change, says):
    path = tmp_path / "other.pth"
    torch.save(change(_state()), path)
    with pytest.raises(ArtifactError, match=says) as caught:
        load_generator(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_damaged_and_foreign_files_give_one_clear_line(tmp_path, suffix):
    path = tmp_path / f"weights{suffix}"
    save_file(_state(), path) if suffix == ".safetensors" else torch.save(_state(), path)
    whole = path.read_bytes()
    chance = np.random.default_rng(0)
    damaged = [b"", b"these are no weights\n", b"{}", b"\x80\x02.", whole[:100], whole[: len(whole) // 2], whole[:-20]]
    for _ in range(20):
        noise = bytearray(whole)
        for place in chance.integers(0, 4000, 40):
            noise[place] = chance.integers(0, 256)
        damaged.append(bytes(noise))
    problems = []
    for data in damaged:
        path.write_bytes(data)
        problems.append(_problem(path))
    assert None not in problems[:7]  # a flipped bit inside a number is no damage that a reader can see
    assert not any("\n" in problem for problem in problems if problem)


def test_a_missing_file_a_folder_and_a_huge_file_are_named(tmp_path):
    with pytest.raises(ArtifactError, match="no such file"):
        load_generator(tmp_path / "none.pth")
    with pytest.raises(ArtifactError, match=r"is a folder .give the file background.safetensors in it"):
        load_generator(tmp_path)
    with (tmp_path / "huge.pth").open("wb") as file:
        file.truncate(2**33)
    with pytest.raises(ArtifactError, match="too large"):
        load_generator(tmp_path / "huge.pth")
    with pytest.raises(ArtifactError, match="--weights FILE"):
        load(CPU, None)


def test_a_background_of_minus_one_is_black_and_of_one_white(tmp_path):
    state = {name: torch.zeros_like(value) for name, value in _state().items()}
    state["gen.18.bias"] = torch.tensor([-1.0, 0.0, 1.0])
    save_file(state, tmp_path / "weights.safetensors")
    derained = load(CPU, tmp_path / "weights.safetensors")(torch.rand(1, 3, 4, 4))
    assert derained[0, :, 0, 0].tolist() == [0.0, 0.5, 1.0]


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["Eg1", *(pytest.param(name, marks=pytest.mark.slow) for name in ("Eg2", "Eg3"))])
def test_official_weights_give_the_published_backgrounds(real_data, name):
    weights = real_data / "weights" / "deraining" / "NLCL" / "checkpoints__RealRain__latest_net_Back.pth"
    rainy = to_tensor(decode_file(real_data / "nlcl_official" / f"{name}_input.jpg"))
    ours = np.asarray(from_tensor(load(CPU, weights)(rainy[None])[0])).astype(int)
    published = np.asarray(decode_file(real_data / "nlcl_official" / f"{name}_official_background.png")).astype(int)
    assert np.abs(ours - published).max() <= 1
