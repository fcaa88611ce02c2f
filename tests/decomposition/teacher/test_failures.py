"""What a failed request means: for itself, for its kind, or for all, by status, body and words."""

from __future__ import annotations

import json

import pytest

from artifact.common.errors import ArtifactError, InputError
from artifact.decomposition.teacher.failures import (
    LONGEST_QUOTE,
    FilteredError,
    RefusedError,
    UnansweredError,
    meaning,
    stated_status,
    words_in,
)

COMPLETION = {"choices": [{"message": {"content": "Here."}, "finish_reason": "stop"}]}

STATED: dict[str, tuple[int, object, int]] = {
    # 200, and the body says otherwise
    "an answer": (200, COMPLETION, 200),
    "an answer beside no error": (200, COMPLETION | {"error": None}, 200),
    "a code": (200, {"error": {"message": "slow down", "code": 429}}, 429),
    "a code as text": (200, {"error": {"message": "no", "code": "503"}}, 503),
    "a code outside": (200, {"code": 500, "message": "no"}, 500),
    "a status outside": (200, {"status": 401, "error": "no"}, 401),
    "vLLM's object": (200, {"object": "error", "message": "no", "code": 404}, 404),
    "a list": (
        200,
        [{"error": {"code": 429, "message": "no", "status": "RESOURCE_EXHAUSTED"}}],
        429,
    ),
    "in the choice": (200, {"choices": [{"error": {"code": 502, "message": "no"}}]}, 502),
    "a word for a code": (200, {"error": {"code": "rate_limit_exceeded", "message": "no"}}, 429),
    "overload": (200, {"error": {"type": "overloaded_error", "message": "no"}}, 503),
    "a key's word": (200, {"error": {"code": "invalid_api_key", "message": "no"}}, 401),
    "money": (200, {"error": {"message": "Insufficient Balance"}}, 402),
    "a model": (200, {"error": {"message": "model 'x' not found"}}, 404),
    "a path": (200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}, 404),
    "FastAPI's detail": (200, {"detail": "Not Found"}, 404),
    "no code and no known word": (200, {"error": {"message": "Bad thing"}}, 400),
    "a parameter": (200, {"error": {"message": "max_tokens is not supported"}}, 400),
    "roles": (200, {"error": "Conversation roles must alternate"}, 400),
    "broken off": (200, {"choices": [{"finish_reason": "insufficient_system_resource"}]}, 503),
    "half of an answer": (200, {"choices": []}, 200),
    "a number": (200, 7, 200),
    # 500, and no further try will help
    "a template": (500, {"error": "Jinja Exception: Conversation roles must alternate"}, 400),
    "a crash": (500, {"error": "CUDA out of memory"}, 500),
    "busy": (503, {"error": "Loading model"}, 503),
    # its own word
    "a refusal": (404, {"error": {"code": 429, "message": "no"}}, 404),
}


@pytest.mark.parametrize(("status", "body", "stated"), STATED.values(), ids=STATED)
def test_the_status_that_is_meant(status: int, body: object, stated: int) -> None:
    assert stated_status(status, json.dumps(body)) == stated


def test_what_is_no_json_states_nothing() -> None:
    assert stated_status(200, "<html>") == 200


WORDS: dict[str, tuple[str, str]] = {
    "OpenAI's": ('{"error": {"message": "no\\n way"}}', "no way"),
    "a text": ('{"error": "no way"}', "no way"),
    "FastAPI's": ('{"detail": "no way"}', "no way"),
    "FastAPI's list": ('{"detail": [{"loc": ["max_tokens"], "msg": "no"}]}', "max_tokens"),
    "vLLM's": ('{"object": "error", "message": "no way"}', "no way"),
    "Gemini's": ('[{"error": {"message": "no way"}}]', "no way"),
    "passed on": (
        '{"error": {"message": "Provider returned error", "metadata": {"raw": "no way"}}}',
        "Provider returned error: no way",
    ),
    "no JSON": ("no way", "no way"),
    "a key behind asterisks": ('{"error": "bad key sk-a1***b2."}', "bad key [key]"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("body", "said"), WORDS.values(), ids=WORDS)
def test_words_that_are_quoted(body: str, said: str) -> None:
    words = words_in(body)
    assert said in words
    assert len(words) <= len(said) + 60


def test_a_quotation_is_short() -> None:
    assert len(words_in("x" * 999)) == LONGEST_QUOTE + 1


MEANT: dict[str, tuple[int, str | None, str, type[ArtifactError]]] = {
    "roles": (400, None, "Conversation roles must alternate", RefusedError),
    "successive turns": (400, None, "does not support successive assistant messages", RefusedError),
    "max_tokens": (400, None, "Unsupported parameter: 'max_tokens'", RefusedError),
    "temperature": (400, None, "'temperature' does not support 0 with this model", RefusedError),
    "a field too many": (422, None, "Extra inputs are not permitted: max_tokens", RefusedError),
    "max_tokens too large": (400, None, "Invalid max_tokens value, at most 100", RefusedError),
    "no such method": (405, None, "Method Not Allowed", RefusedError),
    "not made": (501, None, "Not Implemented", RefusedError),
    "too long": (400, None, "maximum context length is 4096 tokens", UnansweredError),
    "too long a prompt": (400, None, "Your prompt is 5,000 tokens, too long", UnansweredError),
    "too long for vLLM": (
        400,
        None,
        "'max_tokens' is too large: 200. This model's maximum context length is 100 tokens",
        UnansweredError,
    ),
    "too large": (413, None, "no", UnansweredError),
    "too many": (429, None, "slow down", UnansweredError),
    "down": (503, None, "no", UnansweredError),
    "no quota": (429, "insufficient_quota", "no", InputError),
    "no money": (402, None, "Insufficient Balance", InputError),
    "forbidden": (403, None, "no", InputError),
    "Azure's filter": (400, "content_filter", "The response was filtered", FilteredError),
    "DeepSeek's filter": (400, None, "Content Exists Risk", FilteredError),
    "Alibaba's filter": (400, "data_inspection_failed", "no", FilteredError),
    "OpenRouter's filter": (403, None, "Your input was flagged", FilteredError),
}


@pytest.mark.parametrize(("status", "code", "said", "kind"), MEANT.values(), ids=MEANT)
def test_what_a_failure_means(
    status: int, code: str | None, said: str, kind: type[ArtifactError]
) -> None:
    failure = meaning(status, code, said, host="h")
    assert type(failure) is kind
    assert f"{status}: {said}" in str(failure)
