"""Collecting and curating 500 camera photographs, beside imagededup and cleanvision.

``NLCL_BENCH_DATA=DIR python benchmarks/collect_curate.py [JOBS]``

The 22 photographs of ``clean/metadata-extractor`` (0.4 to 9.5 megapixels) are repeated to 500 files that differ in one
byte of a comment. Ours: ``nlcl-bench collect`` and ``nlcl-bench curate`` as a user calls them, without faces. Theirs,
the comparable part: imagededup's PHash encodings and duplicates, and all image checks of cleanvision. Every command
runs in a process of its own, one after the other; peak memory is that of its largest process, as the kernel reports it.
Needs ``pip install imagededup cleanvision``.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILES = 500
JOBS = sys.argv[1] if len(sys.argv) > 1 else "2"

IMAGEDEDUP = """
import sys
from imagededup.methods import PHash
if __name__ == "__main__":
    hasher = PHash(verbose=False)
    found = hasher.find_duplicates(image_dir=sys.argv[1], num_enc_workers=int(sys.argv[2]))
"""
CLEANVISION = """
import sys
from cleanvision import Imagelab
if __name__ == "__main__":
    Imagelab(data_path=sys.argv[1]).find_issues(n_jobs=int(sys.argv[2]), verbose=False)
"""


def copies(source: Path, into: Path) -> None:
    """Write the files: each the bytes of a photograph, with a comment of its own right after the start of image."""
    photographs = sorted(path for path in source.iterdir() if path.suffix.lower() in {".jpg", ".jpeg"})
    for number in range(FILES):
        data = photographs[number % len(photographs)].read_bytes()
        comment = b"\xff\xfe\x00\x08" + f"{number:06d}".encode()
        (into / f"{number:04d}.jpg").write_bytes(data[:2] + comment + data[2:])


def run(name: str, *command: str) -> float:
    """Run a command; print and return its seconds."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    problem = process.stderr.read() if process.stderr else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    if status:
        raise SystemExit(f"{name} failed: {problem.decode()[-2000:]}")
    print(f"{name:24} {seconds:7.1f} s {FILES / seconds:7.1f} files/s {usage.ru_maxrss / 1024:7.0f} MB", flush=True)
    return seconds


def main() -> None:
    source = Path(os.environ["NLCL_BENCH_DATA"]) / "clean" / "metadata-extractor"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "photographs"
        folder.mkdir()
        copies(source, folder)
        bench, store, curated = [sys.executable, "-m", "nlcl_bench"], f"{name}/store", f"{name}/curated"
        given = ["--domain", "clean", "--licence", "CC0-1.0", "--author", "benchmark", "--jobs", JOBS]
        ours = run("nlcl-bench collect", *bench, "collect", str(folder), "--into", store, *given)
        ours += run("nlcl-bench curate", *bench, "curate", store, "--into", curated, "--no-faces", "--jobs", JOBS)
        peers = 0.0
        for peer, code in (("imagededup PHash", IMAGEDEDUP), ("cleanvision", CLEANVISION)):
            script = Path(name) / "peer.py"
            script.write_text(code)
            peers += run(peer, sys.executable, str(script), str(folder), JOBS)
    print(f"ours {ours:.1f} s, theirs {peers:.1f} s: {peers / ours:.2f} times as fast")
    print(f"largest process of all: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")


main()
