import math

import pytest
import torch
from torch.nn.functional import normalize

from baselines.nlcl import losses


def _unit(*shape, seed=0):
    return normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64), dim=-1)


def _layer_contrast_slowly(background, rain, temperature):
    total = 0.0
    for image in range(len(background)):
        vectors = [(0, vector) for vector in background[image]] + [(1, vector) for vector in rain[image]]
        for i, (layer, anchor) in enumerate(vectors):
            others = [
                (kind, math.exp(anchor @ other / temperature)) for j, (kind, other) in enumerate(vectors) if j != i
            ]
            below = sum(value for _, value in others)
            own = [math.log(value / below) for kind, value in others if kind == layer]
            total -= sum(own) / len(own) / len(vectors)
    return total / len(background)


def _compactness_slowly(vectors):
    pairs = [float(one @ other) for i, one in enumerate(vectors) for j, other in enumerate(vectors) if i != j]
    return sum(pairs) / len(pairs)


def _location_contrast_slowly(anchors, positives, negatives, temperature):
    values = []
    for anchor, positive, group in zip(anchors, positives, negatives, strict=True):
        top = math.exp(anchor @ positive / temperature)
        values.append(-math.log(top / (top + sum(math.exp(anchor @ other / temperature) for other in group))))
    return sum(values) / len(values)


@pytest.mark.parametrize("temperature", [0.07, 0.5])
def test_the_layer_contrast_equals_its_loop_twin(temperature):
    background, rain = _unit(2, 3, 5), _unit(2, 6, 5, seed=1)
    fast = losses.layer_contrast(background, rain, temperature)
    assert fast.item() == pytest.approx(_layer_contrast_slowly(background, rain, temperature), rel=1e-9)


@pytest.mark.parametrize("margin", [0.0, 0.3, 1.5])
def test_the_asymmetric_layer_contrast_equals_its_loop_twin(margin):
    background, rain = _unit(3, 4, 5), normalize(_unit(3, 6, 5, seed=1) + 0.4, dim=-1)
    missing = [
        max(0.0, margin - _compactness_slowly(drops) + _compactness_slowly(patches))
        for patches, drops in zip(background, rain, strict=True)
    ]
    slow = _layer_contrast_slowly(background, rain, 0.2) + sum(missing) / 3
    assert losses.asymmetric_layer_contrast(background, rain, 0.2, margin).item() == pytest.approx(slow, rel=1e-9)


def test_the_asymmetric_loss_asks_for_compact_rain_and_is_content_when_it_is():
    point = _unit(1, 1, 5).expand(1, 6, 5)
    spread = torch.eye(5, dtype=torch.float64)[None]
    plain, asked = (
        [loss(*layers, 0.07).item() for layers in ((spread, point), (point, spread))]
        for loss in (losses.layer_contrast, losses.asymmetric_layer_contrast)
    )
    assert asked[0] == pytest.approx(plain[0])
    assert asked[1] == pytest.approx(plain[1] + 0.5 + 1)


@pytest.mark.parametrize("temperature", [0.07, 0.5])
def test_the_location_contrast_within_a_set_equals_its_loop_twin(temperature):
    anchors, positives = _unit(2, 5, 4), _unit(2, 5, 4, seed=1)
    values = [
        -math.log(
            math.exp(anchors[n, i] @ positives[n, i] / temperature)
            / sum(math.exp(anchors[n, i] @ positives[n, j] / temperature) for j in range(5))
        )
        for n in range(2)
        for i in range(5)
    ]
    fast = losses.location_contrast_within(anchors, positives, temperature)
    assert fast.item() == pytest.approx(sum(values) / 10, rel=1e-9)


@pytest.mark.parametrize("temperature", [0.07, 0.5])
def test_the_location_contrast_equals_its_loop_twin(temperature):
    anchors, positives, negatives = _unit(4, 5), _unit(4, 5, seed=1), _unit(4, 7, 5, seed=2)
    fast = losses.location_contrast(anchors, positives, negatives, temperature)
    assert fast.item() == pytest.approx(_location_contrast_slowly(anchors, positives, negatives, temperature), rel=1e-9)


def test_the_layer_contrast_has_the_constants_of_the_method():
    north = torch.tensor([0.0, 1.0], dtype=torch.float64)
    equal = losses.layer_contrast(north.expand(1, 8, 2), north.expand(1, 128, 2))
    perfect = losses.layer_contrast(north.expand(1, 8, 2), -north.expand(1, 128, 2))
    assert equal.item() == pytest.approx(4.9053, abs=5e-5)
    assert equal.item() == pytest.approx(math.log(135))
    assert perfect.item() == pytest.approx(4.6737, abs=5e-5)
    assert perfect.item() == pytest.approx((128 * math.log(127) + 8 * math.log(7)) / 136)


def test_the_layer_contrast_survives_its_extremes_in_single_precision():
    north = torch.tensor([0.0, 1.0]).requires_grad_()
    loss = losses.layer_contrast(north.expand(1, 8, 2), -north.expand(1, 128, 2), 0.001)
    loss.backward()
    assert loss.isfinite()
    assert north.grad.isfinite().all()


def test_the_location_contrast_is_zero_when_right_and_a_logarithm_when_blind():
    north, south = torch.tensor([[0.0, 1.0]]), torch.tensor([[[0.0, -1.0]]])
    assert losses.location_contrast(north, north, south).item() == pytest.approx(0, abs=1e-6)
    assert losses.location_contrast(north, north, north.expand(1, 64, 2)).item() == pytest.approx(math.log(65))


def test_the_pixel_losses_equal_their_loop_twins():
    background, rain, rainy = (torch.rand(2, 3, 4, 5, dtype=torch.float64) * 2 - 1 for _ in range(3))
    triples = list(zip(background.flatten(), rain.flatten(), rainy.flatten(), strict=True))
    consistency = sum(float(b + r - o) ** 2 for b, r, o in triples) / len(triples)
    assert losses.self_consistency(background, rain, rainy).item() == pytest.approx(consistency)
    assert losses.sparsity(rain).item() == pytest.approx(sum(abs(float(r)) for _, r, _ in triples) / len(triples))


def test_the_adversarial_losses_equal_their_loop_twins():
    derained, clean = torch.randn(2, 1, 3, 3, dtype=torch.float64), torch.randn(2, 1, 3, 3, dtype=torch.float64)
    fooled = sum((float(logit) - 1) ** 2 for logit in derained.flatten()) / 18
    told = sum(
        float(d) ** 2 / 2 + (float(c) - 1) ** 2 / 2 for d, c in zip(derained.flatten(), clean.flatten(), strict=True)
    )
    assert losses.adversarial(derained).item() == pytest.approx(fooled)
    assert losses.discrimination(derained, clean).item() == pytest.approx(told / 18)


def test_brightening_and_fidelity_equal_their_loop_twins():
    one, other = (torch.rand(2, 3, 4, 5, dtype=torch.float64) * 2 - 1 for _ in range(2))
    darker = sum(max(-float(value), 0) for value in one.flatten()) / 120
    assert losses.brightening(one).item() == pytest.approx(darker)
    halves = [(float(b) - float(t)) / 2 for b, t in zip(one.flatten(), other.flatten(), strict=True)]
    known = sum(abs(half) for half in halves) / 480 + 5 * sum(half**2 for half in halves) / 120
    assert losses.fidelity(one, other).item() == pytest.approx(known)


def _isotropy_slowly(rain, window):
    images = []
    for image in rain.mean(1).tolist():
        above = below = 0.0
        for top in range(0, len(image) - 1 - window + 1, window):
            for left in range(0, len(image[0]) - 1 - window + 1, window):
                xx = yy = xy = 0.0
                for row in range(top, top + window):
                    for column in range(left, left + window):
                        down = image[row + 1][column] - image[row][column]
                        across = image[row][column + 1] - image[row][column]
                        xx, yy, xy = xx + across**2, yy + down**2, xy + across * down
                xx, yy, xy = (value / window**2 for value in (xx, yy, xy))
                above += 4 * (xx * yy - xy**2) / (xx + yy + 1e-8)
                below += xx + yy
        images.append(above / (below + 1e-8))
    return sum(images) / len(images)


def test_isotropy_equals_its_loop_twin_and_is_between_zero_and_one():
    rain = torch.rand(2, 3, 14, 18, dtype=torch.float64)
    slow = _isotropy_slowly(rain, 4)
    assert losses.isotropy(rain, 4).item() == pytest.approx(slow, rel=1e-9)
    assert 0 < slow < 1
    assert losses.isotropy(torch.zeros(1, 3, 20, 20)).item() == 0
