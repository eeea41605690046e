"""``nlcl-bench doctor``: whether this machine measures what others measure, and what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import note, say, table, track
from nlcl_bench.core.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.evaluation.soundness import Verdict
    from nlcl_bench.metrics.spec import MetricSpec

__all__ = ["doctor"]


def doctor(
    *,
    full: Annotated[bool, typer.Option("--full", help="Examine slow metrics and networks too (minutes more).")] = False,
) -> None:
    """Print versions, what can run and what is missing, and prove that scores are what they should be.

    Metrics are compared with published values of five calibration images that pyiqa's package brings. Outputs are
    written and read again, and must be what rounding half to even gives. Each metric scores the same pictures in two
    processes, with one thread and with two, one at a time and three together; what differs is printed. Ends with exit
    code 1 if anything is beyond its tolerance, or a parameter file is not the pinned one.

    \b
    Examples:
      nlcl-bench doctor
      nlcl-bench doctor --full
    """
    from nlcl_bench.evaluation.soundness import state_of
    from nlcl_bench.methods.catalogue import METHODS
    from nlcl_bench.metrics.catalogue import METRICS

    _machine()
    metrics = [METRICS.get(name) for name in METRICS.names()]
    methods = [METHODS.get(name) for name in METHODS.names()]
    published = _published(metrics, full=full)
    wrong = [*published, *_protocol(), *_steady(metrics, published, full=full)]
    states = [state_of(spec.name, [spec.weights] if spec.weights else []) for spec in methods]
    table("Methods", ("name", "state"), [(one.name, one.state) for one in states])
    _say_missing(*(spec.files for spec in metrics), *((spec.weights,) for spec in methods))
    _end([one.name for one in (*wrong, *states) if one.passed is False])


def _machine() -> None:
    from nlcl_bench.evaluation.provenance import device_name, environment

    here = environment(device_name("auto"))
    rows = [("python", here.python), ("system", here.platform), ("processor", here.processor), ("device", here.device)]
    table("This machine", ("", ""), [*rows, *sorted(here.packages.items())])


def _published(metrics: Iterable[MetricSpec], *, full: bool) -> list[Verdict]:
    from nlcl_bench.evaluation.soundness import against_published

    note("comparing metrics with published values ...")
    verdicts = [against_published(spec, full=full) for spec in metrics]
    rows = [(one.name, one.state, one.found) for one in verdicts]
    table("Metrics", ("name", "state", "farthest from the published values"), rows)
    return verdicts


def _protocol() -> list[Verdict]:
    from nlcl_bench.evaluation.protocol import P1
    from nlcl_bench.evaluation.soundness import round_trip, same_luma
    from nlcl_bench.metrics.reference import PSNR_Y

    verdicts = [round_trip(), same_luma(PSNR_Y)]
    table(f"Protocol {P1.name}", ("rule", "state", "found"), [(one.name, one.state, one.found) for one in verdicts])
    return verdicts


def _steady(metrics: Sequence[MetricSpec], published: Sequence[Verdict], *, full: bool) -> list[Verdict]:
    """Examine what is ready, and quick enough or asked for; say what is left out."""
    from nlcl_bench.evaluation.soundness import SLOW, Verdict
    from nlcl_bench.evaluation.steadiness import BATCH, steadiness

    ready = [spec for spec, one in zip(metrics, published, strict=True) if one.state in {"ready", "matches", "WRONG"}]
    chosen = [spec for spec in ready if full or spec.name not in SLOW]
    found = steadiness(chosen, track)
    rows: list[Sequence[str]] = []
    for one in found:
        numbers = [_number(value) for value in (one.again, one.threads, one.alone)]
        differs = numbers if one.problem is None else [one.problem, "", ""]
        rows.append((one.metric, *differs, f"{one.tolerance:g}", "steady" if one.passed else "WRONG"))
    columns = ("metric", "in another process", "2 threads for 1", f"alone, not {BATCH} together", "allowed", "verdict")
    table("How far scores differ", columns, rows)
    if len(chosen) < len(ready):
        left = ", ".join(spec.name for spec in ready if spec not in chosen)
        say(f"not examined, because slow; ask with --full: {left}")
    return [Verdict(one.metric, one.passed, "") for one in found]


def _number(difference: float) -> str:
    return "0" if difference == 0 else f"{difference:.1e}"


def _say_missing(*needed: tuple[Artifact | None, ...]) -> None:
    absent = {one.name: one for group in needed for one in group if one and not one.path.is_file()}
    if absent:
        say("\nTo put a missing file there by hand (nlcl-bench weights pull fetches it):")
    for artifact in absent.values():
        size = "" if artifact.size is None else f"{artifact.size:,} bytes; "
        say(f"  {artifact.by_hand} ({size}licence: {artifact.licence})")


def _end(wrong: Sequence[str]) -> None:
    """Raise if anything was wrong; each is named once.

    Raises:
        RunError: Something was.
    """
    if wrong:
        raise RunError(
            "not what it should be: see WRONG above",
            where=", ".join(dict.fromkeys(wrong)),
            fix="install nlcl-bench in a new environment; if it stays, report the versions above",
        )
