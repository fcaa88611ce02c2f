"""Malformed and hostile requests, as bytes, each with the statuses that refuse it for its fault."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle, product
from urllib.parse import quote

SECRET = "0123456789abcdef" * 4
SQL = (
    "' OR '1'='1",
    "'; DROP TABLE answers; --",
    '" UNION SELECT kept_token FROM participants --',
    "1); DELETE FROM participants; --",
    "\\'; PRAGMA writable_schema=1; --",
    "%27%20OR%201=1",
)
SCRIPT = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "{{constructor.constructor('return 1')()}}",
    "${7*7}<svg/onload=alert(1)>",
)
WRONG_TYPES = (True, 7, -1.5, "", " ", "x" * 6000, [], ["x"], {}, {"$ne": 1}, {"toString": "x"})


@dataclass(frozen=True)
class Attack:
    """One request.

    Attributes:
        kind: what is wrong with it.
        name: what exactly.
        sent: the bytes of the whole request.
        refused: statuses that refuse it for that.
    """

    kind: str
    name: str
    sent: bytes
    refused: frozenset[int]


@dataclass(frozen=True)
class Holder:
    """A participant at work, whose token the attacker has.

    Attributes:
        token: theirs.
        items: ids of the items that they are asked about a problem.
        answered, ahead: ids of a problem that they answered and of one that they did not.
    """

    token: str
    items: tuple[str, ...]
    answered: str
    ahead: str

    def answer(self, **changes: object) -> dict[str, object]:
        """A sound answer to the problem ahead, changed."""
        points = dict.fromkeys(self.items, 3)
        sound = {"trial": self.ahead, "kind": "problem", "answers": points, "seconds": 9.5}
        return sound | changes


@dataclass(frozen=True)
class Targets:
    """What an attacker may know or hold.

    Attributes:
        holders: participants at work, at least two.
        left, finished: tokens of someone who left and of someone who finished.
        pid: a platform's id that has a place already, under another secret.
    """

    holders: tuple[Holder, ...]
    left: str
    finished: str
    pid: str


def http(
    method: str,
    path: str,
    body: bytes = b"",
    *,
    token: str | bytes = "",
    headers: Iterable[tuple[str, str | bytes]] = (),
    json_type: bool = True,
) -> bytes:
    """A request on the wire; its length is told, unless a header tells another one."""
    told = {name.lower() for name, _ in headers}
    lines = [f"{method} {path} HTTP/1.1".encode("latin-1")]
    if "host" not in told:
        lines.append(b"Host: localhost")
    if body and not told & {"content-length", "transfer-encoding"}:
        lines.append(b"Content-Length: %d" % len(body))
    if json_type and "content-type" not in told:
        lines.append(b"Content-Type: application/json")
    if token:
        lines.append(b"Authorization: Bearer " + _bytes(token))
    lines += [name.encode() + b": " + _bytes(value) for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def attacks(targets: Targets) -> Iterator[Attack]:
    """All of them; the tokens are used in turn, so that nobody's rate is met by accident."""
    holders = cycle(targets.holders)
    for make in (_types, _injections, _points, _bodies, _sizes, _replays):
        yield from make(targets, holders)
    for make in (_tokens, _methods, _traversal, _headers):
        yield from make(targets)


def _post(path: str, body: object, token: str = "") -> bytes:
    return http("POST", f"/api/{path}", json.dumps(body).encode(), token=token)


def _types(targets: Targets, holders: Iterator[Holder]) -> Iterator[Attack]:
    schema = frozenset({422})
    for field, value in product(("secret", "pid", "study", "session"), WRONG_TYPES):
        sent = _post("enrol", {"secret": SECRET, field: value})
        yield Attack("wrong type", f"{field} {value!r:.20}", sent, schema)
    for field, value in product(("trial", "kind", "answers", "seconds"), WRONG_TYPES):
        if (field, value) == ("seconds", 7):
            continue
        who = next(holders)
        sent = _post("answers", who.answer(**{field: value}), who.token)
        yield Attack("wrong type", f"{field} {value!r:.20}", sent, schema)
    for body in ([], None, "text", 3, {"unknown": 1}, {"__proto__": {"state": "finished"}}):
        for path in ("enrol", "answers", "finish", "leave"):
            who = next(holders)
            yield Attack("wrong type", f"{path} {body!r:.20}", _post(path, body, who.token), schema)


def _injections(targets: Targets, holders: Iterator[Holder]) -> Iterator[Attack]:
    for kind, texts in (("SQL text", SQL), ("script text", SCRIPT)):
        for text in texts:
            for field in ("secret", "pid"):
                body = {"secret": SECRET, field: text}
                yield Attack(kind, field, _post("enrol", body), frozenset({422}))
            for field in ("trial", "kind", "seconds"):
                who = next(holders)
                sent = _post("answers", who.answer(**{field: text}), who.token)
                yield Attack(kind, field, sent, frozenset({422}))
            who = next(holders)
            for name, points in (("item", {text: 3}), ("point", {who.items[0]: text})):
                body = who.answer(answers=dict.fromkeys(who.items, 3) | points)
                yield Attack(kind, name, _post("answers", body, who.token), frozenset({422}))
            yield Attack(kind, "token", _post("answers", who.answer(), text), frozenset({401}))
            path = http("GET", f"/api/answers?trial={quote(text)}")
            yield Attack(kind, "query", path, frozenset({405}))


def _points(targets: Targets, holders: Iterator[Holder]) -> Iterator[Attack]:
    """JSON of the right shape that no page could send."""
    for value in (0, 6, -1, 10**40, 3.0, True, "3", None, [3]):
        who = next(holders)
        body = who.answer(answers=dict.fromkeys(who.items, 3) | {who.items[0]: value})
        yield Attack(
            "not asked", f"point {value!r:.9}", _post("answers", body, who.token), _of(422)
        )
    for name, change in (
        ("seconds", {"seconds": -1}),
        ("seconds", {"seconds": 1e300}),
        ("another's problem", {"trial": "problem-99"}),
        ("problem as check", {"kind": "check"}),
        ("problem as practice", {"kind": "practice"}),
        ("consent withheld", _trial("consent", {"consent": False})),
        ("consent as number", _trial("consent", {"consent": 1})),
        ("check as problem", {"trial": "check_1", "answers": {"check_1": 4}}),
        ("comment as number", _trial("comment", {"comment": 3})),
        ("comment with control characters", _trial("comment", {"comment": "a\x00b\x1b[2J"})),
        ("comment too long", _trial("comment", {"comment": "x" * 5001})),
        ("no items", {"answers": {}}),
        ("too many items", {"answers": {f"item{n}": 3 for n in range(500)}}),
    ):
        who = next(holders)
        yield Attack("not asked", name, _post("answers", who.answer(**change), who.token), _of(422))


def _trial(kind: str, answers: dict[str, object]) -> dict[str, object]:
    return {"trial": kind, "kind": kind, "answers": answers}


def _bodies(targets: Targets, holders: Iterator[Holder]) -> Iterator[Attack]:
    for name, body in (
        ("cut short", b'{"secret": "0123'),
        ("no JSON", b"secret=0123"),
        ("two values", b"{}{}"),
        ("trailing comma", b'{"secret": "x",}'),
        ("single quotes", b"{'secret': 'x'}"),
        ("comment", b"{} // x"),
        ("bad UTF-8", b'{"secret": "\xff\xfe"}'),
        ("overlong UTF-8", b'{"secret": "\xc0\xaf"}'),
        ("half a surrogate", rb'{"secret": "\ud800"}'),
        ("byte order mark", b"\xef\xbb\xbf{}"),
        ("UTF-16", json.dumps({"secret": SECRET}).encode("utf-16")),
        ("NUL bytes", b"\0\0\0\0"),
        ("deep nesting", b"[" * 50_000),
        ("deep objects", b'{"a":' * 10_000),
        ("endless number", b'{"secret": ' + b"9" * 60_000 + b"}"),
        ("XML", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>'),
    ):
        for path in ("enrol", "answers"):
            who = next(holders)
            sent = http("POST", f"/api/{path}", body, token=who.token)
            yield Attack("bad JSON", f"{path} {name}", sent, _of(400))


def _sizes(targets: Targets, holders: Iterator[Holder]) -> Iterator[Attack]:
    for path, size in product(("enrol", "answers", "finish", "leave"), (65_537, 1_000_000)):
        who = next(holders)
        body = b'{"secret": "' + b"a" * size + b'"}'
        sent = http("POST", f"/api/{path}", body, token=who.token)
        yield Attack("huge body", f"{path} {size}", sent, _of(413))
        chunk = b"%x\r\n" % size + b"a" * size + b"\r\n0\r\n\r\n"
        chunked = [("Transfer-Encoding", "chunked")]
        sent = http("POST", f"/api/{path}", chunk, token=who.token, headers=chunked)
        yield Attack("huge body", f"{path} {size} in chunks", sent, _of(413))
    for length in ("99999999999", "18446744073709551616"):
        sent = http("POST", "/api/enrol", b"{}", headers=[("Content-Length", length)])
        yield Attack("huge body", f"says {length}", sent, _of(413))
    bomb = gzip.compress(b'{"secret": "' + b"a" * 10_000_000 + b'"}')
    sent = http("POST", "/api/enrol", bomb, headers=[("Content-Encoding", "gzip")])
    yield Attack("huge body", "compressed", sent, _of(415))


def _replays(targets: Targets, holders: Iterator[Holder]) -> Iterator[Attack]:
    consent = _trial("consent", {"consent": True}) | {"seconds": 1}
    for who in targets.holders:
        again = who.answer(trial=who.answered, seconds=99)
        for name, body, status in (
            ("other seconds", again, 409),
            ("other points", again | {"answers": dict.fromkeys(who.items, 5)}, 409),
            ("consent anew", consent | {"seconds": 77}, 409),
        ):
            yield Attack("replay", name, _post("answers", body, who.token), _of(status))
        yield Attack("replay", "finished too early", _post("finish", {}, who.token), _of(409))
    for path, body in (("answers", consent), ("finish", {})):
        yield Attack("replay", f"left, {path}", _post(path, body, targets.left), _of(410))
    late = _trial("comment", {"comment": "one more"}) | {"seconds": 1}
    for path, body in (("answers", late), ("answers", consent | {"seconds": 2}), ("leave", {})):
        yield Attack("replay", f"finished, {path}", _post(path, body, targets.finished), _of(409))
    stolen = {"secret": SECRET, "pid": targets.pid}
    yield Attack("replay", "another's platform id", _post("enrol", stolen), _of(409))


def _tokens(targets: Targets) -> Iterator[Attack]:
    one, two = (who.token for who in targets.holders[:2])
    name, _, proof = one.partition(".")
    other_name, _, other_proof = two.partition(".")
    guesses: tuple[str | bytes, ...] = (
        " ",
        "null",
        name,
        f"{name}.",
        f".{proof}",
        f"{name}.{other_proof}",
        f"{other_name}.{proof}",
        f"{name}.{'0' * 64}",
        f"{name}.{proof[:-1]}",
        f"{name}.{proof}0",
        f"{name}.{proof.upper()}",
        f"{name.upper()}.{proof}",
        f"{name}.{proof}.{proof}",
        f"{proof}.{name}",
        f"%{name}.{proof}",
        f"{name}%2e{proof}",
        f"{one}, {two}",
        f"{name}.{proof}'--",
        f"{name}\xff.{proof}".encode("latin-1"),
        "a" * 8000,
    )
    sound = json.dumps(targets.holders[0].answer()).encode()
    for path, guess in product(("answers", "finish", "leave"), guesses):
        body = sound if path == "answers" else b"{}"
        sent = http("POST", f"/api/{path}", body, token=guess)
        yield Attack("guessed token", f"{path} {guess!r:.24}", sent, _of(401))
    for title, headers, path in (
        ("as cookie", [("Cookie", f"token={one}")], "/api/leave"),
        ("in the query", [], f"/api/leave?token={one}"),
        ("another scheme", [("Authorization", f"Basic {one}")], "/api/leave"),
        ("no scheme", [("Authorization", one)], "/api/leave"),
        ("another header", [("X-Authorization", f"Bearer {one}")], "/api/leave"),
        ("two", [("Authorization", f"Bearer {t}") for t in (one, two)], "/api/leave"),
    ):
        sent = http("POST", path, b"{}", headers=headers)
        yield Attack("guessed token", title, sent, _of(401))


def _methods(targets: Targets) -> Iterator[Attack]:
    writing = ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "LOCK", "post")
    for method, path in product((*writing, "GET", "HEAD"), ("enrol", "answers", "finish", "leave")):
        yield Attack("wrong method", f"{method} {path}", http(method, f"/api/{path}"), _of(405))
    for method, path in product((*writing, "POST"), ("/", "/index.html", "/study.json", "/new")):
        sent = http(method, path, b"{}", token=targets.holders[0].token)
        yield Attack("wrong method", f"{method} {path}", sent, _of(405))
    for path in ("", "/", "/export", "/participants", "/answers/problem-0", "/enrol/", "/.git"):
        yield Attack("wrong method", f"GET /api{path}", http("GET", f"/api{path}"), _of(404))


def _traversal(targets: Targets) -> Iterator[Attack]:
    ups = ("..", "%2e%2e", "%252e%252e", "..%2f..", "..%5c..", "....", ".%00.", "%c0%ae%c0%ae")
    ends = ("data/study.db", "data/study.db.key", "etc/passwd")
    for up, end in product(ups, ends):
        yield Attack("traversal", f"{up} {end}", http("GET", f"/{up}/{end}"), _of(404))
        sent = http("GET", f"/page.js/{up}/{up}/{end}")
        yield Attack("traversal", f"page.js {up} {end}", sent, _of(404))
    for path in ("//etc/passwd", "/%2fetc/passwd", "/C:%5cboot.ini", "/study.db", "/study.db-wal"):
        yield Attack("traversal", path, http("GET", path), _of(404))
    for path in ("/page.js%00", "/" + "a" * 5000, "/%ff%fe", "/.env", "/.git/config"):
        yield Attack("traversal", path[:20], http("GET", path), _of(404))


def _headers(targets: Targets) -> Iterator[Attack]:
    sound = json.dumps({"secret": SECRET}).encode()
    length = str(len(sound))
    for kind in ("text/plain", "text/html", "multipart/form-data; boundary=x", "application/xml"):
        sent = http("POST", "/api/enrol", sound, headers=[("Content-Type", kind)])
        yield Attack("header trick", f"type {kind}", sent, _of(415))
    plain = http("POST", "/api/enrol", sound, json_type=False)
    yield Attack("header trick", "no type", plain, _of(415))
    for name, headers, refused in (
        ("two types", [("Content-Type", "text/plain"), ("Content-Type", "application/json")], 415),
        ("two lengths", [("Content-Length", length), ("Content-Length", "3")], 400),
        ("length and chunks", [("Content-Length", length), ("Transfer-Encoding", "chunked")], 400),
        ("no number as length", [("Content-Length", "0x10")], 400),
        ("negative length", [("Content-Length", "-1")], 400),
        ("signed length", [("Content-Length", f"+{length}")], 400),
        ("unknown coding", [("Transfer-Encoding", "gzip, chunked")], 400),
        ("two hosts", [("Host", "a"), ("Host", "b")], 400),
        ("another method", [("X-HTTP-Method-Override", "DELETE"), ("Content-Length", "0")], 400),
        ("huge header", [("X-Padding", "a" * 70_000)], 431),
        ("many headers", [(f"X-{n}", "a" * 100) for n in range(700)], 431),
        ("NUL in a header", [("X-Name", "a\0b")], 400),
        ("encoded body", [("Content-Encoding", "br")], 415),
    ):
        sent = http("POST", "/api/enrol", sound, headers=headers)
        yield Attack("header trick", name, sent, _of(refused))
    chunked = [("Transfer-Encoding", "chunked")]
    for name, sent in (
        ("spoilt chunk", http("POST", "/api/enrol", b"zz\r\n" + sound, headers=chunked)),
        ("no host", b"POST /api/enrol HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"),
        ("no version", b"GET /\r\n\r\n"),
        ("HTTP/x", b"GET / HTTP/x\r\nHost: x\r\n\r\n"),
        ("split line", b"GET /a\r\nX: y HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("space before colon", b"GET / HTTP/1.1\r\nHost : x\r\n\r\n"),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64),
        ("binary target", b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("header without colon", b"GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"),
    ):
        yield Attack("header trick", name, sent, _of(400))


def _of(*statuses: int) -> frozenset[int]:
    return frozenset(statuses)


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")
