"""The tests' own door, `/__control__/…`: accounts, faults and the trace, while the server runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from hubserver.replies import RefusedError, Reply, as_json

if TYPE_CHECKING:
    from hubserver.hub import Hub
    from hubserver.requests import Request


def control(hub: Hub, request: Request) -> Reply:
    """Answer a request of the tests; a mistake is answered with 400 and a sentence."""
    try:
        return _control(hub, request)
    except RefusedError as refused:
        return refused.reply()
    except (TypeError, ValueError) as mistake:
        return RefusedError(400, str(mistake)).reply()


def _control(hub: Hub, request: Request) -> Reply:
    door = f"{request.method} {request.path.removeprefix('/__control__/')}"
    if door == "POST accounts":
        return as_json({"token": hub.accounts.add(**request.body.json())})
    if door == "POST faults":
        hub.faults.add(**request.body.json())
        return as_json({})
    if door == "GET faults":
        return as_json([asdict(rule) for rule in hub.faults.rules])
    if door == "DELETE faults":
        hub.faults.clear()
        return as_json({})
    if door == "GET trace":
        return as_json(hub.trace.lines())
    if door == "DELETE trace":
        hub.trace.clear()
        return as_json({})
    raise RefusedError(404, f"there is no {door}")
