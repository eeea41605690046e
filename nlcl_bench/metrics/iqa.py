"""The one door to pyiqa.

pyiqa's metrics differ in what they return for one image, raise opaque errors on small or flat images, and load
their parameter files themselves. Behind this door they are alike: float64 ``(N,)``, NaN where an image has no
score, and parameters only from a file whose digest was checked.

pyiqa is licensed for non-commercial use (PolyForm-Noncommercial-1.0.0, S-Lab for parts); it is imported when a
metric is loaded, not before.
"""

from __future__ import annotations

import logging
import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from nlcl_bench.core.errors import PluginError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from nlcl_bench.metrics.spec import Metric

__all__ = ["IMPLEMENTATION", "LICENCE", "load"]

IMPLEMENTATION = f"pyiqa=={version('pyiqa')}"
LICENCE = "PolyForm-Noncommercial-1.0.0"


def load(name: str, parameters: Path | None = None, **options: Any) -> Metric:
    """Load one of pyiqa's metrics on the CPU.

    Args:
        name: pyiqa's name of it.
        parameters: Its verified parameter file, for a metric that has one.
        options: pyiqa's own options, e.g. ``color_space="ycbcr"``.

    Raises:
        PluginError: pyiqa cannot be imported.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyiqa's dependencies warn at import; none of it concerns a user
        try:
            import pyiqa
        except ImportError as error:
            raise PluginError(
                f"pyiqa cannot be imported: {error}",
                where=name,
                fix="apt-get install libgl1 libglib2.0-0 libxcb1, or install nlcl-bench again in a new environment",
            ) from error
        logging.getLogger("pyiqa").setLevel(logging.WARNING)
        if parameters is not None:
            options["pretrained_model_path"] = str(parameters)
        metric = pyiqa.create_metric(name, device=torch.device("cpu"), **options)

    def score(derained: Tensor, reference: Tensor | None) -> Tensor:
        return torch.stack([_one(metric, derained, reference, index) for index in range(len(derained))])

    return score


def _one(metric: Any, derained: Tensor, reference: Tensor | None, index: int) -> Tensor:
    """Score one image of a batch: pyiqa's answers then do not depend on the company an image keeps."""
    import torch

    images = [derained[index : index + 1]] + ([] if reference is None else [reference[index : index + 1]])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # flat images divide by zero inside; the NaN that follows says it
            value: Tensor = metric(*images).detach().reshape(-1)[0].double().cpu()
    except (RuntimeError, IndexError):  # what torch raises inside pyiqa for flat and tiny images
        return torch.tensor(float("nan"), dtype=torch.float64)
    return value
