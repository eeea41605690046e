"""What the server answers: the page and its assets, lists and details as JSON, pictures, and decisions posted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from collection_tools.decisions import Decision
from collection_tools.review.details import details
from collection_tools.review.listing import Query, listing, summary
from collection_tools.review.pictures import Thumbnails, full_size
from nlcl_bench.core.errors import InputError, NLCLBenchError, StorageError
from nlcl_bench.data.record import first_problem

if TYPE_CHECKING:
    from starlette.requests import Request

    from collection_tools.review.gallery import Gallery, Photo
    from collection_tools.review.journal import Journal

__all__ = ["LARGEST_BODY", "Desk", "build_app"]

LARGEST_BODY = 64 << 10
"""Bytes of a decision; 256 boxes are less than half of it."""

_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Desk:
    """What a review works on.

    Attributes:
        gallery: The photographs.
        journal: The decisions.
        thumbnails: Their small pictures.
        small: Lets only a few pictures be decoded at once: each may take a gigabyte.
        full: The same for those in full size, which wait for no thumbnail.
        assets: The page's own files by name.
    """

    gallery: Gallery
    journal: Journal
    thumbnails: Thumbnails
    small: asyncio.Semaphore
    full: asyncio.Semaphore
    assets: dict[str, bytes]


def build_app(gallery: Gallery, journal: Journal) -> Starlette:
    """Return the application, without its guard."""
    app = Starlette(
        routes=[
            Route("/", _index),
            Route("/assets/{name}", _asset),
            Route("/api/photos", _photos),
            Route("/api/photos/{sha256}", _details),
            Route("/api/decisions", _decide, methods=["POST"]),
            Route("/thumbnails/{sha256}", _thumbnail),
            Route("/pictures/{sha256}", _picture),
        ],
        exception_handlers={NLCLBenchError: _problem, HTTPException: _problem},
    )
    assets = {path.name: path.read_bytes() for path in (files("collection_tools.review") / "assets").iterdir()}
    small, full = asyncio.Semaphore(2), asyncio.Semaphore(1)
    app.state.desk = Desk(gallery, journal, Thumbnails(gallery.store), small, full, assets)
    return app


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _problem(_request: Request, error: Exception) -> Response:
    """Answer with the error as a sentence; 507 is what the page tries again."""
    if isinstance(error, HTTPException):
        return JSONResponse({"problem": error.detail}, error.status_code, error.headers)
    status = 507 if isinstance(error, StorageError) else 422 if isinstance(error, InputError) else 500
    return JSONResponse({"problem": str(error)}, status)


def _index(request: Request) -> Response:
    return Response(_desk(request).assets["index.html"], media_type="text/html")


def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    data = _desk(request).assets.get(name)
    if data is None:
        raise HTTPException(404, "there is no such file")
    return Response(data, media_type=_TYPES["." + name.rpartition(".")[2]])


def _photo(request: Request) -> Photo:
    gallery = _desk(request).gallery
    place = gallery.places.get(request.path_params["sha256"])
    if place is None:
        raise HTTPException(404, "there is no such photograph here")
    return gallery.photos[place]


def _photos(request: Request) -> Response:
    desk = _desk(request)
    try:
        query = Query.model_validate(dict(request.query_params))
    except ValidationError as error:
        raise HTTPException(422, first_problem(error)) from error
    return JSONResponse(listing(desk.gallery, desk.journal.holds, query))


def _details(request: Request) -> Response:
    desk, photo = _desk(request), _photo(request)
    return JSONResponse(details(desk.gallery, photo, desk.journal.holds.get(photo.sha256)))


async def _thumbnail(request: Request) -> Response:
    desk, photo = _desk(request), _photo(request)
    data = desk.thumbnails.cached(photo.sha256)
    if data is None:
        async with desk.small:
            if await request.is_disconnected():  # the reader went on to another page
                return Response(status_code=499)
            data = await run_in_threadpool(lambda: desk.thumbnails.make(desk.gallery.rows[photo.sha256]))
    return Response(data, media_type="image/jpeg")


async def _picture(request: Request) -> Response:
    desk, photo = _desk(request), _photo(request)
    async with desk.full:
        if await request.is_disconnected():
            return Response(status_code=499)
        row = desk.gallery.rows[photo.sha256]
        return Response(await run_in_threadpool(full_size, desk.gallery.store, row), media_type="image/jpeg")


async def _decide(request: Request) -> Response:
    desk = _desk(request)
    try:
        decision = Decision.model_validate_json(await _body(request))
    except ValidationError as error:
        raise HTTPException(422, first_problem(error)) from error
    _check(decision, desk.gallery)
    noted = await run_in_threadpool(desk.journal.add, decision)
    place = desk.gallery.places.get(noted.sha256)
    holds = desk.journal.holds.get(noted.sha256)
    photo = None if place is None else summary(desk.gallery.photos[place], holds)
    return JSONResponse({"line": noted.line, "sha256": noted.sha256, "photo": photo})


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type") != "application/json":
        raise HTTPException(415, "a decision is JSON")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, f"a decision is at most {LARGEST_BODY} bytes", {"connection": "close"})
    return body


def _check(decision: Decision, gallery: Gallery) -> None:
    """Refuse what concerns a photograph that is not here, and boxes that lie outside it."""
    if decision.sha256 is None:
        return
    place = gallery.places.get(decision.sha256)
    if place is None:
        raise HTTPException(404, "there is no such photograph here")
    photo = gallery.photos[place]
    for box in decision.boxes or ():
        if box.left + box.width > photo.width or box.top + box.height > photo.height:
            raise HTTPException(422, f"a box reaches out of the picture of {photo.width} x {photo.height} pixels")
