"""`artifact data teach` whole: what it writes is read back, and a kill changes nothing in it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifact import datasets
from artifact.common.intake import Intake
from artifact.study.instrument.stimuli import read_stimuli

N, SEED = 8, 3
"""The problems that the server can solve."""

Run = Callable[..., Any]
Server = Any


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def everything_said(folder: Path, *said: str) -> str:
    files = [path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()]
    return "\n".join([*files, *said])


def test_records_are_the_releases_and_are_read_back(
    run: Run, server: Server, tmp_path: Path
) -> None:
    out = tmp_path / "r1.jsonl"
    done = run("--out", out, "--endpoint", server.url, "--yes")
    assert (done.code, done.err) == (0, "")
    assert list(records(out)[0]) == [
        *("id", "input", "teacher", "prediction", "r1_trace"),
        *("gold", "triple_element", "question", "facts"),
        *("r1_trace_summary", "r1_exp_ans", "r1_exp_trace"),
    ]
    read_narrated = datasets.get("cotempqa").r1.read
    assert read_narrated is not None
    narrated = read_narrated(out, Intake())
    assert [each.problem.question for each in narrated] == [p.question for p in server.problems]
    assert {each.narration.verbose for each in narrated} == {server.trace}
    assert {each.narration.summary for each in narrated} == {server.summary}
    assert {each.narration.explanation for each in narrated} == {server.explanation}
    assert {each.narration.made for each in narrated} == {"deepseek-reasoner"}
    shown = read_stimuli("cotempqa", f"file:{out}", seed=0, intake=Intake(), most_facts=99)
    assert len(shown) == N


def test_requests_are_the_releases(run: Run, server: Server, tmp_path: Path) -> None:
    run("--out", tmp_path / "r1.jsonl", "--endpoint", server.url, "--yes")
    trace, summary, explanation = server.requests[:3]
    problem = server.problems[0]
    prompt = "Answer the question based on the context:\n{}\nQuestion: {} Only return the answer.\n"
    first = prompt.format("\n".join(problem.context), problem.question)
    assert trace == {
        "model": "deepseek-reasoner",
        "messages": [{"role": "user", "content": first}],
    }
    assert {name: summary[name] for name in ("model", "temperature", "max_tokens")} == {
        "model": "gpt-4o-mini",
        "temperature": 0,
        "max_tokens": 200,
    }
    assert server.trace in summary["messages"][0]["content"]
    assert explanation["model"] == "deepseek-reasoner"
    assert [turn["role"] for turn in explanation["messages"]] == ["user", "assistant", "user"]
    answer = f"{server.trace}\n\n**{', '.join(problem.answers)}**"
    assert [turn["content"] for turn in explanation["messages"][:2]] == [first, answer]


def test_wrong_answers_are_listed_and_left_out_or_kept(
    run: Run, server: Server, tmp_path: Path
) -> None:
    missed = server.problems[2]

    def script(_: int, request: dict[str, Any]) -> Any:
        if server.kind_of(request) == "traces" and missed.question in str(request["messages"]):
            return server.says("Nobody at all", reasoning_content=server.trace)
        return server.teaches(request)

    server.script = script
    out, all_of_them = tmp_path / "r1.jsonl", tmp_path / "all.jsonl"
    done = run("--out", out, "--endpoint", server.url, "--yes")
    assert done.code == 0
    assert f"kept {N - 1}, answered wrongly 1" in done.out
    assert f"wrong: {missed.id}" in done.out
    assert missed.id not in [record["id"] for record in records(out)]
    done = run("--out", all_of_them, "--endpoint", server.url, "--yes", "--keep-wrong")
    assert f"kept {N}, answered wrongly 1" in done.out
    (wrong,) = [record for record in records(all_of_them) if record["id"] == missed.id]
    assert (wrong["prediction"], "r1_exp_ans" in wrong) == ("Nobody at all", False)
    asked_before = len(server.requests)
    again = run("--out", out, "--endpoint", server.url)
    assert (again.code, len(server.requests)) == (0, asked_before), "a wrong answer is an answer"
    assert f"kept {N - 1}, answered wrongly 1" in again.out


def test_a_failure_is_listed_and_the_others_go_on(run: Run, server: Server, tmp_path: Path) -> None:
    server.script = lambda number, request: (
        server.refuses(500) if number < 3 else server.teaches(request)
    )
    out = tmp_path / "r1.jsonl"
    done = run("--out", out, "--endpoint", server.url, "--yes", "--retries", "2")
    assert done.code == 1
    assert done.err == "artifact: 1 problems got no answer; run the same command to ask again\n"
    assert f"failed: {server.problems[0].id}: 500: no" in done.out
    assert [record["id"] for record in records(out)] == [p.id for p in server.problems[1:]]
    again = run("--out", out, "--endpoint", server.url, "--yes")
    assert again.code == 0
    assert "estimate, at most: 3 requests" in again.out
    assert [record["id"] for record in records(out)] == [p.id for p in server.problems], "in order"


REFUSALS: dict[str, tuple[int, dict[str, str], str]] = {
    "key": (401, {"message": "Incorrect API key"}, "refuses the key (401)"),
    "model": (404, {"message": "gone"}, "has no model 'gpt-4o-mini' there (404: gone)"),
    "DeepSeek's model": (400, {"message": "Model Not Exist"}, "has no model 'gpt-4o-mini' there"),
    "money": (402, {"message": "Insufficient Balance"}, "(402: Insufficient Balance)"),
    "quota": (429, {"message": "quota", "code": "insufficient_quota"}, "(429: quota)"),
}


@pytest.mark.parametrize(("status", "body", "said"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_ends_in_one_line(
    run: Run, server: Server, tmp_path: Path, status: int, body: dict[str, str], said: str
) -> None:
    refusal = server.refuses(status, **body)
    server.script = lambda number, request: refusal if number else server.teaches(request)
    words = ["--endpoint", server.url, "--yes", "--retries", "0"]
    done = run("--out", tmp_path / "r1.jsonl", *words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert said in done.err


def test_nobody_there_ends_in_one_line(run: Run, server: Server, tmp_path: Path) -> None:
    out = tmp_path / "r1.jsonl"
    done = run("--out", out, "--endpoint", "http://127.0.0.1:1/v1", "--yes", "--retries", "0")
    assert (done.code, done.err) == (
        2,
        "artifact: field 'endpoint': no connection to 127.0.0.1: check the network, or name "
        "another with --endpoint\n",
    )


class TestEstimate:
    def test_nobody_to_confirm(self, run: Run, server: Server, tmp_path: Path) -> None:
        out = tmp_path / "r1.jsonl"
        done = run("--out", out, "--endpoint", server.url, "--price-in", "1", "--price-out", "2")
        assert done.code == 2
        assert done.err == (
            "artifact: the estimate can't be confirmed without a terminal; give --yes to start\n"
        )
        assert f"traces: {N} requests" in done.out
        assert f"estimate, at most: {3 * N} requests" in done.out
        assert "at these prices" in done.out
        assert server.requests == []

    @pytest.mark.parametrize(("typed", "code", "asked"), [("y\n", 0, 3 * N), ("n\n", 1, 0)])
    def test_somebody_who_answers(
        self,
        run: Run,
        server: Server,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        typed: str,
        code: int,
        asked: int,
    ) -> None:
        terminal = io.StringIO(typed)
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", terminal)
        done = run("--out", tmp_path / "r1.jsonl", "--endpoint", server.url)
        assert (done.code, len(server.requests)) == (code, asked)

    def test_an_estimate_that_was_turned_down_binds_to_nothing(
        self, run: Run, server: Server, tmp_path: Path
    ) -> None:
        out = tmp_path / "r1.jsonl"
        assert run("--out", out, "--endpoint", server.url).code == 2
        done = run("--out", out, "--endpoint", server.url, "--model", "other", "--yes")
        assert done.code == 0

    def test_one_price_of_two(self, run: Run, server: Server, tmp_path: Path) -> None:
        done = run("--out", tmp_path / "x", "--endpoint", server.url, "--price-in", "1")
        assert (done.code, "give both or neither" in done.err) == (2, True)


OTHERS: dict[str, tuple[list[str], str]] = {
    "model": (["--model", "other"], "field 'model': was made with deepseek-reasoner, not other"),
    "summary model": (["--summary-model", "other"], "field 'summary_model'"),
    "source": (["--seed", "4"], "field 'source_sha256': was made with other problems"),
    "kinds": (["--kinds", "traces"], "field '"),
    "limit": (["--max-tokens", "9"], "field 'max_tokens': was made with None, not 9"),
}


@pytest.mark.parametrize(("words", "said"), OTHERS.values(), ids=OTHERS)
def test_a_file_made_otherwise_is_refused(
    run: Run, server: Server, tmp_path: Path, words: list[str], said: str
) -> None:
    out = tmp_path / "r1.jsonl"
    run("--out", out, "--endpoint", server.url, "--yes")
    before, asked = out.read_bytes(), len(server.requests)
    done = run("--out", out, "--endpoint", server.url, "--yes", *words)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert said in done.err
    assert "choose another --out" in done.err
    assert (out.read_bytes(), len(server.requests)) == (before, asked)


def test_other_prompts_are_asked_and_told_apart(run: Run, server: Server, tmp_path: Path) -> None:
    prompts = tmp_path / "mine.yml"
    part = "{expected_tokens: 9, messages: [{role: user, content: '%s'}]}"
    prompts.write_text(
        f"traces: {part % 'Think. {question}'}\n"
        f"summaries: {part % 'Summarize {trace}'}\n"
        f"explanations: {part % 'Explain {prediction} to {input}'}\n",
        encoding="utf-8",
    )
    words = ["--endpoint", server.url, "--yes", "--kinds", "traces"]
    out = tmp_path / "r1.jsonl"
    assert run("--out", out, *words, "--prompts", prompts).code == 0
    assert server.requests[0]["messages"][0]["content"] == f"Think. {server.problems[0].question}"
    done = run("--out", out, *words)
    assert (done.code, "was made with other prompts" in done.err) == (2, True)


def test_a_dataset_without_such_records(run: Run, server: Server, tmp_path: Path) -> None:
    done = run("--dataset", "marco", "--out", tmp_path / "x", "--endpoint", server.url)
    assert done.err == (
        "artifact: field 'dataset': a teacher's texts about marco have no record format; "
        "choose one of babi, cotempqa\n"
    )


class TestKey:
    def test_it_stands_nowhere(
        self, run: Run, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither where the server repeats it in errors and answers, nor in the client's log."""

        def script(number: int, request: dict[str, Any]) -> Any:
            if number == 0:
                return server.refuses(413, f"bad header: Bearer {server.key}")
            if number == 1:
                return server.replies(f"half of {server.key}")
            reply = server.teaches(request)
            reply.body["choices"][0]["message"]["reasoning_content"] = f"My key is {server.key}."
            return reply

        server.script = script
        done = run("--out", tmp_path / "r1.jsonl", "--endpoint", server.url, "--yes")
        assert done.code == 1
        assert set(server.keys) == {f"Bearer {server.key}"}, "the test must show it"
        said = everything_said(tmp_path, done.out, done.err)
        assert "My key is [key]." in said
        assert server.key not in said

    def test_it_is_not_logged(self, server: Server, tmp_path: Path) -> None:
        done = teach_process(server, tmp_path / "r1.jsonl", {"OPENAI_LOG": "debug"})
        out, err = done.communicate(timeout=60)
        assert done.returncode == 0
        assert "HTTP" in err, "the log must be on"
        assert server.key not in everything_said(tmp_path, out, err)

    def test_an_endpoint_of_ones_own_needs_none(
        self, run: Run, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("OPENAI_API_KEY")
        assert run("--out", tmp_path / "r", "--endpoint", server.url, "--yes").code == 0
        assert set(server.keys) == {"Bearer none"}

    def test_the_second_endpoint_gets_its_own(
        self, run: Run, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SUMMARY_API_KEY", "sk-Second")
        words = ["--endpoint", server.url, "--summary-endpoint", server.url, "--yes"]
        assert run("--out", tmp_path / "r", *words).code == 0
        kinds = [server.kind_of(request) for request in server.requests]
        assert set(zip(kinds, server.keys, strict=True)) == {
            ("traces", f"Bearer {server.key}"),
            ("summaries", "Bearer sk-Second"),
            ("explanations", f"Bearer {server.key}"),
        }


def teach_process(
    server: Server, out: Path, environment: dict[str, str] | None = None
) -> subprocess.Popen[str]:
    """The real command in a process of its own."""
    words = ["--dataset", "cotempqa", "--n", N, "--seed", SEED, "--out", out]
    return subprocess.Popen(
        [
            *(sys.executable, "-c", "from artifact.cli.main import main; main()", "data", "teach"),
            *map(str, words),
            *("--endpoint", server.url, "--yes"),
        ],
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(server: Server, requests: int) -> None:
    deadline = time.monotonic() + 60
    while len(server.requests) < requests:
        assert time.monotonic() < deadline, "the command asks nothing"
        time.sleep(0.005)


def test_killed_and_started_again_the_file_is_the_same(
    run: Run, server: Server, tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    assert run("--out", whole, "--endpoint", server.url, "--yes").code == 0
    needed, kills = len(server.requests), (1, 5, 9)
    server.requests.clear()
    asked = 0
    server.script = lambda _, request: server.teaches(request, 0.05)
    for answers in kills:
        process = teach_process(server, killed)
        wait_for(server, asked + answers)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        asked = len(server.requests)
        assert killed.read_bytes() != whole.read_bytes()
    with killed.open("ab") as half:
        half.write(b'{"id": "cotem')
    finishing = teach_process(server, killed)
    finishing.communicate(timeout=60)
    assert finishing.returncode == 0
    assert killed.read_bytes() == whole.read_bytes()
    assert len(server.requests) <= needed + len(kills), "an answer on disk is asked for again"


def test_told_to_stop_it_says_how_to_go_on(server: Server, tmp_path: Path) -> None:
    server.script = lambda _, request: server.teaches(request, 0.1)
    process = teach_process(server, tmp_path / "r1.jsonl")
    wait_for(server, 2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT
    assert err == (
        "artifact: stopped by SIGINT; what is finished is kept; "
        "run the same command again to continue\n"
    )
