import numpy as np
import pytest
import torch

from baselines.nlcl.networks import (
    DISCRIMINATOR_CHANNELS,
    Discriminator,
    Generator,
    LayerHeads,
    ProjectionHeads,
    Separator,
    walk,
)


def _parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_networks_have_the_sizes_of_the_method():
    assert _parameters(Generator()) == 316_195
    assert _parameters(Separator()) == 358_596
    assert _parameters(Discriminator()) == 2_764_737
    assert _parameters(ProjectionHeads([32] * 5)) == 371_200
    assert _parameters(ProjectionHeads([3, 64, 128, 256, 512])) == 576_768


def test_the_generator_names_its_tensors_as_the_published_weights_do():
    state = Generator().state_dict()
    assert len(state) == 72
    names = {"gen.0.weight", "gen.1.model.0.conv.weight", "gen.16.model.1.conv.bias", "gen.17.conv.0.weight"}
    assert names | {"gen.17.conv.3.weight", "gen.18.bias"} <= set(state)
    assert set(Discriminator().state_dict()) == {
        f"model.{index}.{kind}" for index in (0, 3, 7, 11, 14) for kind in ("weight", "bias")
    }


@pytest.mark.parametrize(("side", "maps", "logits"), [(256, (255, 127, 63, 31), 30), (64, (63, 31, 15, 7), 6)])
def test_the_discriminator_has_the_map_sizes_of_the_method(side, maps, logits):
    output, features = walk(Discriminator().model, torch.zeros(1, 3, side, side), (0, 3, 7, 11))
    assert output.shape == (1, 1, logits, logits)
    assert [tuple(map_.shape) for map_ in features] == [
        (1, channels, size, size) for channels, size in zip(DISCRIMINATOR_CHANNELS.values(), maps, strict=True)
    ]


def test_the_generator_keeps_any_size_and_the_images_of_a_batch_apart():
    generator = Generator()
    batch = torch.rand(2, 3, 5, 17) * 2 - 1
    alone = torch.cat([generator(image[None]) for image in batch])
    assert generator(batch).shape == batch.shape
    torch.testing.assert_close(generator(batch), alone, atol=1e-5, rtol=1e-5)


def test_a_discriminator_is_blind_to_shifts_of_the_smallest_detail():
    # the blur before each halving takes away what would alias: one-pixel stripes look the same when shifted by one
    stripes = torch.tensor([1.0, -1.0]).repeat(16).expand(1, 3, 32, 32)
    blur = Discriminator().model[2]
    features = stripes[:, :1].expand(1, 64, 32, 32)
    torch.testing.assert_close(blur(features)[..., 2:-2], blur(features.roll(1, -1))[..., 2:-2])


def test_features_on_the_way_are_those_of_the_layers_alone_and_stop_early():
    generator, image = Generator(), torch.rand(1, 3, 8, 9)
    _, (stem, second) = walk(generator.gen[:3], image, (0, 2))
    torch.testing.assert_close(stem, generator.gen[0](image))
    torch.testing.assert_close(second, generator.gen[2](generator.gen[1](stem)))


def test_projected_vectors_have_length_one():
    first, second = ProjectionHeads([3, 7], width=16)([torch.randn(2, 5, 3), torch.randn(4, 7)])
    assert first.shape == (2, 5, 16)
    torch.testing.assert_close(first.norm(dim=-1), torch.ones(2, 5))
    torch.testing.assert_close(second.norm(dim=-1), torch.ones(4))


@pytest.fixture
def separator():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Separator().requires_grad_(requires_grad=False)


def test_an_untrained_separator_gives_a_photograph_nearly_as_it_went_in(separator, photograph):
    seen = torch.from_numpy(np.asarray(photograph(3, 96, 64)).copy()).permute(2, 0, 1)[None] / 127.5 - 1
    error = (separator(seen) - seen).square().mean().sqrt() / 2
    assert 0 < error < 0.04  # of the range from black to white


def test_what_the_separator_says_on_the_way_is_what_it_says(separator):
    seen = torch.rand(2, 3, 16, 24) * 2 - 1
    background, maps = separator.mapped(seen)
    assert torch.equal(background, separator(seen))
    assert [map_.shape[1] for map_ in maps] == list(Separator.ENCODER_CHANNELS)
    generator = Generator()
    background, maps = generator.mapped(seen)
    assert torch.equal(background, generator(seen))
    assert [map_.shape[1] for map_ in maps] == list(Generator.ENCODER_CHANNELS)


def test_nothing_reaches_farther_than_reach_and_the_reach_is_no_idle_word(separator):
    side, farthest = 144, 0
    base = torch.rand(1, 3, side, side, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    separator.double()
    for row, column in ((72, 72), (73, 75), (75, 70)):  # pixels are folded in blocks of four: every place in a block
        other = base.clone()
        other[..., row, column] += 1.5
        changed = (separator(other) != separator(base)).any(1)[0].nonzero()
        farthest = max(farthest, int((changed - torch.tensor([row, column])).abs().max()))
    assert 48 <= farthest <= Separator.REACH


def test_heads_of_their_own_and_shared_ones(recipe):
    background, rain = [torch.randn(2, 5, 3)], [torch.randn(2, 7, 3)]
    for shared in (True, False):
        heads = LayerHeads([3], 16, 1.0, shared=shared)
        ((first, second),) = heads(background, rain)
        assert (first.shape, second.shape) == ((2, 5, 16), (2, 7, 16))
        ((swapped, _),) = heads(rain, background)
        assert torch.allclose(swapped, second, atol=1e-6) == shared
