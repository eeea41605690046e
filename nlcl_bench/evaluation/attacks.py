"""Evaluate the attacks on a benchmark's photographs, and leave the table of what every metric can be gamed by.

Every attack is a run like a method's, in ``<into>/attacks/<benchmark>/<label>``, so a kill costs one image, and the
table is made from the files of the runs each time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import RunError
from nlcl_bench.core.files import write_texts
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.evaluation import attack_texts
from nlcl_bench.evaluation.attack_table import label_of, tabulate
from nlcl_bench.evaluation.evaluate import evaluate
from nlcl_bench.evaluation.intake import Found, Refusal, read
from nlcl_bench.methods.attacks import ATTACKS

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.evaluation.attack_table import AttackTable
    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.plan import Request
    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["FOLDER", "attack"]

FOLDER = "attacks"
"""The folder below the runs that holds the runs of attacks, and what its tables and page are called."""


def attack(request: Request, track: Track = silent) -> tuple[AttackTable, list[Run], Path]:
    """Score the photographs of a split after every attack.

    Args:
        request: What to attack, and with which metrics; its method, weights, label and tile count for nothing.
        track: Shows progress.

    Returns:
        The table, the runs that it was made from, some of which may be incomplete, and the page; CSV and JSON lie
        beside it.

    Raises:
        InputError: The split has no images.
        RunError: A folder holds another run, or nothing could be scored.
        StorageError: Something cannot be written.
    """
    runs = [_run(request, spec, track) for spec in ATTACKS]
    table = tabulate(runs)
    place = request.into / FOLDER / request.benchmark.name
    if table is None or not table.metrics:
        raise RunError("nothing to compare: no metric scored the photographs", where=place, fix="choose other metrics")
    texts = {
        f"{FOLDER}.csv": attack_texts.as_csv(table),
        f"{FOLDER}.json": attack_texts.as_json(table),
        f"{FOLDER}.html": attack_texts.page(table),
    }
    write_texts(texts, place)
    return table, runs, place / f"{FOLDER}.html"


def _run(request: Request, spec: MethodSpec, track: Track) -> Run:
    label = label_of(spec.name)
    own = replace(request, method=spec, into=request.into / FOLDER, label=label, weights=None, tile=0)
    _, place = evaluate(own, track)
    found = read(Found(label, place))
    if isinstance(found, Refusal):
        raise RunError(found.why, where=place, fix="delete this folder and run the same command again")
    return found
