"""The mixture that knows backgrounds: fitted once to photographs without rain, kept in a file of the package.

The photographs are four that scikit-image ships, halved so that neither noise nor compression is left in them:

    python -c "from pathlib import Path; from baselines.priors.background import write_background;
    write_background(Path('background.safetensors'))"

makes the file again, in about a minute. A fifth one, ``coffee``, is kept for tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from safetensors.numpy import load_file, save_file

from baselines.priors.gmm import SIDE
from baselines.priors.layer import LUMA
from baselines.priors.mixtures import Mixture, fit_mixture
from baselines.priors.patches import patches_of
from nlcl_bench.core.files import writing
from nlcl_bench.core.images import decode_file
from nlcl_bench.data.examples import packaged_photographs

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

__all__ = ["PHOTOGRAPHS", "background_mixture", "fit_background", "write_background"]

PHOTOGRAPHS = ("rocket", "motorcycle_left", "chelsea", "astronaut")

COMPONENTS, ROUNDS, SAMPLES = 32, 25, 40_000


def background_mixture(path: Path) -> Mixture:
    """Read the mixture that :func:`write_background` wrote."""
    return Mixture(**load_file(path))


def write_background(path: Path) -> None:
    """Fit the mixture and write it.

    Raises:
        ArtifactError: An installed package lacks a photograph.
        StorageError: It cannot be written.
    """
    mixture = fit_background()
    with writing(path) as part:
        save_file({"shares": mixture.shares, "variances": mixture.variances, "axes": mixture.axes}, part)


def fit_background(samples: int = SAMPLES, components: int = COMPONENTS, rounds: int = ROUNDS) -> Mixture:
    """Fit the mixture to patches without their means.

    Args:
        samples: Number of patches.
        components: Number of components.
        rounds: Of expectation maximisation.
    """
    rng = np.random.default_rng(0)
    found = {one.name: one.path for one in packaged_photographs()}
    patches = np.concatenate([patches_of(_halved_luma(found[name]), SIDE, 1) for name in PHOTOGRAPHS])
    chosen = patches[rng.choice(len(patches), samples, replace=False)]
    return fit_mixture(chosen - chosen.mean(axis=1, keepdims=True), components, rounds, rng)


def _halved_luma(path: Path) -> Floats:
    image = decode_file(path)
    half = image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)
    luma: Floats = (np.asarray(half) @ np.array(LUMA) / 255).astype(np.float32)
    return luma
