"""A small factory of run folders, written by the real writers with made-up scores."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nlcl_bench.data import manifest
from nlcl_bench.evaluation.intake import Found, Run, read
from nlcl_bench.evaluation.run import (
    BenchmarkEntry,
    Environment,
    MethodEntry,
    MetricEntry,
    RunResult,
    Score,
    run_id,
    write_run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def metric(name: str, **changes: Any) -> MetricEntry:
    values: dict[str, Any] = {
        "id": f"{name}/test@1",
        "name": name,
        "title": name.upper(),
        "better": "lower",
        "reference": "none",
        "family": "naturalness",
        "role": "ranked",
        "bounds": (0.0, 100.0),
        "implementation": "pyiqa==0.1.16",
        "weights_sha256": None,
    }
    return MetricEntry(**(values | changes))


NIQE = metric("niqe")
PIQE = metric("piqe")
PSNR = metric("psnr", better="higher", reference="clean", family="reference", role="shown")
CHANGE = metric(
    "change", reference="rainy", family="content kept", role="guard", bounds=(0.0, 255.0), title="Mean change"
)


@dataclass
class Folders:
    """Writes run folders below ``root``."""

    root: Path
    images: int = 12
    frames: int = 2
    benchmark: dict[str, Any] = field(default_factory=dict)

    def write(
        self,
        label: str,
        scores: Mapping[MetricEntry, Any],
        *,
        folder: str | None = None,
        rows: Callable[[list[Score]], list[Score]] = list,
        method: Mapping[str, Any] | None = None,
        **changes: Any,
    ) -> Path:
        """Write one run; ``scores`` gives per metric one number, or one per image."""
        benchmark = BenchmarkEntry(
            **(
                {
                    "name": "street",
                    "revision": "local",
                    "config": "rainy",
                    "split": "test",
                    "images": self.images,
                    "manifest_sha256": sha("m"),
                }
                | self.benchmark
            )
        )
        entry = MethodEntry(**(self._method(label) | dict(method or {})))
        metrics = tuple(scores)
        values: dict[str, Any] = {
            "run_id": run_id(benchmark, entry, "P1", metrics),
            "label": label,
            "protocol": "P1",
            "benchmark": benchmark,
            "method": entry,
            "metrics": metrics,
            "complete": True,
            "toolkit": "nlcl-bench 0.1.0",
            "command": f"nlcl-bench evaluate --method {entry.name}",
            "environment": Environment(python="3.11", platform="linux", processor="x", device="cpu", packages={}),
        }
        path = self.root / (folder or f"{benchmark.name}/{label}")
        path.mkdir(parents=True, exist_ok=True)
        write_run(RunResult(**(values | changes)), path)
        manifest.write_part(rows(self._rows(scores)), Score, path / "scores.parquet")
        return path

    def run(self, label: str, scores: Mapping[MetricEntry, Any], **more: Any) -> Run:
        """Write one run and read it back."""
        found = read(Found(label, self.write(label, scores, **more)))
        assert isinstance(found, Run), str(found)
        return found

    def _method(self, label: str) -> dict[str, Any]:
        control = label in {"identity", "jpeg75", "median", "gaussian"}
        return {
            "name": label,
            "title": label.title(),
            "supervision": "control" if control else "unpaired",
            "weights_sha256": None if control else sha(label),
            "licence": "Apache-2.0",
            "year": None,
            "paper": None,
            "trained_on": (),
            "trained_with_iqa": False,
            "tile": 0,
        }

    def _rows(self, scores: Mapping[MetricEntry, Any]) -> list[Score]:
        return [
            Score(
                image_id=sha(f"image {image}")[:16],
                scene_id=sha(f"scene {image // self.frames}")[:16],
                metric=entry.id,
                value=float(value),
                input_sha256=sha(f"in {image}"),
                output_sha256=sha(f"out {image}"),
            )
            for entry, given in scores.items()
            for image, value in enumerate(np.broadcast_to(np.asarray(given, dtype=float), self.images))
        ]


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "runs")


@pytest.fixture
def board(folders: Folders) -> Folders:
    """Six runs with a spread on twelve scenes: three controls, three methods."""
    folders.images = 24
    generator = np.random.default_rng(7)
    base = generator.normal(4.3, 0.8, folders.images).clip(1)
    for label, niqe, piqe, psnr, change in (
        ("identity", 0.0, 0.0, 0.0, 0.0),
        ("jpeg75", -1.5, 9.0, -0.7, 2.4),
        ("median", 1.6, 36.0, -1.9, 5.0),
        ("nlcl", -0.6, -0.8, 1.4, 6.1),
        ("paired-net", 0.2, 4.2, 2.2, 3.9),
        ("sleeper", 0.01, 0.01, 0.0, 0.02),
    ):
        spread = generator.normal(0, 0.6, folders.images) if label not in {"identity", "sleeper"} else 0.0
        folders.write(
            label,
            {
                NIQE: base + niqe + 0.5 * spread,
                PIQE: 6 * base + piqe + 4 * spread,
                PSNR: 25 + psnr + spread,
                CHANGE: change,
            },
        )
    return folders


@pytest.fixture(scope="session")
def restored_runs(release, tmp_path_factory) -> Path:
    """Return the folder of three real runs on the pairs of the release, their outputs beside the scores."""
    from nlcl_bench.data.loading import open_benchmark
    from nlcl_bench.evaluation.evaluate import evaluate
    from nlcl_bench.evaluation.plan import Request
    from nlcl_bench.evaluation.selection import select
    from nlcl_bench.methods.catalogue import METHODS

    into = tmp_path_factory.mktemp("restored")
    benchmark, folder = open_benchmark(release, "paired")
    for name in ("identity", "guided", "median"):
        evaluate(
            Request(
                benchmark=benchmark,
                folder=folder,
                method=METHODS.get(name),
                weights=None,
                selection=select(["psnr_y", "content_kept"], paired=True),
                into=into,
            )
        )
    return into
