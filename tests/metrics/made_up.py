"""Parameter files with made-up numbers, in the layout in which pyiqa's metrics want theirs.

Each network is built blank, filled with seeded numbers, and saved as the publisher's file is: so a metric that scores
with it has asked for the right files under the right names and found every number that it needs.
"""

from __future__ import annotations

import dataclasses
import warnings
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import pyiqa
import scipy.io
import torch
import torchvision
from pyiqa.archs import clip_model
from torch import nn

from nlcl_bench.core.digest import sha256_file
from nlcl_bench.metrics.iqa import _doors
from nlcl_bench.metrics.offline import _CLIP_SHAPES, answered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nlcl_bench.metrics.spec import MetricSpec

__all__ = ["MAKERS", "with_made_up"]


def filled(network: nn.Module) -> dict[str, torch.Tensor]:
    """Give a network seeded numbers as at the start of a training, and return them."""
    torch.manual_seed(3)
    for module in network.modules():
        for reset in ("reset_parameters", "_reset_parameters"):
            if hasattr(module, reset):
                getattr(module, reset)()
    state = network.state_dict()
    for tensor in state.values():
        if tensor.is_floating_point() and bool(tensor.isnan().any()):
            tensor.normal_(0, 0.02)
    return state


def blank(name: str, module: str) -> dict[str, torch.Tensor]:
    """Return made-up numbers for a network whose constructor asks for no file that it opens itself."""
    import_module(f"pyiqa.archs.{module}")
    with answered(_doors(), []):
        return filled(pyiqa.create_metric(name, device="cpu").net)


def clip(name: str) -> dict[str, torch.Tensor]:
    return filled(clip_model.CLIP(*_CLIP_SHAPES[name]))


class Holder(nn.Module):
    """Nothing but tensors by name: what a TorchScript archive of CLIP is to its loader."""

    def __init__(self, state: dict[str, torch.Tensor]) -> None:
        super().__init__()
        for name, tensor in state.items():
            here: nn.Module = self
            *folders, last = name.split(".")
            for folder in folders:
                if folder not in here._modules:
                    here.add_module(folder, nn.Module())
                here = here._modules[folder]
            here.register_buffer(last, tensor)


class Ridge(nn.Module):
    """ARNIQA's regressor: one linear layer, on a scale of 1 to 100."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4096, 1)

    def forward(self, x):
        return self.linear(x) + 50.0


def flat(name: str, module: str, folder: Path, file: str) -> None:
    torch.save(blank(name, module), folder / file)


def nested(name: str, module: str, folder: Path, file: str) -> None:
    torch.save({"params": blank(name, module)}, folder / file)


def forests(folder: Path, file: str) -> None:
    """NRQM: three forests of one tree with two leaves, and a linear mixture of their answers."""
    tree = {
        "ldau": np.array([[2], [0], [0]]),
        "rdau": np.array([[3], [0], [0]]),
        "a": 0,
        "b": 0,
        "threshold": np.array([[0.1], [0.0], [0.0]]),
        "pred": np.array([[0.0], [4.0], [6.0]]),
        "best": np.array([[1], [1], [1]]),
    }
    cells = np.empty((1, 3), dtype=object)
    cells[0, :] = [tree, tree, tree]
    scipy.io.savemat(folder / file, {"model": {"linear": np.array([[0.5], [0.3], [0.3], [0.3]]), "rf": cells}})


def pristine(folder: Path, file: str) -> None:
    """NIQE: the mean and covariance of its 36 features."""
    model = {"mu_prisparam": np.linspace(0.5, 1, 36)[None], "cov_prisparam": np.eye(36)}
    scipy.io.savemat(folder / file, model)


def lpips_weights(folder: Path, file: str) -> None:
    torch.manual_seed(3)
    widths = (64, 192, 384, 256, 256)
    torch.save({f"lin{i}.model.1.weight": torch.rand(1, n, 1, 1) for i, n in enumerate(widths)}, folder / file)


def dists_weights(folder: Path, file: str) -> None:
    torch.manual_seed(3)
    torch.save({key: 0.1 + 0.01 * torch.rand(1, 1475, 1, 1) for key in ("alpha", "beta")}, folder / file)


def imagenet(name: str, folder: Path, file: str) -> None:
    torch.manual_seed(3)
    torch.save(getattr(torchvision.models, name)(weights=None).state_dict(), folder / file)


def arniqa_encoder(folder: Path, file: str) -> None:
    torch.manual_seed(3)
    trunk = nn.Sequential(*list(torchvision.models.resnet50(weights=None).children())[:-1])
    torch.save({f"model.{name}": tensor for name, tensor in trunk.state_dict().items()}, folder / file)


def archive(network: nn.Module, file: Path) -> None:
    """Save as TorchScript, which torch calls deprecated and these publishers use."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        torch.jit.script(network).save(file)


def arniqa_regressor(folder: Path, file: str) -> None:
    torch.manual_seed(3)
    archive(Ridge(), folder / file)


def qualiclip(folder: Path, file: str) -> None:
    state = {f"clip_model.{name}": tensor for name, tensor in clip("RN50").items()}
    texts = torch.nn.functional.normalize(torch.randn(14, 1024), dim=1)
    torch.save({**state, "prompts_features": texts}, folder / file)


def clip_archive(folder: Path, file: str) -> None:
    archive(Holder(clip("RN50")), folder / file)


def prompts(folder: Path, file: str) -> None:
    torch.manual_seed(3)
    torch.save((0.02 * torch.randn(2, 16, 512)).half(), folder / file)


MAKERS: dict[str, tuple[Callable[..., None], ...]] = {
    "nrqm": (forests,),
    "pi": (forests, pristine),
    "musiq": (partial(flat, "musiq", "musiq_arch"),),
    "clipiqa_plus": (prompts, clip_archive),
    "maniqa": (partial(flat, "maniqa", "maniqa_arch"),),
    "topiq_nr": (partial(nested, "topiq_nr", "topiq_arch"),),
    "hyperiqa": (partial(nested, "hyperiqa", "hypernet_arch"),),
    "dbcnn": (partial(nested, "dbcnn", "dbcnn_arch"),),
    "liqe": (partial(nested, "liqe", "liqe_arch"),),
    "nima": (partial(nested, "nima", "nima_arch"),),
    "arniqa": (arniqa_encoder, arniqa_regressor),
    "qualiclip": (qualiclip,),
    "lpips": (lpips_weights, partial(imagenet, "alexnet")),
    "dists": (dists_weights, partial(imagenet, "vgg16")),
}
"""For each metric the makers of its files, in the order of ``MetricSpec.files``."""


def with_made_up(spec: MetricSpec, cache: Path) -> MetricSpec:
    """Put made-up files into the cache under the names of a metric's own, and return the metric with their digests."""
    folder = cache / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for artifact, make in zip(spec.files, MAKERS[spec.name], strict=True):
        if not artifact.path.is_file():
            make(folder, artifact.path.name)
        files.append(dataclasses.replace(artifact, sha256=sha256_file(artifact.path)))
    load = spec.load
    if len(load.args) == 3:  # load_network with the files that it finds itself
        load = partial(load.func, *load.args[:2], tuple(files[1:]))
    return dataclasses.replace(spec, weights=files[0], backbones=tuple(files[1:]), load=load)
