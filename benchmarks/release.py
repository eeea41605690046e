"""Releasing and publishing photographs, beside ``load_dataset("imagefolder")`` and ``push_to_hub`` of the same files.

``NLCL_BENCH_DATA=DIR python benchmarks/release.py [MEGABYTES]``

The photographs of ``clean/metadata-extractor`` (0.4 to 9.5 megapixels), each shifted by another number of pixels and
saved as JPEG, fill a store and a curated folder. Then, each in a process of its own, one after the other, against the
look-alike of the Hub (``tests/hubserver``) with Git-LFS:

* ours: ``release`` (metadata removed and the removal proven, Parquet, card, checksums), then ``publish``;
* theirs: the same photographs as an image folder, loaded and pushed. Nothing is removed or proven there.

Then streaming: seconds to the first picture, and pictures per second of the first hundred, decoded, from the look-alike
and from the image folder on disk. At last, what the Hub's own client, hf_xet, stores of a second version: one in which
only words changed, and one with three photographs more. Peak memory is that of the process, as the kernel reports it.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import hf_xet
import numpy as np
from PIL import Image

from collection_tools.collect.store import Collected, StoreWriter, object_path, write_object
from collection_tools.curate.curated import Curation, write_curated
from collection_tools.curate.recipe import read_recipe
from collection_tools.published import published
from collection_tools.release.release import release
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.data.record import Capture, Record, Rights

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from hubserver.process import HubServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MEGABYTES = int(sys.argv[1]) if len(sys.argv) > 1 else 2000

PEAK = """
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
OURS = (
    """
import sys
from pathlib import Path
from collection_tools.release.release import release
if __name__ == "__main__":
    release(Path(sys.argv[1]), Path(sys.argv[2]), name="rain", repo="ada/rain")
"""
    + PEAK
)
PUBLISH = (
    """
import sys
from pathlib import Path
from collection_tools.publish.publish import publish
if __name__ == "__main__":
    publish(Path(sys.argv[1]), "ada/rain", benchmark=Path(sys.argv[2]))
"""
    + PEAK
)
THEIRS = (
    """
import sys
import datasets
if __name__ == "__main__":
    rows = datasets.load_dataset("imagefolder", data_dir=sys.argv[1], split="train", drop_labels=True)
    rows.push_to_hub("ada/theirs", split="train")
"""
    + PEAK
)
STREAM = (
    """
import itertools, sys, time
import datasets
if __name__ == "__main__":
    begin = time.perf_counter()
    if sys.argv[2] == "hub":
        rows = datasets.load_dataset("ada/rain", "rainy", split="train", revision="v1.0.0", streaming=True)
    else:
        rows = datasets.load_dataset("imagefolder", data_dir=sys.argv[1], split="train", streaming=True)
    images = (row["image"].load() for row in rows)
    next(images)
    first = time.perf_counter() - begin
    begin = time.perf_counter()
    count = sum(1 for _ in itertools.islice(images, 100))
    print(f"first picture after {first:.1f} s, then {count / (time.perf_counter() - begin):.1f} pictures/s")
"""
    + PEAK
)
RIGHTS = Rights(licence="CC0-1.0", author="benchmark")


def shifted(source: Path, megabytes: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Yield so many megabytes of JPEG files, all different, and their sizes in pixels."""
    rng = np.random.default_rng(0)
    paths = sorted(path for path in source.iterdir() if path.suffix.lower() in {".jpg", ".jpeg"})
    made = number = 0
    while made < megabytes * 1e6:
        with Image.open(paths[number % len(paths)]) as image:
            pixels = np.asarray(image.convert("RGB"))
        moved = np.roll(pixels, rng.integers(1, 400, 2), (0, 1))
        stream = io.BytesIO()
        Image.fromarray(moved).save(stream, "JPEG", quality=95)
        data = stream.getvalue()
        made, number = made + len(data), number + 1
        yield data, (moved.shape[1], moved.shape[0])


def fill(here: Path, files: Iterator[tuple[bytes, tuple[int, int]]]) -> list[Record]:
    """Write the store and an image folder; return the records."""
    store, folder = here / "store", here / "folder"
    folder.mkdir(parents=True)
    store.mkdir()
    writer, records = StoreWriter(store), []
    for data, (width, height) in files:
        name, size = sha256_bytes(data), {"width": width, "height": height, "domain": "rainy", "rights": RIGHTS}
        kept = {"sha256": name, "format": "JPEG", "bytes": len(data), "capture": Capture()}
        row = Collected(**kept, **size, pixels=name, file=f"{name[:16]}.jpg")
        write_object(store, row, data)
        writer.add(row)
        shutil.copyfile(object_path(store, name, "JPEG"), folder / f"{name[:16]}.jpg")
        digest = sha256_bytes(published(data, (), where=name).data)
        place = {"image_id": name[:16], "scene_id": name[:16], "split": "train", "file_name": f"{name[:16]}.jpg"}
        records.append(Record(sha256=digest, **place, **size))
    writer.close({})
    return sorted(records, key=lambda record: record.image_id)


def curated(here: Path, name: str, records: list[Record]) -> Path:
    """Write a curated folder; return it."""
    folder = here / name
    folder.mkdir()
    numbers = {"kept": len(records), "scenes": len(records), "splits": {"train": len(records)}, "rejected": {}}
    curation = Curation(store="../store", recipe=read_recipe(), faces=True, **numbers)
    write_curated(folder, {}, records, [], [], curation)
    return folder


def run(name: str, code: str, *words: object, size: float, env: Mapping[str, str]) -> float:
    """Run a script; print what it prints, its seconds, megabytes per second and peak memory; return the seconds."""
    begin = time.perf_counter()
    command = [sys.executable, "-c", code, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr[-2000:]}")
    *said, last = done.stdout.splitlines()
    peak = int(last) / 1024  # of this program alone, without what it was forked from
    print(f"{name:24} {seconds:6.1f} s {size / seconds:6.0f} MB/s {peak:5.0f} MB peak {' '.join(said)}", flush=True)
    return seconds


def upload(release: Path, cas: Path) -> int:
    """Let the Hub's client store the shards; return the bytes by which its store grew."""
    before = sum(path.stat().st_size for path in cas.rglob("*") if path.is_file())
    with hf_xet.XetSession().new_upload_commit(endpoint=f"local://{cas}") as commit:
        for path in sorted(release.rglob("*.parquet")):
            commit.start_upload_file(str(path))
    return sum(path.stat().st_size for path in cas.rglob("*") if path.is_file()) - before


def main() -> None:
    source = Path(os.environ["NLCL_BENCH_DATA"]) / "clean" / "metadata-extractor"
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        here = Path(name)
        records = fill(here / "v", shifted(source, MEGABYTES))
        with HubServer(here / "hub") as hub:
            compare(here, records, hub.environment(here / "cache", hub.account("ada")))
        shutil.rmtree(here / "cache")
        versions(here, records)


def compare(here: Path, records: list[Record], env: Mapping[str, str]) -> None:
    """Release and publish, push, and stream."""
    folder = here / "v" / "folder"
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    print(f"{len(records)} photographs, {size:.0f} MB", flush=True)
    first = curated(here / "v", "curated", records[3:])
    ours = run("ours: release", OURS, first, here / "release", size=size, env=env)
    ours += run("ours: publish", PUBLISH, here / "release", here / "rain.toml", size=size, env=env)
    theirs = run("theirs: push_to_hub", THEIRS, folder, size=size, env=env)
    print(f"ours {ours:.1f} s, theirs {theirs:.1f} s: {theirs / ours:.2f} times as fast", flush=True)
    for where in ("hub", "disk"):
        run(f"streaming from {where}", STREAM, folder, where, size=size, env=env)


def versions(here: Path, records: list[Record]) -> None:
    """Upload the first version and two others with the Hub's own client."""
    (here / "cas").mkdir()
    whole = upload(here / "release", here / "cas")
    print(f"uploaded: first version {whole / 1e6:.1f} MB", flush=True)
    fewer = records[3:]
    words = [record.model_copy(update={"reviewed": True, "rain_kinds": ("streak",)}) for record in fewer]
    for what, rows in (("only words", words), ("three photographs more", records)):
        into = here / what.split()[0]
        release(curated(here / "v", into.name, rows), into, name="rain", repo="ada/rain")
        grown = upload(into, here / "cas")
        print(f"uploaded: {what} {grown / 1e6:.2f} MB, {100 * grown / whole:.2f} % of the first", flush=True)
    new = sum((here / "v" / "folder" / record.file_name).stat().st_size for record in records[:3])
    print(f"the three photographs themselves: {new / 1e6:.2f} MB")


main()
