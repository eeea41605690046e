import pickle

import pytest
import torch
from safetensors.torch import save_file

from baselines.networks import spec
from baselines.networks.architectures import ARCHITECTURES, SPANET_AS_PUBLISHED
from baselines.networks.loading import load, load_network
from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.core.images import decode_file, to_tensor
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.metrics.catalogue import METRICS

CPU = torch.device("cpu")


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("kind", [torch.float16, torch.float32])
def test_weights_come_back_in_single_precision(name, kind, untrained, tmp_path):
    state = {
        key: value.to(kind) if value.is_floating_point() else value
        for key, value in untrained(name).state_dict().items()
    }
    torch.save(state, tmp_path / "weights.pth")
    save_file(state, tmp_path / "weights.safetensors")
    for path in sorted(tmp_path.iterdir()):
        loaded = load_network(ARCHITECTURES[name], path).state_dict()
        assert all(torch.equal(loaded[key], value.to(loaded[key].dtype)) for key, value in state.items())
        assert {value.dtype for value in loaded.values()} <= {torch.float32, torch.int64}


def test_the_authors_of_spanet_keep_the_weights_among_other_things(untrained, tmp_path):
    state = untrained("spanet").state_dict()
    torch.save({"net": state, "clock": 40_000, "opt": {"state": {}}}, tmp_path / "latest")
    assert torch.equal(
        load_network(SPANET_AS_PUBLISHED, tmp_path / "latest").state_dict()["conv_in.0.weight"],
        state["conv_in.0.weight"],
    )
    with pytest.raises(ArtifactError, match="holds no table of tensors"):
        load_network(ARCHITECTURES["ddn"], tmp_path / "latest")


@pytest.mark.parametrize(("name", "other"), [("prenet", "prenet-r"), ("prenet-r", "prenet"), ("ddn", "lpnet")])
def test_the_weights_of_another_network_are_refused_in_one_line(name, other, weight_file):
    with pytest.raises(ArtifactError, match="holds another network") as caught:
        load_network(ARCHITECTURES[name], weight_file(other))
    assert "\n" not in str(caught.value)


def test_a_tensor_of_another_shape_a_missing_file_a_folder_and_a_huge_file_are_named(untrained, tmp_path):
    state = untrained("lpnet").state_dict()
    save_file({**state, "levels.0.first.bias": torch.zeros(3)}, tmp_path / "other.safetensors")
    with pytest.raises(ArtifactError, match=r"levels.0.first.bias has shape \(3,\), not \(16,\)"):
        load_network(ARCHITECTURES["lpnet"], tmp_path / "other.safetensors")
    with pytest.raises(ArtifactError, match=r"no such file .give a .safetensors or .pth file of LPNet"):
        load_network(ARCHITECTURES["lpnet"], tmp_path / "none.pth")
    with pytest.raises(ArtifactError, match="is a folder"):
        load_network(ARCHITECTURES["lpnet"], tmp_path)
    with (tmp_path / "huge.pth").open("wb") as file:
        file.truncate(2**33)
    with pytest.raises(ArtifactError, match="too large"):
        load_network(ARCHITECTURES["lpnet"], tmp_path / "huge.pth")
    with pytest.raises(ArtifactError, match=r"LPNet: needs a weight file .train one with nlcl-bench train"):
        load(ARCHITECTURES["lpnet"], CPU, None)


class _Code:
    """Unpickled without care, it makes a file."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return open, (str(self.target), "w")


def test_a_pickle_that_runs_code_is_refused_and_its_code_not_run(tmp_path):
    target = tmp_path / "owned"
    (tmp_path / "plain.pth").write_bytes(pickle.dumps({"net": _Code(target)}))
    torch.save({"net": {"conv_in.0.weight": _Code(target)}}, tmp_path / "zipped.pth")
    for name in ("plain.pth", "zipped.pth"):
        with pytest.raises(ArtifactError, match="holds code"):
            load_network(SPANET_AS_PUBLISHED, tmp_path / name)
    assert not target.exists()


def luma_psnr(described, folder, count):
    """Return the mean PSNR of the luma of the first pairs of a folder, before and after, rounded as it is written."""
    derainer = load_method(described, CPU, obtain(described.weights))
    measure = METRICS.get("psnr_y").load(None)
    rainy = sorted(folder.glob("*_rain.png"))[:count]
    found = []
    for path in rainy:
        seen, clean = (
            to_tensor(decode_file(folder / f"{path.stem.removesuffix('_rain')}_{kind}.png"))
            for kind in ("rain", "clean")
        )
        made = (apply(derainer, described, seen) * 255).round() / 255
        found.append([float(measure(image[None], clean[None])) for image in (seen, made)])
    return torch.tensor(found).mean(0).tolist()


@pytest.mark.realdata
def test_the_published_weights_of_prenet_r_clear_the_rain_of_their_own_set(real_data, real_weights):
    before, after = luma_psnr(spec.PRENET_R_100L, real_data / "paired" / "rain100L", 1)
    assert after > before + 5


@pytest.mark.realdata
@pytest.mark.slow
@pytest.mark.parametrize(
    ("described", "published"), [(spec.PRENET_R_100L, 36.78), (spec.PRENET_R_100H, 34.09), (spec.PRENET_R_1400, 30.13)]
)
def test_the_published_weights_of_prenet_r_reach_the_known_figures(described, published, real_data, real_weights):
    before, after = luma_psnr(described, real_data / "paired" / "rain100L", 6)
    assert before == pytest.approx(28.93, abs=0.02)
    assert after == pytest.approx(published, abs=0.02)


@pytest.mark.realdata
def test_the_published_weights_of_spanet_lessen_the_rain_of_a_set_that_they_never_saw(real_data, real_weights):
    before, after = luma_psnr(spec.SPANET_OFFICIAL, real_data / "paired" / "rain100L", 1)
    assert after > before + 2
