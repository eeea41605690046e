"""Building the board of many runs, beside a plain pandas and SciPy script: ``python benchmarks/board.py``.

200 methods on 1,000 images of 500 scenes under 12 metrics, 2,000 draws of the bootstrap; ``--methods``, ``--images``
and ``--draws`` make it smaller. The run folders are made up and written by the project's own writers. Both sides read
the same files and give per method and metric the mean, the change against identity with its 95 % interval by scenes,
the signed-rank test with Holm's step-down, and mean ranks with intervals of the place; ours also checks every file as
a stranger's, decides who is tied (all pairs of methods) and writes the site. Each runs in a process of its own;
seconds and peak memory are printed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FAMILIES = ("rain removed", "content kept", "naturalness", "reference")
METRICS = 12


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write_runs(root: Path, methods: int, images: int) -> None:
    from nlcl_bench.evaluation import run

    metrics = [
        run.MetricEntry(
            id=f"m{place}/made-up@1",
            name=f"m{place}",
            title=f"Metric {place}",
            better=("lower", "higher")[place % 2],
            reference="none",
            family=FAMILIES[place % 4],
            role="ranked",
            bounds=(-1e6, 1e6),
            implementation="made up",
            weights_sha256=None,
        )
        for place in range(METRICS - 1)
    ]
    guard = {"id": "change/mae@1", "name": "change", "role": "guard", "family": "content kept", "reference": "rainy"}
    metrics.append(metrics[0].model_copy(update=guard))
    benchmark = run.BenchmarkEntry(
        name="made-up", revision="local", config="rainy", split="test", images=images, manifest_sha256=sha("manifest")
    )
    generator = np.random.default_rng(0)
    base = generator.normal(30, 6, (images, METRICS - 1))
    ids = [sha(f"image {image}") for image in range(images)]
    for number in range(methods):
        label = f"method-{number:03d}" if number else "identity"
        noise = generator.normal(0.02 * number, 2, base.shape) if number else 0.0
        scores = np.column_stack([base + noise, np.full(images, 3.0 if number else 0.0)])
        folder = root / label
        folder.mkdir(parents=True)
        method = run.MethodEntry(
            name=label,
            title=label,
            supervision="unpaired" if number else "control",
            weights_sha256=sha(label) if number else None,
            licence="Apache-2.0",
            year=2000 + number % 26,
            paper=None,
            trained_on=(),
            trained_with_iqa=False,
            tile=0,
        )
        result = run.RunResult(
            run_id=run.run_id(benchmark, method, "P1", tuple(metrics)),
            label=label,
            protocol="P1",
            benchmark=benchmark,
            method=method,
            metrics=tuple(metrics),
            complete=True,
            toolkit="nlcl-bench",
            command="made up",
            environment=run.Environment(python="3", platform="x", processor="x", device="cpu", packages={}),
        )
        run.write_run(result, folder)
        each = np.repeat(np.arange(images), METRICS)
        table = {
            "image_id": [ids[image][:16] for image in each],
            "scene_id": [ids[image // 2][:16] for image in each],
            "metric": [metric.id for metric in metrics] * images,
            "value": scores.ravel(),
            "input_sha256": [ids[image] for image in each],
            "output_sha256": [sha(f"{label} {image}") for image in range(images) for _ in range(METRICS)],
        }
        pq.write_table(pa.table(table), folder / "scores.parquet")


def ours(root: Path, draws: int) -> None:
    from leaderboard.build import build

    with tempfile.TemporaryDirectory() as into:
        built = build([root], Path(into), draws=draws)
        if built.refusals:
            raise SystemExit(str(built.refusals[0]))


def plain(root: Path, draws: int) -> None:
    """The same numbers as one would write them down with pandas and SciPy."""
    import pandas as pd
    from scipy.stats import bootstrap, rankdata, wilcoxon

    frames = [pd.read_parquet(path).assign(method=path.parent.name) for path in sorted(root.glob("*/scores.parquet"))]
    scores = pd.concat(frames)
    means = scores.pivot_table("value", "metric", "method")
    scenes = scores.pivot_table("value", ["metric", "method"], "scene_id")
    rows = []
    generator = np.random.default_rng(0)
    for metric in means.index:
        identity = scenes.loc[metric, "identity"]
        chances = []
        for method in means.columns.drop("identity"):
            change = (scenes.loc[metric, method] - identity).to_numpy()
            found = bootstrap(
                (change,), np.mean, n_resamples=draws, method="percentile", rng=generator, vectorized=True, batch=500
            ).confidence_interval
            chance = wilcoxon(change).pvalue if change.any() else 1.0
            chances.append(chance)
            rows.append((metric, method, means.loc[metric, method], change.mean(), found.low, found.high, chance))
        order = np.argsort(chances)
        np.maximum.accumulate(np.array(chances)[order] * np.arange(len(chances), 0, -1)).clip(max=1)
    table = pd.DataFrame(rows)
    ranks = np.mean([scenes.loc[metric].rank().to_numpy().T for metric in means.index], axis=0)
    drawn = generator.integers(0, len(ranks), (draws, len(ranks)))
    places = np.array([rankdata(ranks[one].mean(axis=0), method="min") for one in drawn])
    np.percentile(places, [2.5, 97.5], axis=0)
    if table.isna().to_numpy().any():
        raise SystemExit("the plain script has holes")


def measured(side: str, root: Path, draws: int) -> None:
    begin = time.perf_counter()
    {"ours": ours, "plain": plain}[side](root, draws)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([side, round(time.perf_counter() - begin, 1), round(peak)]), file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--methods", type=int, default=200)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=2000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_runs(Path(folder), chosen.methods, chosen.images)
        print("[side, seconds, peak MB]")
        for side in ("ours", "plain"):
            process = multiprocessing.get_context("spawn").Process(
                target=measured, args=(side, Path(folder), chosen.draws)
            )
            process.start()
            process.join()
