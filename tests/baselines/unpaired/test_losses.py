import math

import pytest
import torch
from torch.nn.functional import normalize

from baselines.unpaired import losses


def _crops(seed):
    return torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2 - 1


def _unit(*shape, seed):
    return normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64), dim=-1)


def _difference_slowly(one, other):
    pairs = list(zip(one.flatten().tolist(), other.flatten().tolist(), strict=True))
    return sum(abs(a - b) for a, b in pairs) / len(pairs)


def test_cycle_and_identity_equal_their_loop_twins():
    crops = [_crops(seed) for seed in range(4)]
    slow = _difference_slowly(crops[0], crops[1]) + _difference_slowly(crops[2], crops[3])
    assert losses.cycle(*crops).item() == pytest.approx(slow)
    assert losses.identity(*crops).item() == pytest.approx(slow)


def test_attention_equals_its_loop_twin():
    found = _crops(0)[:, :1]
    assert losses.attention(found).item() == pytest.approx(sum(value**2 for value in found.flatten().tolist()) / 40)


def _patch_contrast_slowly(anchors, positives, temperature):
    of_layers = []
    for made, seen in zip(anchors, positives, strict=True):
        values = []
        for image in range(len(made)):
            for place, anchor in enumerate(made[image]):
                likeness = [math.exp(float(anchor @ other) / temperature) for other in seen[image]]
                values.append(-math.log(likeness[place] / sum(likeness)))
        of_layers.append(sum(values) / len(values))
    return sum(of_layers) / len(of_layers)


@pytest.mark.parametrize("temperature", [0.07, 0.5])
def test_the_patch_contrast_equals_its_loop_twin(temperature):
    anchors = [_unit(2, 5, 4, seed=0), _unit(2, 3, 4, seed=1)]
    positives = [_unit(2, 5, 4, seed=2), _unit(2, 3, 4, seed=3)]
    slow = _patch_contrast_slowly(anchors, positives, temperature)
    assert losses.patch_contrast(anchors, positives, temperature).item() == pytest.approx(slow, rel=1e-9)


def test_the_patch_contrast_is_zero_when_right_and_a_logarithm_when_blind():
    axes = torch.eye(6)[None]
    assert losses.patch_contrast([axes], [axes], 0.01).item() == pytest.approx(0, abs=1e-6)
    blind = axes[:, :1].expand(1, 6, 6)
    assert losses.patch_contrast([blind], [blind]).item() == pytest.approx(math.log(6))
