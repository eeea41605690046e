"""How long the command line takes to start: ``python benchmarks/startup.py``.

Each command runs ten times in a process of its own; minimum and median are printed, beside an interpreter that does
nothing and one that imports torch, which is what a careless import at the top of a module would cost.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "nlcl-bench --help": ["-m", "nlcl_bench", "--help"],
    "nlcl-bench methods": ["-m", "nlcl_bench", "methods"],
    "nlcl-bench metrics": ["-m", "nlcl_bench", "metrics"],
    "python -c 'import torch'": ["-c", "import torch"],
}
REPETITIONS = 10


def seconds(arguments: list[str]) -> float:
    """Return the wall-clock time of one run."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


for name, arguments in COMMANDS.items():
    times = [seconds(arguments) for _ in range(REPETITIONS)]
    print(f"{name:28} min {min(times):.2f} s   median {statistics.median(times):.2f} s")
