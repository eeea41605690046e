"""Building pyiqa's networks from verified files, and from nothing else.

pyiqa's constructors download: the metric's own weights, and for most of them an ImageNet or CLIP backbone too, of
which the metric's own file then overwrites every number. While :func:`answered` holds, each of these downloads is
answered from the given files, pickles are opened for their tensors only, and what no file answers stays NaN: a number
that nobody verified cannot become part of a score.

This module knows torch, torchvision and timm; pyiqa's own functions are given to it by the one door to pyiqa.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from nlcl_bench.core.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from torch import nn

__all__ = ["Doors", "answered"]

_BACKBONES = ("alexnet", "resnet50", "vgg16")

# Arguments of CLIP's constructor, as its authors' published files have them.
_CLIP_SHAPES = {
    "RN50": (1024, 224, (3, 4, 6, 3), 64, None, 77, 49408, 512, 8, 12),
    "ViT-B/32": (512, 224, 12, 768, 32, 77, 49408, 512, 8, 12),
}


@dataclass(frozen=True, slots=True)
class Doors:
    """pyiqa's functions that download, and what is needed to do without.

    Attributes:
        package: Name under which pyiqa's modules are found, of which many hold these functions under their own names.
        path: ``load_file_from_url``.
        fill: ``load_pretrained_network``.
        clip: ``load`` of a CLIP network.
        clip_addresses: CLIP's files by its names.
        clip_network: CLIP's class.
        cache: The folder into which pyiqa writes features of its own.
    """

    package: str
    path: Callable[..., str]
    fill: Callable[..., None]
    clip: Callable[..., nn.Module]
    clip_addresses: Mapping[str, str]
    clip_network: Callable[..., nn.Module]
    cache: str


@contextmanager
def answered(doors: Doors, files: Sequence[Path]) -> Iterator[None]:
    """Answer what pyiqa would download from ``files``, found by their names, for as long as the block lasts."""
    import timm
    import torch
    import torchvision

    given = _Given({file.name: file for file in files})
    with ExitStack() as stack:

        def swap(owner: Any, name: str, value: Any) -> None:
            stack.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, value)

        nowhere = stack.enter_context(TemporaryDirectory())
        for before, after in (
            (doors.path, given.path),
            (doors.fill, given.fill),
            (doors.clip, given.clip(doors)),
            (doors.cache, nowhere),
        ):
            for module, name in list(_holders(doors.package, before)):
                swap(module, name, after)
        swap(timm, "create_model", _without_weights(timm.create_model))
        for name in _BACKBONES:
            swap(torchvision.models, name, given.backbone(name))
        swap(torch.hub, "load_state_dict_from_url", given.tensors)
        swap(torch, "load", _tensors_only(torch.load))
        yield


def _holders(package: str, value: object) -> Iterator[tuple[Any, str]]:
    """Yield every module of a package that holds ``value``, with the name it has there."""
    for key, module in sorted(sys.modules.items()):
        if key.startswith(f"{package}."):
            yield from ((module, name) for name, held in list(vars(module).items()) if held is value)


@dataclass(frozen=True, slots=True)
class _Given:
    """The verified files by name, in the shapes in which pyiqa asks for them."""

    files: Mapping[str, Path]

    def find(self, address: str) -> Path | None:
        return self.files.get(unquote(address.rpartition("/")[2]))

    def path(self, address: str, *_: object, **__: object) -> str:
        found = self.find(address)
        if found is None:
            raise ArtifactError(
                f"pyiqa asks for {address}, which the metric does not list",
                fix="install the version of pyiqa that its implementation names",
            )
        return str(found)

    def tensors(self, address: str, *_: object, **__: object) -> dict[str, Any]:
        import torch

        held = torch.load(self.path(address), map_location="cpu", weights_only=True)
        if not isinstance(held, dict):
            raise TypeError(f"a {type(held).__name__} instead of named tensors")
        return held

    def fill(self, network: nn.Module, address: str, strict: bool = True, weight_keys: str | None = None) -> None:
        """Load a network's file; one that is not given holds starting values only, which its own file overwrites."""
        if self.find(address) is None:
            _blank(network)
            return
        state = self.tensors(address)
        if weight_keys is not None:
            state = state[weight_keys]
        found = network.load_state_dict({name.removeprefix("module."): one for name, one in state.items()}, strict)
        if found.unexpected_keys:
            raise KeyError(found.unexpected_keys[0])

    def backbone(self, name: str) -> Callable[..., nn.Module]:
        """Return torchvision's constructor, which takes its ImageNet weights from a given file or leaves them blank."""
        import torchvision

        construct = getattr(torchvision.models, name)
        addresses = torchvision.models.get_model_weights(name)

        def build(*, weights: Any = None) -> nn.Module:
            network = cast("nn.Module", construct(weights=None))
            self.fill(network, addresses[getattr(weights, "name", weights)].url)
            return network

        return build

    def clip(self, doors: Doors) -> Callable[..., nn.Module]:
        """Return CLIP's loader, which takes a given file or leaves the network blank."""

        def load(name: str, *_: object, **__: object) -> nn.Module:
            found = self.find(doors.clip_addresses[name])
            if found is not None:
                return doors.clip(str(found), "cpu")
            return _blank(doors.clip_network(*_CLIP_SHAPES[name]).eval())

        return load


def _blank(network: nn.Module) -> nn.Module:
    """Make every floating-point number of a network NaN."""
    for tensor in network.state_dict().values():
        if tensor.is_floating_point():
            tensor.fill_(float("nan"))
    return network


def _without_weights(create: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    def build(name: str, *, pretrained: bool = False, **options: Any) -> nn.Module:  # noqa: ARG001 (never from afar)
        return _blank(create(name, pretrained=False, **options))

    return build


def _tensors_only(load: Callable[..., Any]) -> Callable[..., Any]:
    def restricted(*arguments: Any, **options: Any) -> Any:
        return load(*arguments, **{**options, "weights_only": True})

    return restricted
