"""Teachers as they are: what `artifact data teach` keeps of each, and where it stops.

Each table is one kind of teacher: a script of replies, and what must come of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets
from artifact.common.intake import Intake
from artifact.study.instrument.stimuli import read_stimuli

Run = Callable[..., Any]
Server = Any
N, SEED = 8, 3


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def kinds_asked(server: Server) -> dict[str, int]:
    asked = [server.kind_of(request) for request in server.requests]
    return {kind: asked.count(kind) for kind in ("traces", "summaries", "explanations")}


def teach(run: Run, server: Server, out: Path, *words: object) -> Any:
    asked = (*("--out", out), *("--endpoint", server.url), "--yes", *("--retries", 1))
    return run(*asked, *words)


def alternating(server: Server, refusal: Any) -> Callable[[int, dict[str, Any]], Any]:
    """A teacher whose template wants roles that alternate, and no empty turns."""

    def script(_: int, request: dict[str, Any]) -> Any:
        roles = [message["role"] for message in request["messages"]]
        rightly = all(one != other for one, other in pairwise(roles))
        full = all(message["content"].strip() for message in request["messages"])
        return server.teaches(request) if rightly and full and roles[-1] == "user" else refusal

    return script


def test_roles_alternate(run: Run, server: Server, tmp_path: Path) -> None:
    refusal = server.refuses(400, "Conversation roles must alternate user/assistant/user/...")
    server.script = alternating(server, refusal)
    out = tmp_path / "r1.jsonl"
    assert teach(run, server, out).code == 0
    assert len(records(out)) == N
    assert {record["r1_exp_ans"] for record in records(out)} == {server.explanation}


REFUSALS: dict[str, tuple[str, int, Any, str]] = {
    # the kind refused, the status, the body, the endpoint's words
    "successive turns": (
        "explanations",
        400,
        {"error": {"message": "deepseek-reasoner does not support successive assistant messages"}},
        "does not support successive assistant messages",
    ),
    "a template, by a crash": (
        "explanations",
        500,
        {"error": {"message": "Jinja Exception: roles must alternate"}},
        "Jinja Exception: roles must alternate",
    ),
    "a template, by a good status": (
        "explanations",
        200,
        {"error": "Conversation roles must alternate"},
        "Conversation roles must alternate",
    ),
    "max_tokens": (
        "summaries",
        400,
        {
            "error": {
                "message": "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead.",
                "code": "unsupported_parameter",
            }
        },
        "Use 'max_completion_tokens' instead.",
    ),
    "temperature": (
        "summaries",
        400,
        {"error": {"message": "'temperature' does not support 0 with this model."}},
        "'temperature' does not support 0",
    ),
    "a field too many": (
        "summaries",
        422,
        {"detail": [{"loc": ["body", "max_tokens"], "msg": "Extra inputs are not permitted"}]},
        "Extra inputs are not permitted",
    ),
    "the model": ("summaries", 404, {"error": {"message": "gone"}}, "(404: gone)"),
    "the key": ("summaries", 401, {"error": {"message": "Wrong key"}}, "Wrong key"),
    "no money": ("explanations", 402, {"error": {"message": "Pay first"}}, "Pay first"),
}


@pytest.mark.parametrize(("kind", "status", "body", "said"), REFUSALS.values(), ids=REFUSALS)
def test_a_kind_that_is_refused_stops_at_its_first_request(
    run: Run, server: Server, tmp_path: Path, kind: str, status: int, body: Any, said: str
) -> None:
    refusal = replace(server.refuses(status), body=body)
    server.script = lambda _, request: (
        refusal if server.kind_of(request) == kind else server.teaches(request)
    )
    out = tmp_path / "r1.jsonl"
    done = teach(run, server, out)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith(f"artifact: {kind}: 127.0.0.1")
    assert said in done.err
    other = {"explanations": "summaries", "summaries": "explanations"}[kind]
    assert kinds_asked(server) == {"traces": N, other: N, kind: 1}
    lacking, there = ("r1_exp_ans", "r1_trace_summary")[:: 1 if kind == "explanations" else -1]
    assert [(there in each, lacking in each) for each in records(out)] == [(True, False)] * N


def test_what_was_refused_is_mended_and_nothing_is_paid_twice(
    run: Run, server: Server, tmp_path: Path
) -> None:
    """`--prompts` without max_tokens, on the same file."""
    server.script = lambda _, request: (
        server.refuses(400, "Unsupported parameter: 'max_tokens'")
        if "max_tokens" in request
        else server.teaches(request)
    )
    out, mended = tmp_path / "r1.jsonl", tmp_path / "mended.yml"
    assert teach(run, server, out).code == 2
    from artifact.decomposition.teacher.prompts import OWN_PROMPTS

    text = OWN_PROMPTS.read_text(encoding="utf-8").replace("  max_tokens: 200\n", "")
    mended.write_text(text, encoding="utf-8")
    asked = kinds_asked(server)
    assert teach(run, server, out, "--prompts", mended).code == 0
    assert kinds_asked(server) == asked | {"summaries": 1 + N}
    assert all({"r1_trace_summary", "r1_exp_ans"} <= each.keys() for each in records(out))


def test_traces_that_are_refused_stop_all(run: Run, server: Server, tmp_path: Path) -> None:
    server.script = lambda *_: server.refuses(400, "Unsupported parameter: 'messages'")
    done = teach(run, server, tmp_path / "r1.jsonl")
    assert (done.code, done.err.count("\n"), len(server.requests)) == (2, 1, 1)
    assert "Unsupported parameter: 'messages'" in done.err


def test_money_that_runs_out_leaves_what_it_paid_for(
    run: Run, server: Server, tmp_path: Path
) -> None:
    server.script = lambda number, request: (
        server.refuses(402, "Insufficient Balance") if number >= 5 else server.teaches(request)
    )
    out = tmp_path / "r1.jsonl"
    done = teach(run, server, out)
    assert done.code == 2
    assert "Insufficient Balance" in done.err
    first, second = records(out)
    assert ("r1_exp_ans" in first, "r1_exp_ans" in second) == (True, False)
    assert second["r1_trace_summary"] == server.summary


def test_one_conversation_that_is_refused_does_not_stop_its_kind(
    run: Run, server: Server, tmp_path: Path
) -> None:
    server.script = lambda number, request: (
        server.refuses(400, "bad character") if number == 4 else server.teaches(request)
    )
    out = tmp_path / "r1.jsonl"
    done = teach(run, server, out)
    assert (done.code, len(records(out))) == (1, N)
    assert f"failed: {server.problems[1].id}: 400: bad character" in done.out


UNUSABLE_TEXTS = {
    "filtered": ({"text": "x", "finish": "content_filter"}, "ended by content_filter"),
    "filtered and empty": ({"text": None, "finish": "content_filter"}, "ended by content_filter"),
    "unsafe": ({"text": "x", "finish": "SAFETY"}, "ended by safety"),
    "declined": ({"text": None, "refusal": "I can't."}, "ended by refusal: I can't."),
    "cut": ({"text": "x", "finish": "length"}, "cut short"),
    "cut in other words": ({"text": "x", "finish": "MAX_TOKENS"}, "cut short"),
    "empty": ({"text": "", "reasoning_content": "Hm."}, "no final text"),
    "all thought": ({"text": "<think>It is GOLD."}, "no final text"),
    "a tool": ({"text": "", "finish": "tool_calls"}, "ended by tool_calls"),
}


@pytest.mark.parametrize("kind", ["traces", "summaries", "explanations"])
@pytest.mark.parametrize(("reply", "why"), UNUSABLE_TEXTS.values(), ids=UNUSABLE_TEXTS)
def test_an_unusable_text_is_no_wrong_answer_and_costs_no_other_text(
    run: Run, server: Server, tmp_path: Path, kind: str, reply: dict[str, Any], why: str
) -> None:
    first = server.problems[0]
    text = reply["text"] and reply["text"].replace("GOLD", ", ".join(first.answers))

    def script(_: int, request: dict[str, Any]) -> Any:
        if server.kind_of(request) != kind or kinds_asked(server)[kind] > 1:
            return server.teaches(request)
        return server.says(**reply | {"text": text})

    server.script = script
    out = tmp_path / "r1.jsonl"
    done = teach(run, server, out)
    assert done.code == 0
    assert f"kept {N - 1}, answered wrongly 0, unusable 1, failed 0" in done.out
    assert f"unusable: {first.id}: {kind}: {why}" in done.out
    kept = {"traces": 0, "summaries": 1, "explanations": 1}[kind]
    assert len(records(out)) == N - 1 + kept
    lacking = {"summaries": "r1_trace_summary", "explanations": "r1_exp_ans"}.get(kind)
    assert [each["id"] for each in records(out) if lacking and lacking not in each] == [
        first.id
    ] * kept
    asked = len(server.requests)
    assert teach(run, server, out).code == 0
    assert len(server.requests) == asked, "what is unusable is not paid for again"


def test_a_filter_that_answers_400_is_unusable(run: Run, server: Server, tmp_path: Path) -> None:
    refusal = server.refuses(400, "The response was filtered", code="content_filter")
    server.script = lambda number, request: refusal if number == 0 else server.teaches(request)
    out = tmp_path / "r1.jsonl"
    done = teach(run, server, out)
    assert (done.code, len(records(out))) == (0, N - 1)
    assert "unusable 1, failed 0" in done.out
    assert "The response was filtered" in done.out


THOUGHT = "Both in 1950, so GOLD."
SHAPES: dict[str, dict[str, Any]] = {
    "a field": {"reasoning_content": THOUGHT, "text": "FINAL"},
    "another field": {"reasoning": THOUGHT, "text": "FINAL"},
    "tags": {"text": f"<think>{THOUGHT}</think>\n\nFINAL"},
    "both": {"reasoning_content": THOUGHT, "text": f"<think>{THOUGHT}</think>\n\nFINAL"},
    "a closing tag astray": {"reasoning_content": THOUGHT, "text": "</think>\n\nFINAL"},
    "a closing tag behind": {"reasoning_content": THOUGHT, "text": "FINAL\n</think>"},
    "an empty block": {"text": f"<think>\n\n</think>\n\n<think>{THOUGHT}</think>FINAL"},
    "no opening tag": {"text": f"{THOUGHT}</think>FINAL"},
    "a tag that stays open": {"reasoning": THOUGHT, "text": "FINAL <think>"},
    "parts": {
        "text": [{"type": "thinking", "thinking": THOUGHT}, {"type": "text", "text": "FINAL"}]
    },
    "parts of parts": {
        "text": [
            {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]},
            {"type": "text", "text": "FINAL"},
        ]
    },
    "a part with tags": {"text": [{"type": "text", "text": f"<think>{THOUGHT}</think>FINAL"}]},
}


@pytest.mark.parametrize("reply", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_the_final_text_alone_is_judged_and_kept(
    run: Run, server: Server, tmp_path: Path, reply: dict[str, Any], right: bool
) -> None:
    """A wrong answer whose reasoning names gold is wrong."""

    def script(_: int, request: dict[str, Any]) -> Any:
        if server.kind_of(request) != "traces":
            return server.teaches(request)
        gold = ", ".join(server.problem_in(request).answers)
        text = json.dumps(reply).replace("GOLD", gold)
        return server.says(**json.loads(text.replace("FINAL", gold if right else "Nobody")))

    server.script = script
    out = tmp_path / "r1.jsonl"
    done = teach(run, server, out, "--keep-wrong")
    wrong = 0 if right else N
    assert f"kept {N}, answered wrongly {wrong}, unusable 0, failed 0" in done.out
    for problem, record in zip(server.problems, records(out), strict=True):
        gold = ", ".join(problem.answers)
        assert record["r1_trace"] == THOUGHT.replace("GOLD", gold)
        assert record["prediction"] == (gold if right else "Nobody")


def test_tags_in_a_summary_and_an_explanation_stay_out(
    run: Run, server: Server, tmp_path: Path
) -> None:
    server.script = lambda _, request: (
        server.teaches(request)
        if server.kind_of(request) == "traces"
        else server.says(f"<think>Okay.</think>{server.summary}")
    )
    out = tmp_path / "r1.jsonl"
    assert teach(run, server, out).code == 0
    texts = {(each["r1_trace_summary"], each["r1_exp_ans"]) for each in records(out)}
    assert texts == {(server.summary, server.summary)}
    assert {each["r1_exp_trace"] for each in records(out)} == {"Okay."}


# Status 200, and an error in the body


RETRIED = {
    "a code": {"error": {"message": "slow down", "code": 429}},
    "a code as text": {"error": {"message": "slow down", "code": "429"}},
    "a code outside": {"code": 503, "message": "no"},
    "a word": {"error": {"type": "overloaded_error", "message": "no"}},
    "in the choice": {"choices": [{"error": {"code": 502, "message": "no"}}]},
    "a list": [{"error": {"code": 500, "message": "no"}}],
    "broken off": {
        "choices": [{"message": {"content": "x"}, "finish_reason": "insufficient_system_resource"}]
    },
}


@pytest.mark.parametrize("body", RETRIED.values(), ids=RETRIED)
def test_an_error_that_passes_is_tried_again(
    run: Run, server: Server, tmp_path: Path, body: Any
) -> None:
    error = replace(server.refuses(200), body=body)
    server.script = lambda number, request: error if number == 0 else server.teaches(request)
    done = teach(run, server, tmp_path / "r1.jsonl")
    assert (done.code, len(server.requests)) == (0, 3 * N + 1)


STOPPED = {
    "the key": ({"error": {"message": "Bad key", "code": 401}}, "refuses the key (401): Bad key"),
    "money": ({"error": {"message": "Pay first", "code": "402"}}, "(402: Pay first)"),
    "leave": ({"error": {"message": "Go away", "code": 403}}, "(403: Go away)"),
    "the model": ({"error": {"message": "No such", "code": 404}}, "(404: No such)"),
    "a word": ({"error": {"message": "Bad", "code": "invalid_api_key"}}, "refuses the key (401)"),
    "vLLM's": ({"object": "error", "message": "Gone", "code": 404}, "(404: Gone)"),
    "no code": ({"error": {"message": "Strange thing"}}, "(400: Strange thing)"),
}


@pytest.mark.parametrize(("body", "said"), STOPPED.values(), ids=STOPPED)
def test_an_error_that_stays_stops_all_and_is_quoted(
    run: Run, server: Server, tmp_path: Path, body: Any, said: str
) -> None:
    server.script = lambda *_: replace(server.refuses(200), body=body)
    done = teach(run, server, tmp_path / "r1.jsonl")
    assert (done.code, done.err.count("\n"), len(server.requests)) == (2, 1, 1)
    assert said in done.err


NO_PATH = {
    "FastAPI's": (404, {"detail": "Not Found"}),
    "Ollama's": (404, "404 page not found"),
    "OpenAI's": (404, {"error": {"message": "Invalid URL (POST /chat/completions)"}}),
    "a method": (405, {"detail": "Method Not Allowed"}),
    "LM Studio's": (200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}),
    "with a code": (200, {"error": {"message": "Not Found", "code": 404}}),
    "a web page": (200, "<!doctype html><title>Chat</title>"),
}


@pytest.mark.parametrize(("status", "body"), NO_PATH.values(), ids=NO_PATH)
@pytest.mark.parametrize("path", ["", "/", "/v1"])
def test_an_address_without_its_path_is_told_so(
    run: Run, server: Server, tmp_path: Path, status: int, body: Any, path: str
) -> None:
    server.script = lambda *_: replace(server.refuses(status), body=body)
    base = server.url.removesuffix("/v1")
    done = run("--out", tmp_path / "x", "--endpoint", base + path, "--yes", "--retries", "0")
    assert (done.code, done.err.count("\n"), len(server.requests)) == (2, 1, 1)
    assert (f"try {base}/v1" in done.err) == (path != "/v1")


def test_an_address_with_too_much_path_is_told_so(run: Run, server: Server, tmp_path: Path) -> None:
    address = f"{server.url}/chat/completions"
    done = run("--out", tmp_path / "x", "--endpoint", address, "--yes")
    assert (done.code, f"give {server.url}" in done.err, server.requests) == (2, True, [])


# bAbI


@pytest.fixture
def babi(command_line: Run, server: Server) -> Run:
    """`artifact data teach` on look-alikes of bAbI, every task once."""
    server.problems = tuple(datasets.get("babi").lookalikes.generate(11, SEED))
    asked = ("data", "teach", "--dataset", "babi", "--n", 11, "--seed", SEED)
    return partial(command_line, *asked)


def test_babis_records_are_read_back(babi: Run, server: Server, tmp_path: Path) -> None:
    out = tmp_path / "r1.jsonl"
    assert teach(babi, server, out).code == 0
    assert [each["id"] for each in records(out)] == [each.id for each in server.problems]
    first = server.problems[0]
    asked = server.requests[0]["messages"][0]["content"]
    assert asked == datasets.get("babi").template.user_turn(first)
    narrated = datasets.get("babi").r1.read(out, Intake())
    assert [(each.problem.question, each.problem.support) for each in narrated] == [
        (each.question, each.support) for each in server.problems
    ]
    assert [each.problem.category for each in narrated] == [
        each.category for each in server.problems
    ]
    assert {each.narration.verbose for each in narrated} == {server.trace}
    shown = read_stimuli("babi", f"file:{out}", seed=0, intake=Intake(), most_facts=99)
    assert len(shown) == 11


def test_babis_wrong_answers_are_left_out(babi: Run, server: Server, tmp_path: Path) -> None:
    missed = server.problems[2]

    def script(_: int, request: dict[str, Any]) -> Any:
        if server.kind_of(request) == "traces" and server.problem_in(request) == missed:
            thought = f"<think>It is {missed.answers[0]}.</think>\n\nnowhere"
            return server.says(thought, reasoning_content=f"It is {missed.answers[0]}.")
        return server.teaches(request)

    server.script = script
    out = tmp_path / "r1.jsonl"
    done = teach(babi, server, out)
    assert (done.code, len(records(out))) == (0, 10)
    assert f"wrong: {missed.id}" in done.out
