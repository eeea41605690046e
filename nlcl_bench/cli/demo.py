"""``nlcl-bench demo``: the whole way, offline, with the commands that a user would type.

Rain-free photographs that installed packages ship are rained on, and the real verbs do the rest. Nothing here knows how
a verb works: the demo only types.
"""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import note, say, track
from nlcl_bench.core.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["demo"]

_RECIPE = """# The demo has few photographs, so most of them are for testing.
[splits]
salt = "umbrella"
train = 0.3
validation = 0.0
test = 0.7
"""


def demo(
    *,
    into: Annotated[Path, typer.Option(help="Folder for everything the demo makes.")] = Path("nlcl-bench-demo"),
    photos: Annotated[
        Path | None, typer.Option(help="Folder of your own rain-free photographs; at most 12 are used, made small.")
    ] = None,
) -> None:
    """Rain on photographs, then collect, curate, release, evaluate and rank: offline, in under three minutes.

    \b
    Examples:
      nlcl-bench demo
      nlcl-bench demo --photos holiday/ --into holiday-demo
    """
    from nlcl_bench.core.files import make_folder, writing
    from nlcl_bench.data.examples import rain_on

    begin = time.perf_counter()
    make_folder(into)
    note("Rain on rain-free photographs")
    count = rain_on(into / "photos", photos, track=track)
    with writing(into / "recipe.toml") as part:
        part.write_text(_RECIPE, encoding="utf-8")
    for line in _commands(into):
        _type(line)
    say(f"\n{count} photographs, from the camera to the board, in {time.perf_counter() - begin:.0f} s.")
    say(f"The page: {(into / 'board' / 'index.html').resolve()}")
    say(f"The dataset: {into / 'release'} (datasets.load_dataset reads it)")


def _commands(into: Path) -> Iterator[list[str]]:
    """Yield the command lines of the tour, one list of words each."""
    photos, store, curated, release, runs = (into / name for name in ("photos", "store", "curated", "release", "runs"))
    to_runs = ["--data", str(release), "--config", "paired", "--into", str(runs), "--jobs", "1"]
    twins = ["--clean", str(photos / "clean")]
    yield ["collect", str(photos / "rainy"), "--into", str(store), "--domain", "rainy", *twins]
    yield ["curate", str(store), "--into", str(curated), "--recipe", str(into / "recipe.toml")]
    named = ["--name", "demo", "--title", "Rendered rain on photographs"]
    yield ["release", str(curated), "--into", str(release), *named, "--without-face-check", "--leave-out-unreviewed"]
    yield ["data", "show", str(release)]
    for name in ("identity", "jpeg75", "median", "guided", "nlcl"):
        yield ["evaluate", "--method", name, *to_runs]
    yield ["leaderboard", "build", str(runs), "--into", str(into / "board"), "--data", str(release)]


def _type(words: list[str]) -> None:
    """Run one command in this process, as if it had been typed."""
    from nlcl_bench.cli.app import build

    note(f"\n$ nlcl-bench {shlex.join(words)}")
    typed, sys.argv = sys.argv, ["nlcl-bench", *words]
    try:
        code = build(words)(args=words, standalone_mode=False)
    finally:
        sys.argv = typed
    if code:
        raise RunError(f"ended with exit code {code}", where=f"nlcl-bench {words[0]}", fix="see the lines above")
