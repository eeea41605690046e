import pytest
import torch
from safetensors.torch import load_file, save_file
from torchvision import models

from baselines.analysis.encoders import backbone, discriminator, generator, pixels, untrained, vectors
from baselines.nlcl.networks import Discriminator
from baselines.nlcl.weights import load_generator
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import ArtifactError

WINDOWS = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_the_floor_is_the_pixel_in_the_middle():
    (found,) = vectors(pixels(), WINDOWS)
    assert torch.equal(found, WINDOWS[:, :, 32, 32])


def test_the_discriminator_of_a_checkpoint_sees_what_the_trained_one_sees(checkpoint):
    encoder = discriminator(checkpoint)
    torch.manual_seed(1)
    trained = Discriminator()
    with torch.no_grad():
        found, maps, features = vectors(encoder, WINDOWS), [], WINDOWS
        for index, layer in enumerate(trained.model):
            features = layer(features)
            if index in (0, 3, 7, 11):
                maps.append(features)
    middles = [map_[:, :, 32 * map_.shape[2] // 64, 32 * map_.shape[3] // 64] for map_ in maps]
    assert [one.shape[1] for one in found] == [64, 128, 256, 512]
    assert all(torch.equal(one, middle) for one, middle in zip(found, middles, strict=True))
    assert encoder.digest == sha256_file(checkpoint / "training.safetensors")


def test_the_untrained_discriminator_is_seeded_and_leaves_other_randomness_alone():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, again, other = (vectors(untrained(seed), WINDOWS)[-1] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_generator_comes_from_a_file_or_from_a_checkpoint(weights, checkpoint):
    from_file, from_folder = generator(weights), generator(checkpoint)
    network = load_generator(weights)
    assert len(vectors(from_file, WINDOWS)) == len(network.ENCODER_LAYERS)
    for one, other in zip(vectors(from_file, WINDOWS), vectors(from_folder, WINDOWS), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(("name", "channels"), [("squeezenet1_1", [64, 128, 256, 384, 512])])
def test_a_backbone_is_recognised_by_its_file_and_sees_what_it_would_see(tmp_path, name, channels):
    network = getattr(models, name)(weights=None).eval()
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    encoder = backbone(tmp_path / "weights.pth")
    with torch.no_grad():
        found = vectors(encoder, WINDOWS)
        mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        first = network.features[:2](((WINDOWS + 1) / 2 - mean[:, None, None]) / deviation[:, None, None])
    assert encoder.name == name
    assert [one.shape[1] for one in found] == channels
    assert torch.allclose(found[0], first[:, :, 32 * 31 // 64, 32 * 31 // 64], atol=1e-5)
    assert encoder.digest == sha256_file(tmp_path / "weights.pth")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (
            lambda folder: (folder / "training.safetensors").unlink(),
            "holds no training.safetensors, so no",
        ),
        (lambda folder: (folder / "training.safetensors").write_bytes(b"nothing"), "is damaged"),
        (
            lambda folder: save_file({"history": torch.zeros(1)}, folder / "training.safetensors"),
            "holds no discr",
        ),
        (lambda folder: _without(folder, "discriminator.model.0.bias"), "lacks the tensor model.0.bias"),
    ],
)
def test_a_checkpoint_without_a_discriminator_is_one_clear_line(checkpoint, spoil, says):
    spoil(checkpoint)
    with pytest.raises(ArtifactError, match=says) as caught:
        discriminator(checkpoint)
    assert "\n" not in str(caught.value)


def _without(folder, name):
    tensors = load_file(folder / "training.safetensors")
    del tensors[name]
    save_file(tensors, folder / "training.safetensors")


def test_the_file_of_no_backbone_is_one_clear_line(tmp_path, weights):
    with pytest.raises(ArtifactError, match=r"is of another network .give torchvision's weight file of alexnet"):
        backbone(weights)
    with pytest.raises(ArtifactError, match=r"no such file"):
        backbone(tmp_path / "none.pth")
    state = models.squeezenet1_1(weights=None).state_dict()
    state["features.0.weight"] = torch.zeros(64, 3, 5, 5)
    save_file(state, tmp_path / "other.safetensors")
    with pytest.raises(ArtifactError, match=r"features.0.weight has shape \(64, 3, 5, 5\)"):
        backbone(tmp_path / "other.safetensors")
