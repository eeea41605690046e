"""What scoring costs: ``python benchmarks/metrics.py --data DIR [--images N] [--jobs 2]``.

NIQE, BRISQUE, PIQE and ILNIQE over photographs of 0.25 to 12 megapixels, evenly spread on a logarithmic scale: made of
the photographs in DIR, each of those that are large enough in turn, cropped to 4 to 3 and shrunk. Ours is the engine of
`nlcl-bench evaluate` with so many workers and the method that changes nothing: it decodes, writes and reads every
picture besides. Theirs is pyiqa's own command with its own number of threads, once per metric, with copies of the same
verified parameter files in a cache of its own. All on the same files, one after the other; values are compared.

Memory is what all processes of a command hold together at their peak, pages that they share counted once, looked at ten
times a second. The parameter files must be there (see ``nlcl-bench doctor``). At last the seconds of each part of our
way, with one thread, for the smallest, the middle and the largest photograph.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageOps

from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.images import decode_file, photographs_in, to_tensor, write_png
from nlcl_bench.data.record import Record, Rights
from nlcl_bench.data.sample import Sample
from nlcl_bench.evaluation.selection import select
from nlcl_bench.evaluation.workers import Plan, workers
from nlcl_bench.methods.catalogue import METHODS
from nlcl_bench.metrics.catalogue import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ("niqe", "brisque", "piqe", "ilniqe")
SMALLEST, LARGEST = 0.25e6, 12e6

Values = dict[str, dict[str, float]]
"""Scores by metric and file."""


class Cost(NamedTuple):
    """What a command took."""

    seconds: float
    megabytes: float


def make_photographs(data: Path, into: Path, images: int) -> None:
    """Write the photographs, the largest last."""
    sources = [(path, _pixels(path)) for folder in ("rain", "clean") for path in photographs_in(data / folder)]
    for number, pixels in enumerate(np.geomspace(SMALLEST, LARGEST, images)):
        height, width = (round(side / 4) * 4 for side in ((pixels * 3 / 4) ** 0.5, (pixels * 4 / 3) ** 0.5))
        enough = [path for path, size in sources if size >= pixels] or [max(sources, key=lambda one: one[1])[0]]
        picture = decode_file(enough[number % len(enough)])
        shrunk = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
        write_png(shrunk, into / f"{number:016x}.png")  # a record wants sixteen hexadecimal digits


def _pixels(path: Path) -> int:
    with Image.open(path) as picture:
        return picture.width * picture.height


def samples(folder: Path) -> Iterator[Sample]:
    """Yield the photographs as an evaluation reads them."""
    for path in photographs_in(folder):
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        with Image.open(path) as picture:
            width, height = picture.size
        record = Record(
            image_id=path.stem,
            sha256=digest,
            file_name=path.name,
            width=width,
            height=height,
            domain="rainy",
            split="test",
            scene_id=path.stem,
            rights=Rights(licence="CC0-1.0", author="benchmark"),
        )
        yield Sample(record, data)


def score(folder: Path, into: Path, jobs: int) -> None:
    """Score by the engine; print what it says as JSON."""
    chosen = select(NAMES, paired=False).chosen
    into.mkdir()
    values: Values = {name: {} for name in NAMES}
    with workers(chosen, "cpu", jobs) as work:
        for outcome in work(samples(folder), METHODS.get("identity"), Plan(into, None, 0)):
            for one in outcome.measured:
                name = one.metric.split("/")[0]
                if name in values:
                    values[name][outcome.image_id] = float("nan") if one.value is None else one.value
    print(json.dumps(values))


def parts(folder: Path) -> None:
    """Print where the time goes, with one thread."""
    import torch

    torch.set_num_threads(1)
    metrics = {name: METRICS.get(name) for name in NAMES}
    loaded = {name: spec.load(spec.weights.path if spec.weights else None) for name, spec in metrics.items()}
    paths = photographs_in(folder)
    print(f"{'seconds of one thread':24}{'decode':>9}" + "".join(f"{name:>9}" for name in NAMES))
    loaded["niqe"](to_tensor(decode_file(paths[0]))[None], None)  # what is made once is made here
    for path in (paths[0], paths[len(paths) // 2], paths[-1]):
        begin = time.perf_counter()
        image = to_tensor(decode_file(path))[None]
        marks = [begin, time.perf_counter()]
        for metric in loaded.values():
            metric(image, None)
            marks.append(time.perf_counter())
        size = f"{image.shape[-1]}x{image.shape[-2]}"
        print(f"{size:24}" + "".join(f"{seconds:9.2f}" for seconds in np.diff(marks)), flush=True)


def run(command: list[str], environment: dict[str, str]) -> tuple[Cost, str]:
    """Run a command; return what it took and what it printed."""
    begin = time.perf_counter()
    peak, done = [0.0], threading.Event()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(command, stdout=said, stderr=complaints, env={**os.environ, **environment})
        watch = threading.Thread(target=_watch, args=(process.pid, peak, done))
        watch.start()
        status = process.wait()
        seconds = time.perf_counter() - begin
        done.set()
        watch.join()
        complaints.seek(0)
        if status:
            raise SystemExit(f"{command[:4]} failed: {complaints.read()[-2000:]}")
        said.seek(0)
        return Cost(seconds, peak[0]), said.read()


def _watch(process: int, peak: list[float], done: threading.Event) -> None:
    while not done.wait(0.1):
        peak[0] = max(peak[0], sum(map(_megabytes, _family(process))))


def _family(process: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    yield process
    for tasks in Path("/proc", str(process), "task").glob("*/children"):
        try:
            children = tasks.read_text().split()
        except OSError:  # it has ended
            continue
        for child in children:
            yield from _family(int(child))


def _megabytes(process: int) -> float:
    """Return the proportional set size: pages, each divided by the number of processes that hold it."""
    try:
        text = Path("/proc", str(process), "smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def by_pyiqa(name: str, folder: Path, home: Path) -> tuple[Cost, dict[str, float]]:
    """Run pyiqa's command for one metric."""
    command = [sys.executable, "-m", "pyiqa.pyiqa_cmd", name, "-t", str(folder), "--device", "cpu", "-v"]
    cost, text = run(command, {"TORCH_HOME": str(home), "HF_HUB_OFFLINE": "1"})
    values = re.findall(r"([^'/]+)\.png': ([-+.\w]+)", text)
    return cost, {stem: float(value) for stem, value in values}


def put_files(home: Path) -> None:
    """Give pyiqa copies of the verified parameter files, where it looks for them."""
    place = home / "hub" / "pyiqa"
    place.mkdir(parents=True)
    for name in NAMES:
        for artifact in METRICS.get(name).files:
            shutil.copyfile(obtain(artifact), place / artifact.path.name)


def compare(folder: Path, base: Path, images: int, jobs: int) -> None:
    """Print both ways side by side."""
    own = [sys.executable, __file__, "--photographs", str(folder), "--jobs", str(jobs)]
    ours, text = run([*own, "--score", str(base / "restored")], {})
    values: Values = json.loads(text)
    _line(f"ours, {jobs} workers", images, ours)
    put_files(base / "torch")
    theirs = []
    for name in NAMES:
        cost, found = by_pyiqa(name, folder, base / "torch")
        apart = max(abs(found[stem] - value) for stem, value in values[name].items())
        _line(f"pyiqa {name}", images, cost, f"{len(values[name])} values, at most {apart:.1e} apart")
        theirs.append(cost)
    together = Cost(sum(cost.seconds for cost in theirs), max(cost.megabytes for cost in theirs))
    _line("pyiqa, all four", images, together, f"{together.seconds / ours.seconds:.1f} times as long as ours")
    subprocess.run([*own, "--parts"], check=True)


def _line(what: str, images: int, cost: Cost, more: str = "") -> None:
    rate = images / cost.seconds
    print(f"{what:18}{cost.seconds:9.1f} s{rate:9.3f} images/s{cost.megabytes:8.0f} MB  {more}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--images", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    for inner in ("--photographs", "--score"):  # what the commands that it measures are given
        parser.add_argument(inner, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--parts", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.score:
        score(given.photographs, given.score, given.jobs)
    elif given.parts:
        parts(given.photographs)
    else:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "photographs"
            folder.mkdir()
            make_photographs(given.data, folder, given.images)
            compare(folder, Path(name), given.images, given.jobs)


if __name__ == "__main__":
    main()
