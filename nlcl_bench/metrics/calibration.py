"""Known answers: images and values by which a set-up proves that its metrics are the published ones.

pyiqa's wheel ships five distorted images of TID2013 with their references. The values are those of the official
MATLAB code as its authors published them (the calibration table of IQA-PyTorch), the tolerances those that pyiqa
states for its own tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.core.images import decode_file, to_tensor

if TYPE_CHECKING:
    from torch import Tensor

    from nlcl_bench.metrics.spec import Metric

__all__ = ["PUBLISHED", "Check", "Published", "calibrate", "calibration_pairs"]

_IMAGES = ("I03", "I04", "I06", "I08", "I19")


@dataclass(frozen=True, slots=True)
class Published:
    """Published values of one metric on the five images, and how near one must come.

    A value v passes if ``|v - published| <= absolute + relative * |published|``.
    """

    values: tuple[float, float, float, float, float]
    absolute: float = 0.01
    relative: float = 0.01


PUBLISHED = {
    "niqe": Published((15.7536, 3.65492, 3.23548, 3.18403, 8.63520), relative=0.06),
    "brisque": Published((94.6421, -0.107618, 0.992889, 5.35827, 72.2617), relative=0.08),
    "piqe": Published((100.00, 21.62, 35.86, 41.15, 76.95)),
    "ilniqe": Published((113.4801, 23.9968, 19.9750, 22.4493, 56.6721), relative=0.04),
    "entropy": Published((6.9511, 6.9661, 7.5309, 7.5566, 5.7629)),
    "psnr": Published((21.11, 20.99, 27.01, 23.30, 21.62)),
}


@dataclass(frozen=True, slots=True)
class Check:
    """What one metric gave on one calibration image."""

    image: str
    published: float
    found: float
    passed: bool


def calibration_pairs() -> tuple[Tensor, Tensor]:
    """Return the five distorted images, and the five that they were made from.

    Shape:
        returns: twice float32 ``(5, 3, 384, 512)``, in [0, 1].

    Raises:
        ArtifactError: The installed pyiqa lacks the images.
    """
    import torch

    distorted, reference = (torch.cat([_image(one, name) for name in _IMAGES]) for one in ("dist_dir", "ref_dir"))
    return distorted, reference


def _image(folder: str, name: str) -> Tensor:
    root = Path(str(distribution("pyiqa").locate_file("ResultsCalibra")))
    path = root / folder / f"{name}.bmp"
    if not path.is_file():
        raise ArtifactError(
            "calibration image is not in the installed pyiqa", where=path, fix="install pyiqa from its wheel"
        )
    return to_tensor(decode_file(path))[None]


def calibrate(name: str, metric: Metric) -> list[Check]:
    """Score the calibration images with a loaded metric and compare with the published values.

    Args:
        name: The metric's name, a key of ``PUBLISHED``.
        metric: The metric, loaded.

    Raises:
        ArtifactError: The installed pyiqa lacks the images.
    """
    known = PUBLISHED[name]
    checks = []
    for image, published in zip(_IMAGES, known.values, strict=True):
        reference = _image("ref_dir", image) if name == "psnr" else None
        found = float(metric(_image("dist_dir", image), reference)[0])
        passed = abs(found - published) <= known.absolute + known.relative * abs(published)
        checks.append(Check(image, published, found, passed))
    return checks
