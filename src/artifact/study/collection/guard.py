"""Limits on every request, and security headers on every response, whatever the path.

Nothing here looks at an address. Rates are limited per connection (a flood through one), per
participant (a page that keeps sending) and for all enrolments together (a flood of
participants); the counts are lost with the process. A server that faces the open internet
belongs behind a proxy, which also brings TLS.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import h11
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

API = "/api"

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every response: nothing from other hosts, nothing inline, no framing."""

CLOSE = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """`burst` requests at once, then `per_second`."""

    burst: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on requests, connections and participants.

    Attributes:
        head_bytes: size of a request's target and headers.
        body_bytes: size of a request's body; the longest valid one is under 30 KiB.
        body_seconds: time until the whole body has arrived.
        head_seconds: time until the whole request line and headers have arrived; also how long an
            idle connection is kept.
        connections: open at once; a further one is answered 503.
        connection: requests through one connection. A proxy sends those of many people.
        participant: answers of one participant; a session is about twenty.
        enrolments: new participants of the whole study.
        remembered: how many of the latest connections and participants are counted.
    """

    head_bytes: int = 16 * 1024
    body_bytes: int = 64 * 1024
    body_seconds: float = 10.0
    head_seconds: float = 10.0
    connections: int = 800
    connection: RateLimit = RateLimit(burst=200, per_second=50)
    participant: RateLimit = RateLimit(burst=60, per_second=2)
    enrolments: RateLimit = RateLimit(burst=400, per_second=10)
    remembered: int = 4096


class RateLimiter:
    """Token buckets by key, the latest `remembered` of them.

    `clock` gives seconds and never runs backwards.
    """

    def __init__(
        self, limit: RateLimit, remembered: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._remembered, self._clock = limit, remembered, clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def admit(self, key: Hashable) -> None:
        """Admit one request of `key`.

        Raises:
            HTTPException: 429 with the seconds to wait, if there were too many.
        """
        now = self._clock()
        left, since = self._buckets.pop(key, (self._limit.burst, now))
        left = min(self._limit.burst, left + (now - since) * self._limit.per_second)
        passes = left >= 1
        self._buckets[key] = (left - 1 if passes else left, now)
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        if not passes:
            wait = math.ceil((1 - left) / self._limit.per_second)
            raise HTTPException(429, "too many requests", headers={"Retry-After": str(wait)})


class Guard:
    """ASGI middleware: checks every request and adds headers to every response."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits
        self._connections = RateLimiter(limits.connection, limits.remembered)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI); 400, 429 and 431 come from here, all else from within."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(PAGE_HEADERS)
                # The page may be rebuilt between two visits, and an answer must not be cached.
                api = scope["path"].startswith(f"{API}/")
                headers["Cache-Control"] = "no-store" if api else "no-cache"
            await send(message)

        try:
            # A salted hash, so that no addresses are kept, not even in memory.
            self._connections.admit(hash(scope["client"]))
            _check_head(scope, self._limits)
        except HTTPException as refusal:
            await refusal_response(refusal)(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)


def refusal_response(refusal: HTTPException) -> JSONResponse:
    """The refusal as JSON; nothing of the request is in it."""
    return JSONResponse({"error": refusal.detail}, refusal.status_code, headers=refusal.headers)


def _check_head(scope: Scope, limits: Limits) -> None:
    size = len(scope["raw_path"]) + len(scope["query_string"])
    size += sum(len(name) + len(value) for name, value in scope["headers"])
    if size > limits.head_bytes:
        raise HTTPException(431, "head too large", headers=CLOSE)
    # A proxy and this server must never disagree about where a request ends.
    headers = Headers(scope=scope)
    if "transfer-encoding" in headers and "content-length" in headers:
        raise HTTPException(400, "two lengths given", headers=CLOSE)


async def read_body(request: Request, limits: Limits) -> bytes:
    """The whole body.

    Raises:
        HTTPException: 413 if it is too large, by its header or in fact; 408 if it takes too long;
            400 if the sender disconnects.
    """
    too_large = HTTPException(413, "body too large", headers=CLOSE)
    if int(request.headers.get("content-length", 0)) > limits.body_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limits.body_bytes:
                    raise too_large
    except TimeoutError:
        raise HTTPException(408, "body too slow", headers=CLOSE) from None
    except ClientDisconnect:
        raise HTTPException(400, "body cut short", headers=CLOSE) from None
    return bytes(body)


async def _full(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuses a connection beyond the limit."""
    refusal = HTTPException(503, "too many connections", headers=CLOSE | {"Retry-After": "5"})
    await refusal_response(refusal)(scope, receive, send)


def timed_protocol(limits: Limits) -> type[H11Protocol]:
    """uvicorn's HTTP/1.1 with the time limit on a request's head that uvicorn lacks, and with the
    headers of every other response on those that uvicorn itself gives: to input that is not HTTP,
    and to a connection beyond the limit."""

    class TimedProtocol(H11Protocol):
        deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) >= limits.connections:
                self.app = Guard(_full, limits)
            self.watch()

        def handle_events(self) -> None:
            super().handle_events()
            self.watch()

        def send_400_response(self, msg: str) -> None:
            """Answer input that is not HTTP; `msg` does not say what was sent, and is left out."""
            refusal = refusal_response(HTTPException(400, "not HTTP", headers=CLOSE))
            refusal.headers.update({**PAGE_HEADERS, "Cache-Control": "no-store"})
            head = h11.Response(status_code=400, headers=refusal.raw_headers, reason=b"Bad Request")
            for event in (head, h11.Data(data=bytes(refusal.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
            self.transport.close()

        def connection_lost(self, exc: Exception | None) -> None:
            self.stop_watching()
            super().connection_lost(exc)

        def watch(self) -> None:
            """Wait for a whole head, unless a request is being answered."""
            if self.cycle is not None and not self.cycle.response_complete:
                self.stop_watching()
            elif self.deadline is None:
                self.deadline = self.loop.call_later(limits.head_seconds, self.transport.abort)

        def stop_watching(self) -> None:
            if self.deadline is not None:
                self.deadline.cancel()
                self.deadline = None

    return TimedProtocol
