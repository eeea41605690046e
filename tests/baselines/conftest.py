"""What the tests of trained methods share: recipes, learners, photographs, and what shipped weights make of them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from baselines.nlcl.config import read_config
from baselines.nlcl.crops import Source, decode_all, draw_batch, from_release
from baselines.nlcl.learners import new_learners
from baselines.nlcl.rain import draw_layers
from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.images import decode_file
from nlcl_bench.data.examples import packaged_photographs
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.methods.catalogue import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable

CPU = torch.device("cpu")


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """Let small tensors be computed by one thread: more are slower where other work runs beside the tests."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def recipe():
    """Return a maker of recipes with the smallest crop that has room for the presets' patches, and no warm-up.

    Few layers of rain are drawn: 400 take ten seconds.
    """
    small = {"crop": 48, "steps": 2, "batch": 2, "rainy_every": 1, "rise": 0, "warm_up": 0.0, "rain_layers": 4}

    def make(preset="nlcl", **changes):
        return read_config(preset, **{**small, **changes})

    return make


@pytest.fixture(scope="session")
def fresh(recipe):
    """Return a maker of a recipe and its untrained learners."""

    def make(preset="nlcl", **changes):
        config = recipe(preset, **changes)
        return config, new_learners(config, CPU)

    return make


@pytest.fixture(scope="session")
def training_release(tmp_path_factory, write_release):
    return write_release(tmp_path_factory.mktemp("training"), images=2, split="train", side=64, paired=False)


@pytest.fixture(scope="session")
def source(training_release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("decoded")
    rainy, clean = (
        decode_all(from_release(training_release, domain), folder, crop=48, domain=domain)
        for domain in ("rainy", "clean")
    )
    return Source(rainy, clean, draw_layers(4, 0))


@pytest.fixture(scope="session")
def batch_of(source):
    """Return a drawer of batches."""

    def draw(config, number=1):
        return draw_batch(source, config, number, range(config.batch))

    return draw


@pytest.fixture
def save_photograph(photograph):
    """Return a writer of PNG photographs."""

    def save(path, seed, width=64, height=64):
        stream = io.BytesIO()
        photograph(seed, width, height).save(stream, format="PNG")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stream.getvalue())
        return path

    return save


@pytest.fixture(scope="session")
def derain() -> Callable[[str, np.ndarray], np.ndarray]:
    """Return a function that derains an array, uint8 ``(H, W, 3)``, by a method's own weights."""

    def run(name, rainy):
        spec = METHODS.get(name)
        derainer = load_method(spec, CPU, obtain(spec.weights))
        made = apply(derainer, spec, torch.from_numpy(rainy.copy()).permute(2, 0, 1) / 255)
        return (made.permute(1, 2, 0) * 255).round().numpy()

    return run


@pytest.fixture(scope="session")
def photographs() -> dict[str, np.ndarray]:
    """Return the packaged photographs, uint8 ``(H, W, 3)``."""
    return {one.name: np.asarray(decode_file(one.path)) for one in packaged_photographs()}


@pytest.fixture(scope="session")
def psnr() -> Callable[[np.ndarray, np.ndarray], float]:
    """Return a function that gives the PSNR of two pictures in grey levels."""
    return lambda one, other: float(10 * np.log10(255**2 / np.square(np.subtract(one, other, dtype=float)).mean()))
