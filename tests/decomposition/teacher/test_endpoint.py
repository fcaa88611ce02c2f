"""One request: what becomes of every kind of reply, and where the key goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.decomposition.teacher.endpoint import Endpoint
from artifact.decomposition.teacher.failures import UnansweredError, UnreachableError
from artifact.decomposition.teacher.prompts import Message

Server = Any
HELLO = [Message(role="user", content="Who stands where?")]


def ask(server: Server, *, retries: int = 0, timeout: float = 30, **settings: Any) -> Any:
    endpoint = Endpoint(server.url, timeout=timeout, retries=retries)
    return endpoint.ask("teacher", HELLO, **settings)


def test_an_answer_cut_short_says_so(server: Server) -> None:
    server.script = lambda *_: server.says(None, finish="length", reasoning_content="Hm")
    answer = ask(server)
    assert (answer.cut, answer.text) == (True, "")


def test_settings_are_sent_only_where_they_are_set(server: Server) -> None:
    server.script = lambda *_: server.says("Here.")
    ask(server)
    ask(server, temperature=0, max_tokens=5)
    assert server.requests[0] == {
        "model": "teacher",
        "messages": [{"role": "user", "content": "Who stands where?"}],
    }
    assert server.requests[1] == server.requests[0] | {"temperature": 0, "max_tokens": 5}


ELSEWHERE = (
    "Model Not Exist",
    "Server is pinned to 'a'; requested 'teacher'.",
    "teacher is not a valid model ID",
    "Invalid model: teacher",
    "The model `teacher` does not exist",
)


@pytest.mark.parametrize("said", ELSEWHERE)
@pytest.mark.parametrize("field", ["message", "detail"])
def test_an_unknown_model_meets_every_request(server: Server, said: str, field: str) -> None:
    body = {"error": {"message": said}} if field == "message" else {"detail": said}
    server.script = lambda *_: replace(server.refuses(400), body=body)
    with pytest.raises(InputError, match="has no model 'teacher' there"):
        ask(server)


def test_a_conversation_too_long_is_its_own_failure(server: Server) -> None:
    said = "This model's maximum context length is 4096 tokens, however you requested 5000"
    server.script = lambda *_: server.refuses(400, said)
    with pytest.raises(UnansweredError, match="maximum context length"):
        ask(server)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_passes_is_tried_again(server: Server, status: int) -> None:
    server.script = lambda number, _: server.says("Here.") if number else server.refuses(status)
    assert ask(server, retries=1).text == "Here."
    assert len(server.requests) == 2


UNANSWERED: dict[str, tuple[str, str]] = {
    "not JSON": ("<html>", "the answer is not a chat completion"),
    "half JSON": ('{"choices": [', "the answer is not a chat completion"),
    "no choice": ('{"choices": []}', "the answer is not a chat completion"),
    "a list": ("[]", "the answer is not a chat completion"),
    "a number as text": ('{"choices": [{"message": {"content": 7}}]}', "not a chat completion"),
    "half a surrogate pair": ('{"choices": [{"message": {"content": "\\ud800"}}]}', "not a chat"),
}


@pytest.mark.parametrize(("body", "said"), UNANSWERED.values(), ids=UNANSWERED)
def test_an_answer_that_is_none(server: Server, body: str, said: str) -> None:
    server.script = lambda *_: server.replies(body)
    with pytest.raises(UnansweredError, match=said):
        ask(server)


def test_an_error_that_stays(server: Server) -> None:
    server.script = lambda *_: server.refuses(500, "out of\nmemory " + "x" * 500)
    with pytest.raises(UnansweredError) as raised:
        ask(server, retries=2)
    assert len(server.requests) == 3
    said = str(raised.value)
    assert said.startswith("500: out of memory xxx")
    assert len(said) < 220


def test_a_slow_answer(server: Server) -> None:
    server.script = lambda *_: replace(server.says("Here."), seconds=0.5)
    with pytest.raises(UnansweredError, match=r"no answer within 0\.1 s"):
        ask(server, timeout=0.1)


def test_nobody_there() -> None:
    with pytest.raises(UnreachableError, match=r"no connection to 127\.0\.0\.1"):
        Endpoint("http://127.0.0.1:1/v1", timeout=1, retries=0).ask("teacher", HELLO)


class TestKey:
    @pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429, 500])
    def test_a_server_that_repeats_it_is_not_quoted(self, server: Server, status: int) -> None:
        server.script = lambda *_: server.refuses(status, f"no: {server.key}")
        with pytest.raises((InputError, UnansweredError)) as raised:
            ask(server)
        assert server.keys == [f"Bearer {server.key}"]
        assert server.key not in str(raised.value)

    @pytest.mark.parametrize("key", ["sk-two words", "sk-ü", "sk-a\nb"])
    def test_one_that_no_header_can_hold(
        self, server: Server, monkeypatch: pytest.MonkeyPatch, key: str
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", key)
        with pytest.raises(InputError) as raised:
            ask(server)
        assert (
            str(raised.value) == "field 'OPENAI_API_KEY': contains characters that no key can have"
        )

    def test_blanks_around_it_do_not_count(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", f" {server.key}\n")
        server.script = lambda *_: server.says("Here.")
        ask(server)
        assert server.keys == [f"Bearer {server.key}"]

    def test_the_default_endpoint_needs_one(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("OPENAI_API_KEY")
        with pytest.raises(InputError, match="field 'OPENAI_API_KEY': is not set"):
            Endpoint(timeout=1, retries=0)

    def test_the_default_endpoint_can_be_set_outside(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        assert Endpoint(timeout=1, retries=0).host == "127.0.0.1"


ADDRESSES = {
    "no scheme": ("127.0.0.1/v1", "is not an http address"),
    "another scheme": ("ftp://127.0.0.1", "is not an http address"),
    "no host": ("http://", "is not an http address"),
    "a password": ("http://me:hidden@127.0.0.1/v1", "holds a name, a password or a query"),
    "a query": ("http://127.0.0.1/v1?key=hidden", "holds a name, a password or a query"),
}


@pytest.mark.parametrize(("url", "said"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_that_is_none(server: Server, url: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        Endpoint(url, timeout=1, retries=0)
    assert "hidden" not in str(raised.value)
