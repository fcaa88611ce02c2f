"""Rates, sizes and times: each limit met once from below and once from above."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from artifact.study.collection.guard import (
    PAGE_HEADERS,
    Guard,
    Limits,
    RateLimit,
    RateLimiter,
    read_body,
    refusal_response,
    timed_protocol,
)


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def passes(meter: RateLimiter, key: str = "one") -> bool:
    try:
        meter.admit(key)
    except HTTPException:
        return False
    return True


def test_a_burst_passes_and_then_one_for_each_interval() -> None:
    clock = Clock()
    meter = RateLimiter(RateLimit(burst=3, per_second=2), 10, clock)
    assert [passes(meter) for _ in range(4)] == [True, True, True, False]
    clock.now = 0.5
    assert [passes(meter) for _ in range(2)] == [True, False]
    clock.now = 100
    assert [passes(meter) for _ in range(4)] == [True, True, True, False]


def test_a_refusal_says_when_to_come_again() -> None:
    clock = Clock()
    meter = RateLimiter(RateLimit(burst=1, per_second=0.25), 10, clock)
    meter.admit("one")
    clock.now = 1.5
    with pytest.raises(HTTPException) as caught:
        meter.admit("one")
    assert caught.value.status_code == 429
    assert caught.value.headers == {"Retry-After": "3"}
    clock.now += 3
    assert passes(meter)


def test_keys_have_their_own_rates_and_the_longest_unseen_is_forgotten() -> None:
    meter = RateLimiter(RateLimit(burst=1, per_second=1), remembered=2, clock=Clock())
    assert [passes(meter, key) for key in "abab"] == [True, True, False, False]
    assert passes(meter, "c")
    assert [passes(meter, key) for key in "ba"] == [False, True]


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_no_pattern_of_arrivals_passes_more_than_burst_and_rate(pauses: list[float]) -> None:
    clock = Clock()
    meter = RateLimiter(RateLimit(burst=5, per_second=2), 10, clock)
    passed = 0
    for pause in pauses:
        clock.now += pause
        passed += passes(meter)
    assert passed <= 5 + 2 * clock.now + 1e-6


async def echo_size(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that reads the body within small limits and tells its size."""
    response: Response
    try:
        size = len(await read_body(Request(scope, receive), LIMITS))
        response = PlainTextResponse(str(size))
    except HTTPException as refusal:
        response = refusal_response(refusal)
    await response(scope, receive, send)


LIMITS = Limits(
    head_bytes=600,
    body_bytes=1000,
    body_seconds=0.2,
    head_seconds=0.3,
    connection=RateLimit(burst=3, per_second=1),
)


@pytest.mark.parametrize("path", ["/", "/api/enrol", "/no/such"])
def test_every_response_carries_the_headers(path: str) -> None:
    headers = TestClient(Guard(echo_size, LIMITS)).get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cache-control"] == ("no-store" if path.startswith("/api") else "no-cache")


def test_a_connection_that_asks_too_often_is_told_to_wait() -> None:
    client = TestClient(Guard(echo_size, LIMITS))
    assert [client.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/")
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["x-frame-options"] == "DENY"


def test_a_body_of_two_lengths_is_refused() -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Length": "3"}
    assert TestClient(Guard(echo_size, LIMITS)).post("/", headers=headers).status_code == 400


@pytest.mark.parametrize(("size", "status"), [(400, 200), (600, 431)])
@pytest.mark.parametrize("where", ["query", "header"])
def test_a_head_has_a_greatest_size(size: int, status: int, where: str) -> None:
    client = TestClient(Guard(echo_size, LIMITS), headers={"User-Agent": ""})
    query = "?" + "x" * size if where == "query" else ""
    headers = {"X-Padding": "x" * size} if where == "header" else {}
    assert client.get(f"/{query}", headers=headers).status_code == status


@pytest.mark.parametrize(("size", "status"), [(0, 200), (1000, 200), (1001, 413)])
def test_a_body_has_a_greatest_size(size: int, status: int) -> None:
    assert TestClient(echo_size).post("/", content=b"x" * size).status_code == status


def test_a_body_that_ends_early_is_refused() -> None:
    messages: Iterator[Message] = iter(
        [{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Message:
        return next(messages)

    with pytest.raises(HTTPException, match="cut short"):
        asyncio.run(read_body(Request({"type": "http", "headers": []}, receive), LIMITS))


@contextmanager
def listening(app: ASGIApp, limits: Limits = LIMITS) -> Iterator[tuple[str, int]]:
    """A real server with small limits on a free port of the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app, http=timed_protocol(limits), ws="none", lifespan="off", log_level="error"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            server.should_exit = True
            thread.join()


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: x", b""),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nslow", b"HTTP/1.1 408"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /", b"HTTP/1.1 200"),
    ],
)
def test_nobody_keeps_a_connection_by_being_slow(sent: bytes, answer: bytes) -> None:
    with listening(echo_size) as address, closing(socket.create_connection(address)) as caller:
        caller.sendall(sent)
        start = time.monotonic()
        received = _received(caller)
        assert received[: len(answer)] == answer
        assert bool(received) == bool(answer)
        assert time.monotonic() - start < 3


def _received(caller: socket.socket) -> bytes:
    """All that is sent until the connection ends, within five seconds."""
    caller.settimeout(5)
    received = b""
    try:
        while chunk := caller.recv(4096):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def _answer(caller: socket.socket) -> str:
    """`_received` as text in lower case, since headers have no case."""
    return _received(caller).decode("latin-1").lower()


def _without(answer: str) -> list[str]:
    return [name for name in PAGE_HEADERS if f"\r\n{name.lower()}: " not in answer]


def test_what_is_no_http_gets_the_headers_too() -> None:
    with listening(echo_size) as address, closing(socket.create_connection(address)) as caller:
        caller.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
        answer = _answer(caller)
    assert answer.startswith("http/1.1 400")
    assert not _without(answer)
    assert "cache-control: no-store" in answer


def test_one_connection_too_many_is_told_so_with_the_headers() -> None:
    few = replace(LIMITS, connections=2, head_seconds=5.0)
    with listening(Guard(echo_size, few), few) as address, ExitStack() as open_ones:
        first, second = (
            open_ones.enter_context(closing(socket.create_connection(address))) for _ in range(2)
        )
        request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        second.sendall(request)
        answer = _answer(second)
        assert answer.startswith("http/1.1 503")
        assert "retry-after: " in answer
        assert not _without(answer)
        first.sendall(request)
        assert _answer(first).startswith("http/1.1 200")
