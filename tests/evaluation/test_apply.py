"""The contract of a method is checked in one place, and a breach names the method."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nlcl_bench.core.errors import ContractError, InputError
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.methods.spec import MethodSpec, SizeRule


def method(derainer=lambda batch: batch, *, size: SizeRule | None = None, tiling="exact") -> MethodSpec:
    return MethodSpec(
        name="sample",
        title="Sample",
        supervision="control",
        load=lambda *_: derainer,
        tiling=tiling,
        licence="CC0-1.0",
        size=size or SizeRule(),
    )


def image(height: int = 20, width: int = 30) -> torch.Tensor:
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(1))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from([1, 4, 8, 32]), st.sampled_from([1, 20, 48]))
def test_every_size_is_padded_to_the_rule_and_cropped_again(height, width, multiple, minimum):
    seen = []

    def record(batch):
        seen.append(batch.shape[-2:])
        return batch

    spec = method(record, size=SizeRule(multiple_of=multiple, minimum=minimum))
    rainy = image(height, width)
    assert torch.equal(apply(record, spec, rainy), rainy)
    assert all(side % multiple == 0 and side >= minimum for side in seen[0])


def test_padding_is_by_reflection():
    seen = []
    spec = method(size=SizeRule(multiple_of=4))
    row = torch.tensor([0.1, 0.2, 0.3]).expand(3, 1, 3)
    apply(lambda batch: (seen.append(batch.clone()), batch)[1], spec, row)
    assert seen[0][0, 0, 0].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.2])


def test_values_are_clamped_to_the_range():
    out = apply(lambda batch: batch * 4 - 1, method(), image())
    assert float(out.min()) == 0
    assert float(out.max()) == 1


def fail(_: torch.Tensor) -> torch.Tensor:
    raise RuntimeError("out of memory\nand a long trace")


@pytest.mark.parametrize(
    ("derainer", "says"),
    [
        (lambda batch: batch[..., :-1], r"returned shape \(1, 3, 20, 29\) for \(1, 3, 20, 30\)"),
        (lambda batch: batch.double(), "returned torch.float64"),
        (lambda batch: batch * float("nan"), "values that are not finite"),
        (lambda batch: batch.numpy(), "returned a ndarray"),
        (lambda batch: batch.mul_(0.5), "changed its input"),
        (fail, "raised RuntimeError: out of memory"),
    ],
)
def test_a_broken_promise_is_told_with_the_methods_name(derainer, says):
    with pytest.raises(ContractError, match=says) as caught:
        apply(derainer, method(derainer), image())
    assert str(caught.value).startswith("sample: ")
    assert "\n" not in str(caught.value)


def test_a_loader_that_fails_is_told():
    def load(*_):
        raise KeyError("gen.0.weight")

    spec = MethodSpec(name="bad", title="", supervision="control", load=load, tiling="exact", licence="CC0-1.0")
    with pytest.raises(ContractError, match="bad: could not be loaded: KeyError"):
        load_method(spec, torch.device("cpu"), None)


def test_a_method_that_forbids_tiles_gets_none():
    with pytest.raises(InputError, match="cannot work in tiles"):
        apply(lambda batch: batch, method(tiling="forbidden"), image(), 128)


def test_a_method_that_bounds_its_own_memory_gets_the_whole_image():
    seen = []
    apply(lambda batch: (seen.append(batch.shape), batch)[1], method(tiling="own"), image(300, 200), 128)
    assert seen == [(1, 3, 300, 200)]
