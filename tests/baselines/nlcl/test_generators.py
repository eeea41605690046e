"""The other generators that a recipe may name."""

import torch

from baselines.nlcl.attention import Attentive, Detector
from baselines.nlcl.networks import Generator, Separator, count_parameters
from baselines.nlcl.resnet import ResNet9


def test_networks_have_the_sizes_of_their_papers():
    assert count_parameters(ResNet9()) == 11_378_179
    assert count_parameters(Detector()) == 167_809


def test_resnet9_gives_an_image_and_the_features_that_are_compared():
    torch.manual_seed(0)
    network = ResNet9().eval()
    rainy = torch.rand(1, 3, 16, 24) * 2 - 1
    with torch.inference_mode():
        background, maps = network.mapped(rainy)
        assert torch.equal(background, network(rainy))
        assert all(map(torch.equal, maps, network.features(rainy)))
    assert background.shape == rainy.shape
    assert background.abs().max() <= 1
    assert [tuple(map_.shape[1:]) for map_ in maps] == [
        (3, 22, 30),
        (128, 8, 12),
        (256, 4, 6),
        (256, 4, 6),
        (256, 4, 6),
    ]
    assert tuple(map_.shape[1] for map_ in maps) == network.ENCODER_CHANNELS


def test_what_a_detector_finds_reaches_no_farther_than_it_says():
    torch.manual_seed(0)
    detector = Detector().eval()
    image = torch.rand(1, 3, 1, 2 * Detector.REACH + 21) * 2 - 1
    other = image.clone()
    other[..., 0] = -other[..., 0]
    with torch.inference_mode():
        changed = (detector(image) - detector(other)).abs()[0, 0, 0].nonzero()
    assert 0 < changed.max() <= Detector.REACH


def test_a_generator_behind_a_detector_is_shown_what_it_finds():
    torch.manual_seed(0)
    for generator in (Separator(1), Generator(1), ResNet9(1)):
        network = Attentive(generator).eval()
        rainy = torch.rand(1, 3, 16, 16) * 2 - 1
        with torch.inference_mode():
            before = network(rainy)
            network.detector.last.bias.add_(1.0)
            assert before.shape == rainy.shape
            if not isinstance(generator, Separator):  # which begins near the identity
                assert not torch.equal(network(rainy), before)
    assert Attentive(Separator(1)).REACH == Separator.REACH + Detector.REACH
    assert Attentive(ResNet9(1)).REACH == 0
