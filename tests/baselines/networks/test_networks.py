import numpy as np
import pytest
import torch
from torch.nn import functional

from baselines.filters import guided_plane
from baselines.networks.architectures import ARCHITECTURES
from baselines.networks.ddn import base
from baselines.networks.lpnet import halved, pyramid, twice
from baselines.networks.prenet import PReNet
from baselines.networks.rescan import RESCAN
from baselines.networks.spanet import swept

NAMES = tuple(ARCHITECTURES)
ALIKE = ("prenet", "prn")  # to prenet-r and prn-r, but for weights of their own
LOCAL = tuple(name for name in NAMES if ARCHITECTURES[name].tiling == "own" and name not in ALIKE)
PUBLISHED = {  # what papers and third-party tables say, in thousands
    "ddn": 57.7,
    "prenet": 169,
    "prenet-r": 95,
    "prn-r": 21,
    "rescan": 150,
    "lpnet": 7.6,
    "spanet": 284,
}


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def noise(*shape, seed=1):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", NAMES)
def test_a_network_has_the_size_that_is_said_and_that_was_published(name):
    count = parameters(ARCHITECTURES[name].new())
    assert count == ARCHITECTURES[name].parameters
    assert count / 1000 == pytest.approx(PUBLISHED.get(name, count / 1000), rel=0.01)


@pytest.mark.parametrize("name", NAMES)
def test_odd_sizes_come_back_and_the_images_of_a_batch_stay_apart_and_twice_is_the_same(name, untrained):
    network, multiple = untrained(name).eval(), ARCHITECTURES[name].size.multiple_of
    for height, width in ((1, 1), (3, 2), (17, 5)):
        batch = noise(2, 3, height * multiple, width * multiple)
        with torch.inference_mode():
            derained, again = network(batch), network(batch)
            alone = torch.cat([network(image[None]) for image in batch])
        assert derained.shape == batch.shape
        assert torch.equal(derained, again)
        torch.testing.assert_close(derained, alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_learns(name, untrained):
    network = untrained(name).eval()  # a mean over the batch would take away the bias in front of it
    rainy = noise(2, 3, 32, 32)
    functional.l1_loss(network(rainy), noise(2, 3, 32, 32, seed=2)).backward()
    idle = [key for key, value in network.named_parameters() if value.grad is None or not value.grad.abs().sum() > 0]
    assert idle == []


@pytest.mark.parametrize("name", [*LOCAL, *(pytest.param(name, marks=pytest.mark.slow) for name in ALIKE)])
def test_a_pixel_depends_on_nothing_farther_away_than_is_said_and_what_is_said_is_not_idle(name, untrained):
    network, reach = untrained(name).double().eval(), ARCHITECTURES[name].reach
    middle = -(-(reach + 8) // 16) * 16
    rainy = noise(1, 3, 16, 2 * middle + 16).double().requires_grad_()
    derained, farthest = network(rainy), 0
    for column in (middle, middle + 5, middle + 15):  # pixels of a pyramid's levels lie on a grid
        (slope,) = torch.autograd.grad(derained[..., column].sum(), rainy, retain_graph=True)
        farthest = max(farthest, int((slope.abs().sum((0, 1, 2)).nonzero() - column).abs().max()))
    assert 0.9 * reach <= farthest <= reach


def test_prenet_remembers_what_the_stages_before_saw(stirred):
    for recurrent in (True, False):
        network = stirred(PReNet(recurrent=recurrent, shared=True, stages=2)).eval()
        rainy = noise(1, 3, 8, 8)
        with torch.inference_mode():
            network.stages = 1
            first = network(rainy)
            seen = network.conv0(torch.cat((rainy, first), 1))
            network.stages = 2
            second = network(rainy)
            if not recurrent:
                for _ in range(5):
                    seen = functional.relu(network.res_conv1(seen) + seen)
                torch.testing.assert_close(second, rainy + network.conv(seen))
        assert not torch.equal(first, second)


def test_ddns_base_is_the_guided_filter_of_the_controls_inside():
    plane = noise(1, 1, 90, 70)
    mirrored = guided_plane(plane[0, 0].double().numpy(), radius=15, epsilon=1.0)
    np.testing.assert_allclose(base(plane.double())[0, 0, 30:-30, 30:-30], mirrored[30:-30, 30:-30], atol=1e-9)


def test_a_pyramid_holds_all_of_an_image():
    image = noise(1, 3, 48, 32).double()
    *details, rest = pyramid(image, 4)
    assert rest.shape == (1, 3, 6, 4)
    for detail in reversed(details):
        rest = twice(rest) + detail
    torch.testing.assert_close(rest, image)


def test_halving_is_a_blur_by_1_4_6_4_1_and_doubling_its_transpose():
    line = torch.tensor([1.0, 4, 6, 4, 1]).double() / 16
    kernel = torch.outer(line, line)[None, None]
    image = noise(1, 1, 16, 16).double()
    blurred = functional.conv2d(functional.pad(image, (2, 2, 2, 2), mode="replicate"), kernel)
    torch.testing.assert_close(halved(image), blurred[..., ::2, ::2])
    spread = torch.zeros(1, 1, 32, 32).double()
    spread[..., ::2, ::2] = image
    loop = functional.conv2d(spread, 4 * kernel, padding=2)
    torch.testing.assert_close(twice(image)[..., 4:-4, 4:-4], loop[..., 4:-4, 4:-4])
    assert halved(torch.ones(1, 1, 1, 1)).item() == twice(torch.ones(1, 1, 1, 1)).mean().item() == 1


@pytest.mark.parametrize(("axis", "backwards"), [(-1, False), (-1, True), (-2, False), (-2, True)])
def test_a_recurrence_is_the_loop_over_pixels(axis, backwards):
    features = noise(2, 3, 5, 4) - 0.5
    weight, bias = noise(3, seed=2) * 2 - 1, noise(3, seed=3) - 0.5
    wanted = torch.empty_like(features)
    for image, channel, row, column in np.ndindex(*features.shape):
        line = features[image, channel, :, column] if axis == -2 else features[image, channel, row]
        place = row if axis == -2 else column
        steps = range(len(line) - 1, place - 1, -1) if backwards else range(place + 1)
        state = None
        for step in steps:
            carried = 0 if state is None else weight[channel] * state + bias[channel]
            state = max(line[step] + carried, torch.tensor(0.0))
        wanted[image, channel, row, column] = state
    torch.testing.assert_close(swept(features, weight, bias, axis, backwards=backwards), wanted)


def test_rescan_predicts_all_of_the_rain_at_each_stage(stirred):
    network = stirred(RESCAN(stages=1)).eval()
    rainy = noise(1, 3, 16, 16)
    with torch.inference_mode():
        one = network(rainy)
        network.stages = 2
        two = network(rainy)
        network.units[0].kept["z"].bias.add_(1)  # the memory: of no account in the first stage
        network.stages = 1
        assert torch.equal(network(rainy), one)
        network.stages = 2
        assert not torch.equal(network(rainy), two)
