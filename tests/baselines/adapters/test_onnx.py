"""ONNX files are run as they want to be, of whatever size they take, or refused with one line."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from baselines.adapters.onnx_file import onnx
from nlcl_bench.core.errors import ArtifactError, ContractError, InputError
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.evaluation.evaluate import evaluate
from nlcl_bench.testing import check_method

pytest.importorskip("onnxruntime")


def rainy(height: int = 70, width: int = 90, seed: int = 0) -> torch.Tensor:
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(seed))


def run(spec, image: torch.Tensor) -> torch.Tensor:
    return apply(load_method(spec, torch.device("cpu"), spec.weights.path), spec, image)


def blurred(image: torch.Tensor) -> torch.Tensor:
    kernel = torch.tensor([1.0, 2.0, 1.0])
    kernel = (kernel[:, None] * kernel / 16).expand(3, 1, 3, 3)
    return torch.nn.functional.conv2d(image[None], kernel, padding=1, groups=3)[0]


def test_a_file_of_any_size_gives_what_its_operators_give(onnx_file, tmp_path):
    spec = onnx(str(onnx_file(tmp_path / "blur.onnx")), {})
    assert torch.allclose(run(spec, rainy()), blurred(rainy()), atol=1e-5)
    check_method(spec, spec.weights.path)


def test_what_is_not_declared_is_recorded_as_not_stated(onnx_file, tmp_path):
    spec = onnx(str(onnx_file(tmp_path / "My Blur.onnx")), {})
    assert spec.name == "onnx-my-blur"
    assert (spec.licence, spec.supervision, spec.trained_with_iqa) == ("not stated", "not stated", None)
    assert spec.trained_on == {"not stated"}
    said = dataclasses.asdict(spec.interface)
    assert {key for key, value in said.items() if value.startswith("not stated")} == {
        "range", "colour", "multiple_of", "output", "tiling", "deterministic",
    }  # fmt: skip
    assert str(tmp_path) not in str(said)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(["0..1", "0..255", "-1..1"]), st.sampled_from(["rgb", "bgr"]), st.integers(0, 9))
def test_range_and_colour_do_not_matter_to_a_blur_but_for_the_border(convention, colour, seed):
    spec = _made(onnx_range=convention, colour=colour)
    image = rainy(20, 24, seed)
    assert torch.allclose(run(spec, image)[..., 1:-1, 1:-1], blurred(image)[..., 1:-1, 1:-1], atol=1e-5)


_FILE = {}


@pytest.fixture(autouse=True, scope="module")
def _one_file(onnx_file, tmp_path_factory):
    _FILE["path"] = onnx_file(tmp_path_factory.mktemp("onnx") / "blur.onnx")


def _made(onnx_range, **declared):
    return onnx(str(_FILE["path"]), {"range": onnx_range, **declared})


def test_a_network_that_gives_the_rain_is_subtracted():
    spec = onnx(str(_FILE["path"]), {"output": "rain"})
    assert torch.allclose(run(spec, rainy()), (rainy() - blurred(rainy())).clamp(0, 1), atol=1e-5)


def test_a_fixed_size_is_tiled_and_the_run_says_so(onnx_file, tmp_path):
    spec = onnx(str(onnx_file(tmp_path / "fixed.onnx", shape=(1, 3, 128, 144))), {})
    image = rainy(300, 210)
    assert torch.allclose(run(spec, image)[..., 1:-1, 1:-1], blurred(image)[..., 1:-1, 1:-1], atol=1e-5)
    assert spec.interface.multiple_of == "takes 144x128 only"
    assert spec.interface.tiling.startswith("in tiles of 128 pixels that share 64, because")
    check_method(spec, spec.weights.path)


def test_channels_may_come_last(onnx_file, tmp_path):
    spec = onnx(str(onnx_file(tmp_path / "bytes.onnx", shape=(1, "h", "w", 3), kind=2)), {})
    image = (rainy() * 255).round() / 255
    assert torch.allclose(run(spec, image), image, atol=1e-6)
    assert spec.interface.range == "0..255"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"inputs": 2}, "takes 2 inputs, not one image"),
        ({"outputs": 2}, "gives 2 outputs .*output_name=out0 or out1"),
        ({"shape": (1, 1, "h", "w"), "pool": True}, "not an image of three colours"),
        ({"shape": (8, 3, "h", "w")}, "not one image"),
        ({"shape": (1, 3, 32, 32)}, "too small"),
        ({"shape": (1, 3, 128, "w")}, "not an image of three colours"),
    ],
)
def test_a_strange_signature_is_one_line(onnx_file, tmp_path, written, says):
    with pytest.raises(ArtifactError, match=says) as caught:
        onnx(str(onnx_file(tmp_path / "strange.onnx", **written)), {})
    assert "\n" not in str(caught.value)


def test_of_several_outputs_one_can_be_named(onnx_file, tmp_path):
    spec = onnx(str(onnx_file(tmp_path / "two.onnx", outputs=2)), {"output_name": "out1"})
    assert torch.allclose(run(spec, rainy()), blurred(rainy()), atol=1e-5)
    with pytest.raises(ArtifactError, match="has no output out7"):
        onnx(str(tmp_path / "two.onnx"), {"output_name": "out7"})


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x08" + bytes(200)])
def test_a_file_that_is_no_model_is_refused(tmp_path, content):
    path = tmp_path / "broken.onnx"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match="is no ONNX file"):
        onnx(str(path), {})


@pytest.mark.parametrize("shape", [("n", 3, "h", "w"), (1, 3, 128, 128)])
def test_another_output_size_breaks_the_contract(onnx_file, tmp_path, shape):
    spec = onnx(str(onnx_file(tmp_path / "half.onnx", shape=shape, pool=True)), {})
    with pytest.raises(ContractError, match="returned shape"):
        run(spec, rainy())


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ({"licens": "MIT"}, "licens: .*onnx: knows .*licence"),
        ({"range": "0..7"}, "range"),
        ({"multiple_of": "0"}, "multiple_of"),
        ({"sha256": "0" * 64}, "has sha256 .* not the declared"),
    ],
)
def test_a_wrong_declaration_is_refused(declared, says):
    with pytest.raises((InputError, ArtifactError), match=says):
        onnx(str(_FILE["path"]), declared)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        onnx(str(tmp_path / "none.onnx"), {})


def test_values_that_are_not_finite_break_the_contract(onnx_file, tmp_path):
    spec = onnx(str(onnx_file(tmp_path / "nan.onnx", scale=np.nan)), {})
    with pytest.raises(ContractError, match="not finite"):
        run(spec, rainy())


def test_workers_run_what_no_registry_knows_and_the_run_tells_all(request_of, tmp_path):
    spec = onnx(str(_FILE["path"]), {"licence": "MIT", "trained_on": "Rain100L, SPA-Data", "trained_with_iqa": "no"})
    alone, _ = evaluate(request_of(spec, tmp_path / "1", jobs=1))
    together, place = evaluate(request_of(spec, tmp_path / "2", jobs=2))
    assert alone == together
    assert together.complete
    assert together.method.trained_on == ("Rain100L", "SPA-Data")
    assert together.method.trained_with_iqa is False
    assert together.method.interface.source == "onnx: blur.onnx"
    assert together.method.weights_sha256 == spec.weights.sha256
    assert str(_FILE["path"].parent) not in (place / "run.json").read_text()


def test_another_declaration_is_another_run(request_of, tmp_path):
    first, _ = evaluate(request_of(onnx(str(_FILE["path"]), {}), tmp_path / "1"))
    second, _ = evaluate(request_of(onnx(str(_FILE["path"]), {"output": "rain"}), tmp_path / "2"))
    assert first.run_id != second.run_id
