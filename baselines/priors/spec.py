"""What the benchmark knows about the priors before loading one; nothing heavy is imported here.

What each costs stands in its module, in seconds per megapixel on one core.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from nlcl_bench.core.artifacts import Artifact
from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.methods.spec import MethodSpec, SizeRule

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import torch

    from nlcl_bench.methods.spec import Derainer

__all__ = ["BILATERAL", "DIRECTIONAL", "DSC", "GMM", "JCAS", "UGSM"]


def _prior(name: str) -> Callable[[torch.device, Path | None], Derainer]:
    def load(_: torch.device, __: Path | None) -> Derainer:
        found: Derainer = getattr(import_module(f"baselines.priors.{name}"), name)
        return found

    return load


def _layer_priors(_: torch.device, weights: Path | None) -> Derainer:
    from baselines.priors.background import background_mixture
    from baselines.priors.gmm import derainer

    if weights is None:
        raise ArtifactError("needs its mixture of backgrounds", where="gmm", fix="install the package again")
    return derainer(background_mixture(weights))


BILATERAL = MethodSpec(
    name="bilateral",
    title="Bilateral filter",
    supervision="prior",
    load=_prior("bilateral"),
    size=SizeRule(minimum=8),
    tiling="exact",
    licence="Apache-2.0",
    year=1998,
    paper="Tomasi and Manduchi, Bilateral Filtering for Gray and Color Images, ICCV 1998",
)

DIRECTIONAL = MethodSpec(
    name="directional",
    title="Directional opening",
    supervision="prior",
    load=_prior("directional"),
    size=SizeRule(minimum=16),
    tiling="changes_result",  # the direction of the rain is the whole picture's
    licence="Apache-2.0",
)

UGSM = MethodSpec(
    name="ugsm",
    title="Unidirectional global sparse model",
    supervision="prior",
    load=_prior("ugsm"),
    size=SizeRule(minimum=32),
    tiling="changes_result",  # the model and the direction of the rain are the whole picture's
    licence="Apache-2.0",
    year=2018,
    paper="Deng et al., A directional global sparse model for single image rain removal, Appl. Math. Modelling 2018",
)

JCAS = MethodSpec(
    name="jcas",
    title="Joint convolutional analysis and synthesis",
    supervision="prior",
    load=_prior("jcas"),
    size=SizeRule(minimum=32),
    tiling="changes_result",  # the atoms and the direction of the rain are the whole picture's
    licence="Apache-2.0",
    year=2017,
    paper="Gu et al., Joint convolutional analysis and synthesis sparse representation, ICCV 2017",
)

DSC = MethodSpec(
    name="dsc",
    title="Discriminative sparse coding",
    supervision="prior",
    load=_prior("dsc"),
    size=SizeRule(minimum=32),
    tiling="changes_result",  # the background's atoms and the direction of the rain are the whole picture's
    licence="Apache-2.0",
    year=2015,
    paper="Luo, Xu and Ji, Removing rain from a single image via discriminative sparse coding, ICCV 2015",
)

GMM = MethodSpec(
    name="gmm",
    title="Layer priors, Gaussian mixtures",
    supervision="prior",
    load=_layer_priors,
    size=SizeRule(minimum=48),
    tiling="changes_result",  # the rain's mixture is fitted to the whole picture
    weights=Artifact(
        name="priors/background.safetensors",
        source="package://baselines.priors/fitted/background.safetensors",
        sha256="76a6b87ad2cfcacde489b27a015a52c3e5bae7c6eeb72b02eb5aac074870000a",
        size=532_832,
        licence="Apache-2.0",
    ),
    licence="Apache-2.0",
    year=2016,
    paper="Li et al., Rain streak removal using layer priors, CVPR 2016",
    trained_on=frozenset({"scikit-image"}),  # photographs without rain, for the mixture of backgrounds
)
