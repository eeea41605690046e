"""A request as it travels to other processes and machines: plain values, by whose names they find method and metrics.

What loads a method or a metric may be any function of a plug-in, which need not be one that can be sent.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from nlcl_bench.evaluation.plan import Request
from nlcl_bench.evaluation.selection import Chosen, Selection
from nlcl_bench.methods.catalogue import packed, unpacked
from nlcl_bench.metrics.catalogue import METRICS

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["Sent", "received", "send"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request whose method and metrics are installed wherever it goes.

    Attributes:
        method: The method's name, or itself if an adapter made it.
        metrics: Names of the metrics, each with its verified parameter file.
        missing: The metrics that cannot run, and why.
        others: Everything else of the request; paths are absolute.
    """

    method: str | MethodSpec
    metrics: tuple[tuple[str, Path | None], ...]
    missing: tuple[tuple[str, str], ...]
    others: dict[str, Any]


def send(request: Request, *, jobs: int) -> Sent:
    """Return what to send.

    Args:
        request: The request.
        jobs: Worker processes at the other end; 0 for as many as pay there.
    """
    others = {field.name: getattr(request, field.name) for field in fields(request)}
    del others["method"], others["selection"]
    others |= {"folder": request.folder.absolute(), "into": request.into.absolute(), "jobs": jobs}
    others["weights"] = _absolute(request.weights)
    metrics = tuple((chosen.spec.name, _absolute(chosen.parameters)) for chosen in request.selection.chosen)
    return Sent(method=packed(request.method), metrics=metrics, missing=request.selection.missing, others=others)


def received(sent: Sent) -> Request:
    """Return the request at the other end.

    Raises:
        UnknownNameError: The method or a metric is not installed there.
        PluginError: It cannot be imported there.
    """
    chosen = tuple(Chosen(METRICS.get(name), parameters) for name, parameters in sent.metrics)
    selection = Selection(chosen, sent.missing)
    return Request(method=unpacked(sent.method), selection=selection, **sent.others)


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()
