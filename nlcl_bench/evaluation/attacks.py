"""Evaluate the attacks on a benchmark's photographs, and leave the table of what every metric can be gamed by.

Every attack is a run like a method's, in ``<into>/attacks/<benchmark>/<label>``, so a kill costs one image, an executor
can share the work, and the table is made from the files of the runs each time. The same workers do all attacks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from nlcl_bench.core.errors import RunError
from nlcl_bench.core.files import write_texts
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.evaluation import attack_texts
from nlcl_bench.evaluation.attack_table import label_of, tabulate
from nlcl_bench.evaluation.evaluate import evaluate_all
from nlcl_bench.evaluation.intake import Found, Refusal, read
from nlcl_bench.methods.attacks import ATTACKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nlcl_bench.evaluation.attack_table import AttackTable
    from nlcl_bench.evaluation.intake import Run
    from nlcl_bench.evaluation.plan import Request
    from nlcl_bench.evaluation.run import RunResult

__all__ = ["FOLDER", "Attacked", "attack", "attacked", "attacks_on"]

Attacked: TypeAlias = "tuple[AttackTable, list[Run], Path]"
"""The table, the runs that it was made from, some of which may be incomplete, and the page; beside it CSV and JSON."""

FOLDER = "attacks"
"""The folder below the runs that holds the runs of attacks, and what its tables and page are called."""


def attack(request: Request, track: Track = silent) -> Attacked:
    """Score the photographs of a split after every attack.

    Args:
        request: What to attack, and with which metrics; its method, weights, label and tile count for nothing.
        track: Shows progress.

    Raises:
        InputError: The split has no images.
        RunError: A folder holds another run, or nothing could be scored.
        StorageError: Something cannot be written.
    """
    return attacked(evaluate_all(attacks_on(request), track))


def attacks_on(request: Request) -> list[Request]:
    """Return the evaluation of every attack, the untouched photographs first: what an executor is given."""
    into = request.into / FOLDER
    return [
        replace(request, method=spec, into=into, label=label_of(spec.name), weights=None, tile=0) for spec in ATTACKS
    ]


def attacked(done: Sequence[tuple[RunResult, Path]]) -> Attacked:
    """Make the table of the attacks from their runs, and write it beside them.

    Raises:
        RunError: Nothing could be scored, or a run folder cannot be trusted.
        StorageError: Something cannot be written.
    """
    runs = [_read(place) for _, place in done]
    table, place = tabulate(runs), done[0][1].parent
    if table is None or not table.metrics:
        raise RunError("nothing to compare: no metric scored the photographs", where=place, fix="choose other metrics")
    texts = {
        f"{FOLDER}.csv": attack_texts.as_csv(table),
        f"{FOLDER}.json": attack_texts.as_json(table),
        f"{FOLDER}.html": attack_texts.page(table),
    }
    write_texts(texts, place)
    return table, runs, place / f"{FOLDER}.html"


def _read(place: Path) -> Run:
    found = read(Found(place.name, place))
    if isinstance(found, Refusal):
        raise RunError(found.why, where=place, fix="delete this folder and run the same command again")
    return found
