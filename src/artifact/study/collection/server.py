"""The collection server: the built page at `/`, and the only way to the database under `/api`.

=================  ==============================  ========================================
request            body                            answer
=================  ==============================  ========================================
POST /api/enrol    secret, pid?, study?, session?  201, or 200 for a secret known: token,
                                                   group, problems in this person's order
POST /api/answers  trial, kind, answers, seconds   200 stored (see `manifest` for the kinds)
POST /api/finish   ``{}``                          200 code, return_url?
POST /api/leave    ``{}``                          200 left; answers given are erased
=================  ==============================  ========================================

All but the first need ``Authorization: Bearer`` and the token. Bodies are JSON. A 200 means that
the data are on the disk; the same request again is answered 200 and changes nothing, so a page
may repeat it until it is answered. Refusals: 400 not JSON, 401 no such token, 404 and 405 no such
endpoint, 408 too slow, 409 contradicts what is stored, 410 has left, 413 body too large, 415 not
JSON by its header, 422 not what was asked, 429 too often (``Retry-After`` says when), 431 head
too large, 503 the database fails. Nothing under `/api` answers a GET, and no response repeats
what was sent or stored.
"""

from __future__ import annotations

import ipaddress
import socket
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from artifact.common.errors import InputError
from artifact.study.collection.guard import (
    API,
    Guard,
    Limits,
    RateLimiter,
    read_body,
    refusal_response,
    timed_protocol,
)
from artifact.study.collection.messages import (
    Answer,
    EmptyBody,
    Enrolment,
    Message,
    RefusedError,
    UnfinishedError,
    UnknownTokenError,
    read_message,
)
from artifact.study.collection.store import Store
from artifact.study.instrument.completion import OWN_CODES, Completion
from artifact.study.instrument.manifest import read_manifest

M = TypeVar("M", bound=Message)


class Endpoints:
    """The four requests of a page."""

    def __init__(self, store: Store, limits: Limits, completion: Completion) -> None:
        self._store, self._limits, self._completion = store, limits, completion
        self._enrolments = RateLimiter(limits.enrolments, remembered=1)
        self._participants = RateLimiter(limits.participant, limits.remembered)

    async def enrol(self, request: Request) -> Response:
        """POST /api/enrol."""
        arrival = await self._message(request, Enrolment)
        self._enrolments.admit("all")
        place = await run_in_threadpool(self._store.enrol, arrival)
        return JSONResponse(
            {"token": place.token, "group": place.group, "problems": place.problems},
            status_code=201 if place.new else 200,
        )

    async def answers(self, request: Request) -> Response:
        """POST /api/answers."""
        token = self._token(request)
        answer = await self._message(request, Answer)
        await run_in_threadpool(self._store.record, token, answer)
        return JSONResponse({"stored": True})

    async def finish(self, request: Request) -> Response:
        """POST /api/finish."""
        token = self._token(request)
        await self._message(request, EmptyBody)
        code = await run_in_threadpool(self._store.finish, token)
        back = self._completion.way_back(code)
        return JSONResponse({"code": code} | ({"return_url": back} if back else {}))

    async def leave(self, request: Request) -> Response:
        """POST /api/leave."""
        token = self._token(request)
        await self._message(request, EmptyBody)
        await run_in_threadpool(self._store.leave, token)
        return JSONResponse({"left": True})

    def _token(self, request: Request) -> str:
        values = request.headers.getlist("authorization")
        scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
        if scheme.lower() != "bearer" or not token.isascii():
            raise UnknownTokenError("no token")
        self._participants.admit(hash(token))
        return token

    async def _message(self, request: Request, kind: type[M]) -> M:
        types = [
            value.partition(";")[0].strip() for value in request.headers.getlist("content-type")
        ]
        if types != ["application/json"] or "content-encoding" in request.headers:
            raise HTTPException(415, "send application/json")
        return read_message(kind, await read_body(request, self._limits))


def build_app(
    page: Path, store: Store, limits: Limits, completion: Completion = OWN_CODES
) -> ASGIApp:
    """The application: files of `page`, answers into `store`, at the end a way back."""
    endpoints = Endpoints(store, limits, completion)
    routes = [
        Route(f"/{handler.__name__}", handler, methods=["POST"])
        for handler in (endpoints.enrol, endpoints.answers, endpoints.finish, endpoints.leave)
    ]
    app = Starlette(
        routes=[
            Mount(API, Router(routes, redirect_slashes=False)),
            Mount("/", StaticFiles(directory=page, html=True)),
        ],
        exception_handlers=dict.fromkeys((HTTPException, RefusedError, sqlite3.Error), _refuse),
    )
    return Guard(app, limits)


async def _refuse(request: Request, error: Exception) -> Response:
    match error:
        case HTTPException():
            return refusal_response(error)
        case UnfinishedError():
            body = {"error": str(error), "missing": error.missing}
            return JSONResponse(body, error.status)
        case RefusedError():
            return JSONResponse({"error": str(error)}, error.status)
        case _:
            print(f"artifact: the database failed ({error})", file=sys.stderr, flush=True)
            return JSONResponse({"error": "cannot be stored now"}, 503)


def serve(
    page: Path,
    database: Path,
    *,
    host: str,
    port: int,
    completion: Completion = OWN_CODES,
    draft: bool = False,
) -> None:
    """Serve the built page and collect answers until interrupted; port 0 takes a free one.

    Prints one line with the address once it listens. Logs no requests.

    Args:
        page: folder of the built page.
        database: file with the answers; created if it does not exist.
        host, port: where to listen.
        completion: the code and the link back of those who finish.
        draft: whether a page may be served whose texts are not complete.

    Raises:
        InputError: there is no built page, or its texts have open places and `draft` is off; the
            database is another study's or lies in the page's folder; or the address cannot be
            listened on.
    """
    manifest = read_manifest(page)
    if manifest.open_places and not draft:
        raise _unfinished(page, manifest.open_places)
    if database.resolve().is_relative_to(page.resolve()):
        cure = "name a place outside the page's folder"
        raise InputError("would be served to everyone", path=database, cure=cure)
    limits = Limits()
    with (
        _listen(host, port) as listener,
        closing(Store(database, manifest, code=completion.code)) as store,
    ):
        config = uvicorn.Config(
            build_app(page, store, limits, completion),
            http=timed_protocol(limits),
            ws="none",
            lifespan="off",
            access_log=False,
            log_level="warning",
            proxy_headers=False,
            server_header=False,
        )
        address, bound = listener.getsockname()[:2]
        print(f"serving {page} at http://{address}:{bound}/, answers go to {database}", flush=True)
        if not ipaddress.ip_address(address).is_loopback:
            print("answers travel unencrypted: put a proxy with TLS in front", file=sys.stderr)
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])


def _unfinished(page: Path, places: Sequence[str]) -> InputError:
    """Why a draft is refused: participants must not read what nobody has completed."""
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return InputError(
        f"is a draft: {' '.join(places[0].split())}{more} must still be completed in its texts",
        path=page,
        cure="build the page with your own `--texts FILE`, or try the draft with `--draft`",
    )


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port < 2**16:
        raise InputError(f"{port} is not a port", field="port", cure="choose one from 0 to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputError(f"cannot listen on {host} port {port} ({error.strerror})") from None
