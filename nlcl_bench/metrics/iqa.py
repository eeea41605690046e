"""The one door to pyiqa.

pyiqa's metrics differ in what they return for one image, raise opaque errors on small or flat images, and download and
unpickle their parameter files themselves. Behind this door they are alike: float64 ``(N,)``, NaN where an image has no
score, and parameters only from files whose digests were checked (:mod:`metrics.offline` says how).

pyiqa is licensed for non-commercial use (PolyForm-Noncommercial-1.0.0, S-Lab for parts); it is imported when a
metric is loaded, not before.
"""

from __future__ import annotations

import io
import logging
import pickle
import warnings
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.errors import ArtifactError, PluginError
from nlcl_bench.metrics.offline import Doors, answered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from torch import Tensor

    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.metrics.spec import Metric

__all__ = ["IMPLEMENTATION", "LICENCE", "load", "load_network"]

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

    with _quiet(name):
        import pyiqa

        if parameters is not None:
            options["pretrained_model_path"] = str(parameters)
        return _scoring(pyiqa.create_metric(name, device=torch.device("cpu"), **options))


def load_network(name: str, module: str, more: tuple[Artifact, ...], parameters: Path | None) -> Metric:
    """Load one of pyiqa's metrics that ask for their files themselves, on the CPU and in float32, offline.

    Args:
        name: pyiqa's name of it.
        module: pyiqa's module that defines it.
        more: Further files that it needs.
        parameters: Its own verified file.

    Raises:
        PluginError: pyiqa cannot be imported, or asks for other files than those.
        ArtifactError: A file is missing, or does not hold what pyiqa wants from it.
    """
    import torch

    files = [*([] if parameters is None else [parameters]), *(obtain(artifact) for artifact in more)]
    with _quiet(name):
        import pyiqa

        import_module(f"pyiqa.archs.{module}")  # the names in it are swapped, so it must be there before
        try:
            with answered(_doors(), files), torch.no_grad(), redirect_stdout(io.StringIO()):
                metric = pyiqa.create_metric(name, device=torch.device("cpu"))
        except (RuntimeError, KeyError, TypeError, ValueError, EOFError, pickle.UnpicklingError) as error:
            what = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ArtifactError(
                f"does not hold the weights of pyiqa's {name}: {what}",
                where=", ".join(file.name for file in files),
                fix="see nlcl-bench weights list for where the right file comes from",
            ) from error
    blank = [key for key, tensor in metric.state_dict().items() if tensor.isnan().any()]
    if blank:
        raise PluginError(
            f"pyiqa's {name} takes {blank[0]} from a file that the metric does not list",
            where=name,
            fix=f"install {IMPLEMENTATION}",
        )
    return _scoring(metric)


def _doors() -> Doors:
    from pyiqa.archs import arch_util, clip_model
    from pyiqa.utils import download_util

    return Doors(
        package="pyiqa",
        path=download_util.load_file_from_url,
        fill=arch_util.load_pretrained_network,
        clip=clip_model.load,
        clip_addresses=clip_model._MODELS,  # noqa: SLF001 (no other name for CLIP's addresses)
        clip_network=clip_model.CLIP,
        cache=download_util.DEFAULT_CACHE_DIR,
    )


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep pyiqa's imports silent, and say in one line if it cannot be imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyiqa's dependencies warn at import; none of it concerns a user
        try:
            import pyiqa  # noqa: F401
        except ImportError as error:
            raise PluginError(
                f"pyiqa cannot be imported: {error}",
                where=name,
                fix="apt-get install libgl1 libglib2.0-0 libxcb1, or install nlcl-bench again in a new environment",
            ) from error
        logging.getLogger("pyiqa").setLevel(logging.WARNING)
        yield


def _scoring(metric: Any) -> Metric:
    import torch

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
