"""What it means when an endpoint does not answer: for this request alone, for its kind, or for all.

Endpoints say it in a status, in the body of a status that says something else (200, or 500 for
what will never succeed), and in words. Here all of them become one status and one quotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from artifact.common.documents import json_value
from artifact.common.errors import ArtifactError, InputError
from artifact.decomposition.teacher.completion import INTERRUPTED

LONGEST_QUOTE = 200
"""Characters of a server's message that an error quotes."""

MASKED = "[key]"
"""What stands in a quotation for a key, and for one that the server has masked with asterisks."""

REFUSED = frozenset({400, 405, 406, 410, 411, 415, 422, 501, 505})
"""Statuses of a request that will be refused again as it is."""

_MEANINGS = (
    (429, r"rate.?limit|too many requests|resource.?exhausted"),
    (503, r"overload|unavailable|try again|busy|loading|time.?out|timed out|capacity"),
    (401, r"api.?key|unauthori[sz]ed|unauthenticated|authenticat"),
    (402, r"balance|quota|credit|billing|payment"),
    (403, r"forbidden|permission|access denied"),
    (404, r"not.?found|unexpected endpoint|invalid url|no such|not exist|unknown model"),
    (500, r"internal.?(?:server.?)?error|server.?error|api_error"),
)
"""Statuses by the words of an error that names none; an error that matches none is a 400."""

_NEVER = re.compile(
    r"must alternate|successive|consecutive|jinja|template error|unsupported|not supported", re.I
)
"""Errors that no retry will fix, whatever their status."""

_UNKNOWN_MODEL = re.compile(
    r"model.*(?:not exist|not found|unknown|no such)|(?:invalid|not a valid) model|pinned to",
    re.I | re.DOTALL,
)
"""How they report an unknown model without a 404: DeepSeek, OpenRouter, Mistral, transformers."""

_FILTERED = re.compile(
    r"content.{0,3}(?:filter|policy|management|moderation|exists risk)|data.?inspection"
    r"|inappropriate|moderation|flagged|sensitive (?:content|word|information)",
    re.I,
)
"""How endpoints refuse the content of one conversation: Azure, DeepSeek, Alibaba, OpenRouter."""

_TOO_LONG = re.compile(
    r"context.?(?:length|window|size|limit)|entity too large|(?:prompt|input|conversation) .{0,40}"
    r"too (?:long|large|many)",
    re.I | re.DOTALL,
)
"""How endpoints refuse the length of one conversation."""


class UnansweredError(ArtifactError):
    """A request that got no answer after all retries, or none that can be read."""


class UnreachableError(UnansweredError):
    """Nothing listens there, the network does not lead there, or the connection broke."""


class RefusedError(UnansweredError):
    """A request that will be refused again as it is; the first of its kind speaks for all."""


class FilteredError(ArtifactError):
    """The endpoint does not answer this conversation because of its content."""


def stated_status(status: int, text: str) -> int:
    """The status that a reply means, if its body contradicts `status`.

    Args:
        status: as the reply has it.
        text: its body.
    """
    if status >= 500:
        return 400 if _NEVER.search(text) else status
    if status != 200:
        return status
    try:
        body = json_value(text)
    except InputError:
        return status
    error = _error_in(body)
    if error is None:
        return 503 if _finish_in(body).lower() in INTERRUPTED else status
    for code in _codes(error, body):
        if re.fullmatch(r"[45]\d\d", code):
            return int(code)
    words = " ".join([*_codes(error, body), _message_in(error)])
    if _NEVER.search(words):
        return 400
    return next((code for code, word in _MEANINGS if re.search(word, words, re.I)), 400)


def words_in(text: str) -> str:
    """What the body of a failed request says, in one line and ready to be quoted."""
    try:
        body = json_value(text)
    except InputError:
        body = text
    said = _message_in(_error_in(body) or body) or _finish_in(body)
    line = re.sub(r"\S*\*{3}\S*", MASKED, " ".join(said.split()))
    return line if len(line) <= LONGEST_QUOTE else f"{line[:LONGEST_QUOTE]}…"


def meaning(status: int, code: str | None, said: str, *, host: str) -> ArtifactError:
    """What a failed request means, given the endpoint's words.

    Args:
        status, code: of the reply; `status` as `stated_status` gives it.
        said: the endpoint's words, ready to be quoted.
        host: of the endpoint.

    Returns:
        `FilteredError`, `UnansweredError` or `RefusedError`; `InputError` if every request would
        fail likewise. What 401 and 404 mean is left to the caller, who knows better.
    """
    quoted = f"{status}: {said}"
    if status in (400, 403, 422, 451) and _FILTERED.search(f"{code} {said}"):
        return FilteredError(quoted)
    if status == 413 or (status in REFUSED and _TOO_LONG.search(said)):
        return UnansweredError(quoted)
    if status in (402, 403) or code == "insufficient_quota":
        return InputError(f"{host} refuses the request ({quoted})")
    return (RefusedError if status in REFUSED else UnansweredError)(quoted)


def names_no_model(status: int, said: str) -> bool:
    """Whether a refusal says that the model is not known."""
    return status in (400, 404, 422) and bool(_UNKNOWN_MODEL.search(said))


def _error_in(body: Any) -> object:
    """The error that the body of a reply holds instead of an answer, or None."""
    if isinstance(body, list):
        body = body[0] if body else None
    if not isinstance(body, dict):
        return None
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if error := body.get("error") or (first.get("error") if isinstance(first, dict) else None):
        return error
    said = any(body.get(key) for key in ("message", "detail", "msg"))
    return body if said and not choices else None


def _finish_in(body: Any) -> str:
    try:
        return str(body["choices"][0]["finish_reason"])
    except (LookupError, TypeError):
        return ""


def _codes(error: object, body: Any) -> Iterator[str]:
    """What may be a code, in an error and around it."""
    for place in (error, body):
        if isinstance(place, dict):
            for key in ("code", "status", "status_code", "http_status", "type"):
                yield str(place.get(key, ""))


def _message_in(error: object) -> str:
    """The words of an error, with those of the server behind the endpoint where it has them."""
    if not isinstance(error, dict):
        return str(error or "")
    said = next((error[key] for key in ("message", "detail", "msg") if error.get(key)), "")
    metadata = error.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    return f"{said}: {raw}" if raw else str(said)
