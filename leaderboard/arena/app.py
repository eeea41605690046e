"""What the arena's server answers: the page, the next pair, its pictures, votes. No answer names a method."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from leaderboard.votes import Said
from nlcl_bench.core.errors import NLCLBenchError, StorageError
from nlcl_bench.data.record import Row

if TYPE_CHECKING:
    from starlette.requests import Request

    from leaderboard.arena.hall import Hall

__all__ = ["build_app"]

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_LARGEST_BODY = 4096


class Ballot(Row):
    """What the page posts."""

    trial: Annotated[str, Field(max_length=64)]
    said: Said
    milliseconds: Annotated[int, Field(ge=0, le=86_400_000)]
    whole: bool = False


def build_app(hall: Hall) -> Starlette:
    """Return the application, without its guard."""
    app = Starlette(
        routes=[
            Route("/", _index),
            Route("/assets/{name}", _asset),
            Route("/api/pair", _pair),
            Route("/api/votes", _vote, methods=["POST"]),
            Route("/pictures/{trial}/{side}", _picture),
        ],
        exception_handlers={NLCLBenchError: _problem, HTTPException: _problem},
    )
    app.state.hall = hall
    app.state.assets = {
        path.name: path.read_bytes() for path in (files("leaderboard.arena") / "assets").iterdir() if path.is_file()
    }
    return app


def _problem(_request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return JSONResponse({"problem": error.detail}, error.status_code)
    return JSONResponse({"problem": str(error)}, 507 if isinstance(error, StorageError) else 500)


def _index(request: Request) -> Response:
    return Response(request.app.state.assets["index.html"], media_type="text/html")


def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    data = request.app.state.assets.get(name)
    if data is None:
        raise HTTPException(404, "there is no such file")
    return Response(data, media_type=_TYPES[name.rpartition(".")[2]])


def _pair(request: Request) -> Response:
    hall: Hall = request.app.state.hall
    trial = hall.trial()
    return JSONResponse({"trial": trial.id, "done": hall.mine})


async def _picture(request: Request) -> Response:
    hall: Hall = request.app.state.hall
    side = request.path_params["side"]
    if side not in {"left", "right", "input"}:
        raise HTTPException(404, "there is no such picture")
    whole = request.query_params.get("whole") == "1"
    data = await run_in_threadpool(hall.picture, request.path_params["trial"], side, whole=whole)
    if data is None:
        raise HTTPException(404, "this pair is not open any more")
    return Response(data, media_type="image/png")


async def _vote(request: Request) -> Response:
    hall: Hall = request.app.state.hall
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_BODY:
            raise HTTPException(413, "this is no vote")
    try:
        ballot = Ballot.model_validate_json(body)
    except ValidationError as error:
        raise HTTPException(422, "this is no vote") from error
    taken = await run_in_threadpool(hall.vote, ballot.trial, ballot.said, ballot.milliseconds, whole=ballot.whole)
    if not taken:
        raise HTTPException(409, "this pair is not open any more")
    return JSONResponse({"done": hall.mine})
