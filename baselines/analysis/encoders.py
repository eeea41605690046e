"""The feature encoders that are compared: what could look at patches in the layer contrast.

The papers take the discriminator. Beside it stand the generator's own encoder, a network trained to name things in
photographs, the discriminator's shape with untrained weights, and no network at all: the pixel itself. An encoder that
is no better than the last two has learnt nothing about rain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from baselines.nlcl.checkpoint import BACKGROUND, TRAINING
from baselines.nlcl.networks import DISCRIMINATOR_CHANNELS, Discriminator, walk
from baselines.nlcl.patches import pick
from baselines.nlcl.weights import load_generator
from baselines.tensors import read_tensors, require_layout
from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Encoder", "backbone", "discriminator", "generator", "generator_file", "pixels", "untrained", "vectors"]

_OWNER = "discriminator."
_LARGEST_TRAINING = 256 * 2**20  # one of ours has 45 MB
_LARGEST_BACKBONE = 1 << 30  # VGG-16 has 553 MB

# Mean and standard deviation of the photographs that torchvision's backbones were trained on.
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# The rectified convolutions before each pooling, of torchvision's networks: those that perceptual losses look at
# (Zhang et al., CVPR 2018).
_BACKBONES = {
    "alexnet": (1, 4, 7, 9, 11),
    "squeezenet1_1": (1, 4, 7, 9, 12),
    "vgg16": (3, 8, 15, 22, 29),
}


@dataclass(frozen=True, slots=True)
class Encoder:
    """A network that looks at patches.

    Attributes:
        name: What it is called in tables.
        network: Its layers, for images in [-1, 1].
        layers: Indices of those whose features are compared.
        digest: Digest of its weights, None if they are not from a file.
    """

    name: str
    network: nn.Sequential
    layers: tuple[int, ...]
    digest: str | None = None


def vectors(encoder: Encoder, windows: Tensor) -> list[Tensor]:
    """Return the feature vector at the middle of each window: what the layer contrast would contrast there.

    Shape:
        windows: ``(N, 3, S, S)``, values about [-1, 1].
        returns: one ``(N, C)`` per layer.
    """
    side = windows.shape[-1]
    middle = torch.full((len(windows), 1, 2), side // 2)
    _, maps = walk(encoder.network, windows, encoder.layers)
    return [pick(map_, middle, (side, side))[:, 0] for map_ in maps]


def pixels() -> Encoder:
    """Return the floor: the pixel in the middle, as it is."""
    return Encoder("pixel", nn.Sequential(nn.Identity()), (0,))


def untrained(seed: int) -> Encoder:
    """Return a discriminator with random weights; equal seeds give equal weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Encoder("untrained", Discriminator().eval().model, tuple(DISCRIMINATOR_CHANNELS))


def discriminator(folder: Path) -> Encoder:
    """Return the discriminator of a training, from the folder of its checkpoint.

    Raises:
        ArtifactError: The folder holds no discriminator, or a damaged one.
    """
    path, fix = folder / TRAINING, "give the folder of a checkpoint that `nlcl-bench train nlcl` wrote"
    if not path.is_file():
        raise ArtifactError(f"holds no {TRAINING}, so no discriminator", where=folder, fix=fix)
    if path.stat().st_size > _LARGEST_TRAINING:
        raise ArtifactError("is too large for a checkpoint of NLCL", where=path, fix=fix)
    try:
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if name.startswith(_OWNER)]  # noqa: SIM118 (no mapping)
            state = {name.removeprefix(_OWNER): file.get_tensor(name) for name in names}
    except (SafetensorError, OSError) as error:
        raise ArtifactError(f"is damaged: {str(error).splitlines()[0]:.120}", where=path, fix=fix) from error
    network = Discriminator()
    if not state:
        raise ArtifactError("holds no discriminator", where=path, fix=fix)
    require_layout(state, network.state_dict(), path, fix)
    network.load_state_dict(state)
    return Encoder("discriminator", network.eval().model, tuple(DISCRIMINATOR_CHANNELS), sha256_file(path))


def generator(weights: Path) -> Encoder:
    """Return the encoder of a generator, from its weight file or the folder of a checkpoint.

    Raises:
        ArtifactError: It cannot be used.
    """
    path = generator_file(weights)
    network = load_generator(path).eval()
    return Encoder("generator", network.encoding(), network.ENCODER_LAYERS, sha256_file(path))


def generator_file(weights: Path) -> Path:
    """Return the weight file of G_B: itself, or the one in the folder of a checkpoint."""
    return weights / BACKGROUND if weights.is_dir() else weights


def backbone(weights: Path) -> Encoder:
    """Return a network that was trained to classify photographs: torchvision's AlexNet, SqueezeNet 1.1 or VGG-16.

    Which one, its file tells. It is looked at as perceptual metrics do (Zhang et al., CVPR 2018).

    Args:
        weights: torchvision's file of weights.

    Raises:
        ArtifactError: The file is missing, damaged, or of another network.
    """
    fix = f"give torchvision's weight file of {', '.join(_BACKBONES)}"
    if weights.is_file() and weights.stat().st_size > _LARGEST_BACKBONE:
        raise ArtifactError("is too large for a backbone", where=weights, fix=fix)
    state = {name: value for name, value in read_tensors(weights, fix).items() if name.startswith("features.")}
    for name, layers in _BACKBONES.items():
        features = _empty(name)
        wanted = {f"features.{key}": value for key, value in features.state_dict().items()}
        if wanted.keys() == state.keys():
            require_layout(state, wanted, weights, fix)
            features.load_state_dict(
                {key.removeprefix("features."): value for key, value in state.items()}, assign=True
            )
            network = nn.Sequential(_Standardise(), *features).eval()
            return Encoder(name, network, tuple(layer + 1 for layer in layers), sha256_file(weights))
    raise ArtifactError("is of another network", where=weights, fix=fix)


def _empty(name: str) -> nn.Sequential:
    """Return the convolutions of one of torchvision's networks without memory for their weights."""
    from torchvision import models

    with torch.device("meta"):
        features: nn.Sequential = getattr(models, name)(weights=None).features
    return features


class _Standardise(nn.Module):
    """From [-1, 1] to what torchvision's backbones expect."""

    def forward(self, image: Tensor) -> Tensor:
        mean, deviation = (image.new_tensor(values)[:, None, None] for values in (_MEAN, _DEVIATION))
        return ((image + 1) / 2 - mean) / deviation
