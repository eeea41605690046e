"""``nlcl-bench doctor``: whether this machine measures what others measure, and what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nlcl_bench.cli.console import note, say, table
from nlcl_bench.core.errors import ArtifactError, RunError

if TYPE_CHECKING:
    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.metrics.spec import MetricSpec

__all__ = ["doctor"]

_SLOW = frozenset({"ilniqe"})  # about a minute for the five images


def doctor(
    *,
    full: Annotated[bool, typer.Option("--full", help="Check the slow metrics too (a minute more).")] = False,
) -> None:
    """Print versions, what can run, what is missing and where to put it; compare metrics with published values.

    pyiqa's package brings five calibration images whose scores by the authors' own MATLAB code are published. Ends
    with exit code 1 if a metric does not reach them.

    \b
    Example:
      nlcl-bench doctor
    """
    from nlcl_bench.evaluation.provenance import device_name, environment
    from nlcl_bench.methods.catalogue import METHODS
    from nlcl_bench.metrics.catalogue import METRICS

    here = environment(device_name("auto"))
    rows = [("python", here.python), ("system", here.platform), ("processor", here.processor), ("device", here.device)]
    table("This machine", ("", ""), [*rows, *sorted(here.packages.items())])
    metrics = [METRICS.get(name) for name in METRICS.names()]
    methods = [METHODS.get(name) for name in METHODS.names()]
    checked = [_checked(spec, full=full) for spec in metrics]
    table("Metrics", ("name", "state", "farthest from the published values"), checked)
    table("Methods", ("name", "state"), [(spec.name, _state(spec.weights)) for spec in methods])
    _say_missing(*(spec.files for spec in metrics), *((spec.weights,) for spec in methods))
    wrong = [name for name, state, _ in checked if state == "WRONG"]
    if wrong:
        raise RunError(
            "scores differ from the published ones",
            where=", ".join(wrong),
            fix="install nlcl-bench in a new environment; if it stays, report the versions above",
        )


def _state(*artifacts: Artifact | None) -> str:
    """Say whether files are there; a wrong one is a finding of the doctor's, not the end of the examination."""
    from nlcl_bench.core.artifacts import locate

    try:
        return "ready" if all(locate(artifact) for artifact in artifacts if artifact) else "file missing"
    except ArtifactError as error:
        return f"WRONG FILE: {error}"


def _checked(spec: MetricSpec, *, full: bool) -> tuple[str, str, str]:
    from nlcl_bench.metrics.calibration import PUBLISHED, calibrate

    state = _state(*spec.files)
    if state != "ready":
        return spec.name, state, ""
    if spec.name not in PUBLISHED:
        return spec.name, state, "no published values for this version"
    if spec.name in _SLOW and not full:
        return spec.name, state, "not checked: slow; ask with --full"
    note(f"checking {spec.name} ...")
    checks = calibrate(spec.name, spec.load(spec.weights.path if spec.weights else None))
    worst = max(checks, key=lambda check: abs(check.found - check.published))
    found = f"{worst.found:.4f} for {worst.published:.4f} on {worst.image}"
    return spec.name, "matches" if all(check.passed for check in checks) else "WRONG", found


def _say_missing(*needed: tuple[Artifact | None, ...]) -> None:
    absent = {one.name: one for group in needed for one in group if one and not one.path.is_file()}
    if absent:
        say("\nTo put a missing file there by hand (nlcl-bench weights pull fetches it):")
    for artifact in absent.values():
        size = "" if artifact.size is None else f"{artifact.size:,} bytes; "
        say(f"  {artifact.by_hand} ({size}licence: {artifact.licence})")
