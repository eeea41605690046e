"""Whether this set-up measures what others measure: its files, published values, and the protocol's own arithmetic.

``nlcl-bench doctor`` prints what these functions find; :mod:`nlcl_bench.evaluation.steadiness` is about saying the same
twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from nlcl_bench.core.artifacts import locate
from nlcl_bench.core.errors import ArtifactError
from nlcl_bench.evaluation.protocol import luma, read_output, write_output
from nlcl_bench.metrics.calibration import PUBLISHED, calibrate, calibration_pairs
from nlcl_bench.metrics.catalogue import SETS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from torch import Tensor

    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.metrics.spec import MetricSpec

__all__ = ["SLOW", "Verdict", "against_published", "round_trip", "same_luma", "state_of"]

SLOW = frozenset({"nrqm", "pi", *SETS["deep"]})
"""Metrics that take seconds per image, or load hundreds of megabytes; they are examined if everything is asked for."""

_SIDE = 256


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one examination.

    Attributes:
        name: What was examined.
        passed: Whether it is right; None if it was not examined.
        state: In a few words.
        found: What was found, in numbers.
    """

    name: str
    passed: bool | None
    state: str
    found: str = ""


def state_of(name: str, files: Sequence[Artifact]) -> Verdict:
    """Say whether a metric's or method's files are there; a wrong one is a finding, not the end of the examination."""
    try:
        there = all(locate(artifact) for artifact in files)
    except ArtifactError as error:
        return Verdict(name, passed=False, state=f"WRONG FILE: {error}")
    return Verdict(name, passed=None, state="ready" if there else "file missing")


def against_published(spec: MetricSpec, *, full: bool) -> Verdict:
    """Compare a metric with its published values; what cannot be compared is said.

    Args:
        spec: The metric.
        full: Whether to compare a slow one too.

    Raises:
        ArtifactError: The installed pyiqa lacks the calibration images.
    """
    files = state_of(spec.name, spec.files)
    if files.state != "ready":
        return files
    if spec.name not in PUBLISHED:
        return Verdict(spec.name, None, files.state, "no published values for this version")
    if spec.name in SLOW and not full:
        return Verdict(spec.name, None, files.state, "not checked: slow; ask with --full")
    checks = calibrate(spec.name, spec.load(spec.weights.path if spec.weights else None))
    worst = max(checks, key=lambda check: abs(check.found - check.published))
    passed = all(check.passed for check in checks)
    found = f"{worst.found:.4f} for {worst.published:.4f} on {worst.image}"
    return Verdict(spec.name, passed, "matches" if passed else "WRONG", found)


def round_trip() -> Verdict:
    """Write an output as an evaluation does, read it as scoring does, and compare with rounding done in Python.

    Among the values are all 256 levels, what lies half-way between two, the next numbers on both sides of these, and
    some outside [0, 1].

    Raises:
        StorageError: There is no room for a temporary file.
    """
    import torch

    values = _values()
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}.png" for name in ("once", "again")]
        for path in paths:
            write_output(torch.from_numpy(values), path)
        found = np.asarray(read_output(paths[0], (_SIDE, _SIDE))).astype(np.int64)
        same_bytes = paths[0].read_bytes() == paths[1].read_bytes()
    levels = (np.clip(values, 0, 1) * np.float32(255)).transpose(1, 2, 0)
    expected = np.array([round(float(level)) for level in levels.ravel()]).reshape(levels.shape)  # half to even
    apart = np.abs(found - expected)
    halves = int((levels % 1 == 0.5).sum())  # noqa: PLR2004 (half-way)
    if not apart.any() and same_bytes:
        return Verdict("PNG round trip", True, "equal", f"{apart.size:,} values, {halves} of them half-way")
    said = f"{int((apart > 0).sum()):,} of {apart.size:,} values differ, by up to {apart.max()} grey levels"
    return Verdict("PNG round trip", False, "WRONG", said if apart.any() else "the same picture gave other bytes")


def _values() -> npt.NDArray[np.float32]:
    levels, halves = np.arange(256) / 255, (np.arange(255) + 0.5) / 255
    exact = np.concatenate([levels, halves, [-1.0, -1e-8, 1 + 1e-6, 2.0]]).astype(np.float32)
    near = np.concatenate([exact, *(np.nextafter(exact, np.float32(way)) for way in (-9, 9))])
    drawn = np.random.default_rng(0).random(3 * _SIDE * _SIDE - near.size, dtype=np.float32)
    return np.concatenate([near, drawn]).reshape(3, _SIDE, _SIDE)


def same_luma(spec: MetricSpec) -> Verdict:
    """Compare PSNR on luma with 10 log10(255^2 / MSE), taken in float64 on the luma that the protocol states.

    Args:
        spec: The metric.

    Raises:
        ArtifactError: The installed pyiqa lacks the calibration images.
    """
    distorted, reference = calibration_pairs()
    found = spec.load(None)(distorted, reference)
    apart = float((found - _psnr(luma(distorted.double()), luma(reference.double()))).abs().max())
    passed = apart <= spec.tolerance
    return Verdict(f"luma of {spec.name}", passed, "equal" if passed else "WRONG", f"within {apart:.1e} dB")


def _psnr(one: Tensor, other: Tensor) -> Tensor:
    return 10 * (255**2 / (one - other).square().mean(dim=(-2, -1))).log10()
