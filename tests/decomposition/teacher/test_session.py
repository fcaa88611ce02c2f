"""A lesson: which answers make a record, and that none is asked for twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from artifact.decomposition.teacher.endpoint import Endpoint
from artifact.decomposition.teacher.prompts import KINDS, Kind, read_prompts
from artifact.decomposition.teacher.selection import choose
from artifact.decomposition.teacher.session import Outcome, Task, opened

Server = Any


def task(server: Server, kinds: tuple[Kind, ...] = KINDS, **changes: Any) -> Task:
    chosen = choose("cotempqa", "lookalike", n=len(server.problems), seed=3, skip_bad=False)
    assert chosen.problems == server.problems
    return Task(chosen, read_prompts(), kinds, "teacher", "summariser", **changes)


def run(server: Server, out: Path, task: Task) -> Outcome:
    endpoint = Endpoint(server.url, timeout=30, retries=0)
    with opened(task, out, endpoint, endpoint) as session:
        return session.run(lambda line: None)


def left(server: Server, out: Path, task: Task) -> list[Kind]:
    endpoint = Endpoint(server.url, timeout=30, retries=0)
    with opened(task, out, endpoint, endpoint) as session:
        return [request.kind for request in session.requests_left()]


UNUSABLE: dict[str, tuple[Kind, dict[str, Any], str]] = {
    "no reasoning": ("traces", {"text": "right"}, "traces: no reasoning"),
    "cut": ("traces", {"text": "x", "finish": "length"}, "traces: cut short"),
    "empty": ("explanations", {"text": " "}, "explanations: no final text"),
    "nothing": ("explanations", {"text": None}, "explanations: no final text"),
    "long": (
        "summaries",
        {"text": "word " * 100},
        "summaries: 100 words, where fewer than 100 were asked for",
    ),
}


@pytest.mark.parametrize(("kind", "reply", "why"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_answer_of_which_no_record_can_be_made(
    server: Server, tmp_path: Path, kind: Kind, reply: dict[str, Any], why: str
) -> None:
    """It is set aside with the reason, and not asked for again: it would cost again."""
    first = server.problems[0].id
    kinds = {"traces": 1, "summaries": 2, "explanations": 3}

    def script(number: int, request: dict[str, Any]) -> Any:
        return server.says(**reply) if number == kinds[kind] - 1 else server.teaches(request)

    server.script = script
    out = tmp_path / "r1.jsonl"
    outcome = run(server, out, task(server))
    assert list(outcome.unusable) == [first]
    assert outcome.unusable[first].startswith(why)
    assert len(outcome.kept) == len(server.problems) - 1
    assert f"unusable: {first}: {why}" in outcome.as_text()
    asked = len(server.requests)
    assert left(server, out, task(server)) == []
    assert run(server, out, task(server)) == outcome
    assert len(server.requests) == asked


def test_of_a_failure_only_what_is_missing_is_asked_again(server: Server, tmp_path: Path) -> None:
    """The trace was paid for."""
    server.script = lambda number, asked: (
        server.refuses(503) if number == 2 else server.teaches(asked)
    )
    out = tmp_path / "r1.jsonl"
    outcome = run(server, out, task(server))
    assert outcome.failed == {server.problems[0].id: "503: no"}
    assert left(server, out, task(server)) == ["explanations"]
    asked = len(server.requests)
    outcome = run(server, out, task(server))
    assert (len(outcome.kept), outcome.failed) == (len(server.problems), {})
    assert len(server.requests) == asked + 1
    assert outcome.tokens_in == 100 * 3 * len(server.problems)


def test_the_records_alone_are_enough_to_go_on(server: Server, tmp_path: Path) -> None:
    out = tmp_path / "r1.jsonl"
    run(server, out, task(server))
    (tmp_path / "r1.jsonl.answers").unlink()
    asked = len(server.requests)
    outcome = run(server, out, task(server))
    assert (len(outcome.kept), len(server.requests)) == (len(server.problems), asked)


def test_the_answers_alone_make_the_records(server: Server, tmp_path: Path) -> None:
    out = tmp_path / "r1.jsonl"
    run(server, out, task(server))
    before, asked = out.read_bytes(), len(server.requests)
    out.unlink()
    run(server, out, task(server))
    assert (out.read_bytes(), len(server.requests)) == (before, asked)


@pytest.mark.parametrize(
    ("kinds", "asked", "fields"),
    [
        (("traces",), 1, set()),
        (("traces", "summaries"), 2, {"r1_trace_summary"}),
        (("traces", "explanations"), 2, {"r1_exp_ans", "r1_exp_trace"}),
    ],
)
def test_only_the_kinds_wanted_are_asked_for(
    server: Server, tmp_path: Path, kinds: tuple[Kind, ...], asked: int, fields: set[str]
) -> None:
    out = tmp_path / "r1.jsonl"
    run(server, out, task(server, kinds))
    assert len(server.requests) == asked * len(server.problems)
    for field in ("r1_trace_summary", "r1_exp_ans", "r1_exp_trace"):
        assert (field in out.read_text(encoding="utf-8")) == (field in fields)


def test_the_limit_of_tokens_goes_with_every_request(server: Server, tmp_path: Path) -> None:
    run(server, tmp_path / "r1.jsonl", task(server, max_tokens=150))
    assert {request["max_tokens"] for request in server.requests} == {150}


def test_an_estimate_counts_what_is_expected(server: Server, tmp_path: Path) -> None:
    endpoint = Endpoint(server.url, timeout=30, retries=0)
    limited = task(server, max_tokens=80)
    with opened(limited, tmp_path / "x.jsonl", endpoint, endpoint) as session:
        first, second, third = list(session.requests_left())[:3]
    problem = server.problems[0]
    words = sum(map(len, problem.context)) + len(problem.question)
    assert [each.kind for each in (first, second, third)] == list(KINDS)
    assert [each.tokens_out for each in (first, second, third)] == [80, 80, 80]
    assert words / 4 < first.tokens_in < words / 4 + 50
    assert third.tokens_in > first.tokens_in + 600, "the trace is part of what is asked then"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/v1",
        "http://[::1]:1/v1",
        "http://no-such-host.invalid/v1",
        "https://127.0.0.1:1",
        "http://127.0.0.1:9/v1/proxy",
    ],
)
def test_nobody_there_for_summaries_stops_them_alone(
    server: Server, tmp_path: Path, address: str
) -> None:
    out, there = tmp_path / "r1.jsonl", Endpoint(server.url, timeout=30, retries=0)
    nobody = Endpoint(address, timeout=5, retries=0)
    with opened(task(server), out, there, nobody) as session:
        outcome = session.run(lambda line: None)
    assert str(outcome.refusal()).startswith("summaries: field 'summary_endpoint': no connection")
    assert (outcome.failed, len(outcome.in_part)) == ({}, len(server.problems))
    assert len(server.requests) == 2 * len(server.problems)
    assert run(server, out, task(server)).kept == [problem.id for problem in server.problems]


def test_nobody_there_is_a_failure_like_others_later_on(server: Server, tmp_path: Path) -> None:
    out = tmp_path / "r1.jsonl"
    server.script = lambda number, asked: server.refuses(503) if number else server.teaches(asked)
    run(server, out, task(server))
    nobody = Endpoint("http://127.0.0.1:1/v1", timeout=1, retries=0)
    with opened(task(server), out, nobody, nobody) as session:
        outcome = session.run(lambda line: None)
    assert len(outcome.failed) == len(server.problems)
    with opened(task(server), tmp_path / "new.jsonl", nobody, nobody) as session:
        outcome = session.run(lambda line: None)
    assert (
        str(outcome.refusal()) == "field 'endpoint': no connection to 127.0.0.1: "
        "check the network, or name another with --endpoint"
    )
