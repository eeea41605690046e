"""Command lines typed one after the other, as in a shell, but in one new process: a start takes seconds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_SHELL = """
import json, sys
from nlcl_bench.cli.app import main
for words in json.loads(sys.argv[1]):
    sys.argv = ["nlcl-bench", *words]
    try:
        main()
    except SystemExit as end:
        if end.code:
            sys.exit(f"ended with {end.code}: {words}")
"""


def typed(lines: Iterable[Sequence[object]], folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Type lines, each given as its words without the program's name, in a folder; return what they printed."""
    words = json.dumps([[str(word) for word in line] for line in lines])
    done = subprocess.run(
        [sys.executable, "-c", _SHELL, words], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    return done.stdout
