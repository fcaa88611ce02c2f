"""The server: what a page can do, what nobody can, and what is never served."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from artifact.common.errors import InputError
from artifact.study.collection.database import open_database
from artifact.study.collection.guard import Limits, RateLimit
from artifact.study.collection.server import build_app, serve
from artifact.study.collection.store import Store
from artifact.study.instrument.completion import Completion
from artifact.study.instrument.manifest import Manifest, read_manifest

LOOSE = RateLimit(burst=10_000, per_second=1)
LIMITS = Limits(connection=LOOSE, participant=LOOSE, enrolments=LOOSE)
SECRET = "0123456789abcdef" * 2
CONSENT = {"trial": "consent", "kind": "consent", "answers": {"consent": True}, "seconds": 2.5}


@pytest.fixture
def page(built_page: Callable[..., Path]) -> Path:
    return built_page()


@pytest.fixture
def manifest(page: Path) -> Manifest:
    return read_manifest(page)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


@pytest.fixture
def store(database: Path, manifest: Manifest) -> Iterator[Store]:
    with closing(Store(database, manifest)) as opened:
        yield opened


@pytest.fixture
def client(page: Path, store: Store) -> TestClient:
    return TestClient(build_app(page, store, LIMITS))


def enrol(client: TestClient, secret: str = SECRET, **ids: str) -> dict[str, str]:
    """The header that proves who asks."""
    answer = client.post("/api/enrol", json={"secret": secret, **ids})
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def contents(database: Path) -> list[str]:
    with closing(open_database(database)) as rows:
        return list(rows.iterdump())


def test_a_whole_session(client: TestClient, manifest: Manifest) -> None:
    arrived = client.post("/api/enrol", json={"secret": SECRET, "pid": "p1", "study": "s1"})
    assert arrived.status_code == 201
    place = arrived.json()
    assert set(place) == {"token", "group", "problems"}
    again = client.post("/api/enrol", json={"secret": SECRET})
    assert (again.status_code, again.json()) == (200, place)
    assert client.post("/api/enrol", json={"secret": "f" * 32, "pid": "p1"}).status_code == 409

    who = {"Authorization": f"Bearer {place['token']}"}
    trials = trials_of(place, manifest)
    for trial in trials:
        early = client.post("/api/finish", json={}, headers=who)
        assert early.status_code == 409
        assert trial["trial"] in early.json()["missing"]
        for _ in range(2):
            stored = client.post("/api/answers", json=trial, headers=who)
            assert (stored.status_code, stored.json()) == (200, {"stored": True})
    other = client.post("/api/answers", json=trials[-1] | {"seconds": 9}, headers=who)
    assert other.status_code == 409
    done = [client.post("/api/finish", json={}, headers=who) for _ in range(2)]
    assert [answer.status_code for answer in done] == [200, 200]
    assert done[0].json() == done[1].json()
    assert set(done[0].json()) == {"code"}
    assert client.post("/api/leave", json={}, headers=who).status_code == 409


def trials_of(place: Mapping[str, Any], manifest: Manifest) -> list[dict[str, Any]]:
    """All that someone with this place in the study answers, in order."""
    trials: list[dict[str, Any]] = [CONSENT]
    for shown in place["problems"]:
        points = {item.id: 2 for item in manifest.asked(place["group"], shown)}
        trials.append({"trial": shown, "kind": "problem", "answers": points, "seconds": 40})
    trials += [
        {"trial": check.id, "kind": "check", "answers": {check.id: 4}, "seconds": 1}
        for check in manifest.questionnaire.checks
    ]
    return trials


def finished(client: TestClient, manifest: Manifest) -> dict[str, str]:
    """What someone is answered who goes through the whole study."""
    place = client.post("/api/enrol", json={"secret": SECRET}).json()
    who = {"Authorization": f"Bearer {place['token']}"}
    for trial in trials_of(place, manifest):
        assert client.post("/api/answers", json=trial, headers=who).status_code == 200
    return dict(client.post("/api/finish", json={}, headers=who).json())


def test_one_code_for_all_and_the_way_back_come_at_the_end_only(
    page: Path, database: Path, manifest: Manifest
) -> None:
    completion = Completion("C0DE", "https://example.org/done?cc={code}")
    with closing(Store(database, manifest, code=completion.code)) as store:
        client = TestClient(build_app(page, store, LIMITS, completion))
        assert "C0DE" not in client.get("/study.json").text
        end = finished(client, manifest)
    assert end == {"code": "C0DE", "return_url": "https://example.org/done?cc=C0DE"}


def test_a_draft_is_refused_in_one_line_unless_asked_for(
    built_page: Callable[..., Path], database: Path
) -> None:
    page = built_page(open_places=["[name of the\n  institution]", "[age]"])
    with pytest.raises(InputError) as caught:
        serve(page, database, host="127.0.0.1", port=0)
    said = str(caught.value)
    assert "is a draft: [name of the institution] and 1 more must still be completed" in said
    assert "`--draft`" in said
    assert "\n" not in said
    assert not database.exists()
    with pytest.raises(InputError, match="is not a port"):
        serve(page, database, host="127.0.0.1", port=-1, draft=True)


def test_leaving_frees_the_place_once(client: TestClient) -> None:
    who = enrol(client)
    for _ in range(2):
        assert client.post("/api/leave", json={}, headers=who).status_code == 200
    assert client.post("/api/answers", json=CONSENT, headers=who).status_code == 410
    assert client.post("/api/enrol", json={"secret": SECRET}).status_code == 410


def test_the_page_is_served_with_its_headers(client: TestClient) -> None:
    answer = client.get("/?PROLIFIC_PID=p1")
    assert answer.status_code == 200
    assert "<title>Study</title>" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *[(m, "/api/enrol", 405) for m in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")],
        ("GET", "/api/answers", 405),
        ("GET", "/api/finish", 405),
        ("GET", "/api", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/answers/q1", 404),
        ("POST", "/api/enrol/", 404),
        ("POST", "/api/export", 404),
        ("POST", "/", 405),
        ("PUT", "/index.html", 405),
        ("DELETE", "/study.json", 405),
        ("GET", "/../study.db", 404),
        ("GET", "/%2e%2e/study.db", 404),
        ("GET", "/..%2fstudy.db.key", 404),
        ("GET", "/..%5cstudy.db", 404),
        ("GET", "//etc/passwd", 404),
        ("GET", "/index.html%00.png", 404),
    ],
)
def test_there_is_nothing_else(client: TestClient, method: str, path: str, status: int) -> None:
    assert client.request(method, path).status_code == status


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, CONSENT, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, CONSENT, 415),
        ({"Content-Encoding": "gzip"}, CONSENT, 415),
        ({}, CONSENT | {"seconds": "x" * 70_000}, 413),
        ({}, CONSENT | {"seconds": "2.5"}, 422),
        ({}, CONSENT | {"trial": "q0"}, 422),
        ({"Authorization": ""}, CONSENT, 401),
        ({"Authorization": "Bearer"}, CONSENT, 401),
        ({"Authorization": "Bearer x"}, CONSENT, 401),
        ({"Authorization": "Basic eDp5"}, CONSENT, 401),
        ({"Authorization": "Bearer ü".encode("latin-1")}, CONSENT, 401),
    ],
)
def test_what_is_refused_changes_nothing(
    client: TestClient, database: Path, headers: dict[str, Any], body: Any, status: int
) -> None:
    sent = {"Content-Type": "application/json"} | enrol(client) | headers
    before = contents(database)
    answer = client.post("/api/answers", content=json.dumps(body), headers=sent)
    assert answer.status_code == status
    assert contents(database) == before


def test_two_tokens_at_once_are_none(client: TestClient) -> None:
    one, two = enrol(client, "1" * 32), enrol(client, "2" * 32)
    both = [*one.items(), *two.items()]
    assert client.post("/api/answers", json=CONSENT, headers=both).status_code == 401


def test_a_refusal_repeats_nothing(client: TestClient) -> None:
    who = enrol(client)
    mark = "<script>alert(1)</script>"
    for sent in (
        CONSENT | {"trial": mark},
        CONSENT | {"answers": {"consent": mark}},
        CONSENT | {mark: 1},
    ):
        answer = client.post("/api/answers", json=sent, headers=who)
        assert answer.status_code == 422
        assert "script" not in answer.text


def test_each_participant_and_all_arrivals_have_a_rate(page: Path, store: Store) -> None:
    few = RateLimit(burst=2, per_second=0.01)
    limits = Limits(connection=LOOSE, participant=few, enrolments=few)
    client = TestClient(build_app(page, store, limits))
    one, two = enrol(client, "1" * 32), enrol(client, "2" * 32)
    refused = client.post("/api/enrol", json={"secret": "3" * 32})
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "100"
    statuses = [
        client.post("/api/answers", json=CONSENT, headers=who).status_code
        for who in (one, one, one, two)
    ]
    assert statuses == [200, 200, 429, 200]


def test_a_disk_that_fails_is_said_and_not_acknowledged(
    client: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    who = enrol(client)
    monkeypatch.setattr(store, "record", fail)
    answer = client.post("/api/answers", json=CONSENT, headers=who)
    assert (answer.status_code, answer.json()) == (503, {"error": "cannot be stored now"})
    assert capsys.readouterr().err == ("artifact: the database failed (database or disk is full)\n")


def test_a_database_in_the_pages_folder_is_not_served(page: Path) -> None:
    with pytest.raises(InputError, match="would be served to everyone"):
        serve(page, page / "data" / "study.db", host="127.0.0.1", port=0)


@pytest.mark.parametrize(
    ("host", "port", "fault"),
    [
        ("127.0.0.1", 70_000, "70000 is not a port"),
        ("no.such.host.invalid", 0, r"cannot listen on no\.such\.host\.invalid port 0"),
    ],
)
def test_an_address_that_cannot_be_had_is_named(
    page: Path, database: Path, host: str, port: int, fault: str
) -> None:
    with pytest.raises(InputError, match=fault):
        serve(page, database, host=host, port=port)
    assert not database.exists()
