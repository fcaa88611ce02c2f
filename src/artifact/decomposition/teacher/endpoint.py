"""One request to an OpenAI-compatible endpoint, and its possible outcomes.

An answer, a failure of this request alone (`UnansweredError`), or a refusal that would meet every
request (`InputError`). The key comes from the environment and leaves this module only in the
request's header: texts from the server, errors included, are cleared of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import openai
from pydantic import BaseModel, ConfigDict, Field

from artifact.common.errors import ArtifactError, InputError
from artifact.decomposition.teacher.prompts import Message

KEY_VARIABLE = "OPENAI_API_KEY"
SUMMARY_KEY_VARIABLE = "SUMMARY_API_KEY"
"""The key of a second endpoint for summaries: a key goes to the endpoint it is meant for."""

NO_KEY = "none"
"""What is sent as the key to an endpoint of one's own that needs none."""

LONGEST_QUOTE = 200
"""Characters of a server's message that an error quotes."""

_THOUGHT = re.compile(r"\s*(?:<think>)?(.*?)</think>(.*)", re.DOTALL)
_UNKNOWN_MODEL = re.compile(
    r"model.*(?:not exist|not found|unknown|no such)|(?:invalid|not a valid) model|pinned to",
    re.I | re.DOTALL,
)
"""How endpoints say so that do not answer 404: DeepSeek, OpenRouter, Mistral, transformers."""


class UnansweredError(ArtifactError):
    """A request that got no answer after all retries, or none that can be read."""


class UnreachableError(UnansweredError):
    """Nothing listens there, the network does not lead there, or the connection broke."""


class Answer(BaseModel):
    """What a model gave.

    Attributes:
        trace: its reasoning: the endpoint's own field, else what comes before ``</think>``;
            None where there is neither.
        text: the final text, without the reasoning and without blanks around it.
        cut: whether the answer ended at its limit of tokens.
        tokens_in, tokens_out: as the endpoint counts them; 0 where it does not.
    """

    model_config = ConfigDict(frozen=True)

    trace: str | None
    text: str
    cut: bool
    tokens_in: int
    tokens_out: int


class _Message(BaseModel):
    content: str | None = None
    reasoning_content: str | None = None  # DeepSeek
    reasoning: str | None = None  # vLLM since 0.11, OpenRouter


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Reply(BaseModel):
    """The part of a chat completion that is used."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None


class Endpoint:
    """Where requests go.

    Args:
        url: base address up to and with its version (``https://api.deepseek.com``,
            ``http://localhost:8000/v1``); None is the client's default: OPENAI_BASE_URL, else
            OpenAI's own.
        timeout: seconds that one attempt may take.
        retries: attempts after the first, with the client's exponential back-off: for lost
            connections, timeouts, 408, 409, 429 and 5xx.
        key_variable: the environment variable that holds the key.

    Raises:
        InputError: if `url` is no address or holds a name or password, or there is no key and no
            address of one's own.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        timeout: float,
        retries: int,
        key_variable: str = KEY_VARIABLE,
    ) -> None:
        self._key_variable = key_variable
        self._key = _key_from(key_variable, needed=not (url or os.environ.get("OPENAI_BASE_URL")))
        self._timeout = timeout
        self._client = openai.OpenAI(
            api_key=self._key or NO_KEY, base_url=url, timeout=timeout, max_retries=retries
        )
        address = self._client.base_url
        if address.scheme not in ("http", "https") or not address.host:
            raise InputError("is not an http address", field="endpoint")
        if address.userinfo or address.query:
            raise InputError(
                "holds a name, a password or a query",
                field="endpoint",
                cure=f"give the bare address, and a key in {key_variable}",
            )
        self.host: str = address.host

    def ask(
        self,
        model: str,
        messages: Sequence[Message],
        *,
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> Answer:
        """The model's answer to a conversation.

        Raises:
            UnansweredError: if this request got no answer that can be used.
            InputError: if the endpoint refuses the key, the account or the model.
        """
        settings = {"temperature": temperature, "max_tokens": max_tokens}
        request: dict[str, Any] = {
            "model": model,
            "messages": [message.model_dump() for message in messages],
        } | {name: value for name, value in settings.items() if value is not None}
        try:
            raw = self._client.chat.completions.with_raw_response.create(**request)
        except openai.APITimeoutError as error:
            raise UnansweredError(f"no answer within {self._timeout:g} s") from error
        except openai.APIConnectionError as error:
            raise UnreachableError(f"no connection to {self.host}") from error
        except openai.APIStatusError as error:
            self._raise(error, model)
        try:
            return self._answer(_Reply.model_validate_json(raw.text))
        except ValueError as error:
            raise UnansweredError("the answer is not a chat completion") from error

    def _answer(self, reply: _Reply) -> Answer:
        choice, usage = reply.choices[0], reply.usage or _Usage()
        message, text = choice.message, choice.message.content or ""
        trace = message.reasoning_content or message.reasoning
        if trace is None and (thought := _THOUGHT.fullmatch(text)):
            trace, text = thought.groups()
        return Answer(
            trace=self._clear(trace).strip() or None if trace else None,
            text=self._clear(text).strip(),
            cut=choice.finish_reason == "length",
            tokens_in=usage.prompt_tokens,
            tokens_out=usage.completion_tokens,
        )

    def _raise(self, error: openai.APIStatusError, model: str) -> NoReturn:
        """What a status means: for this request alone, or for every one."""
        status, said = error.status_code, self._quoted(error)
        if status == 401:
            cure = f"set {self._key_variable} to a key of this endpoint"
            raise InputError(f"{self.host} refuses the key (401)", cure=cure) from error
        if status == 404 or (status == 400 and _UNKNOWN_MODEL.search(said)):
            cure = "check --model, --summary-model and --endpoint"
            fault = f"{self.host} has no model '{model}' there ({status}: {said})"
            raise InputError(fault, cure=cure) from error
        if status in (402, 403) or error.code == "insufficient_quota":
            raise InputError(f"{self.host} refuses the request ({status}: {said})") from error
        raise UnansweredError(f"{status}: {said}") from error

    def _quoted(self, error: openai.APIStatusError) -> str:
        body = error.body
        said = body.get("message") or body.get("detail") if isinstance(body, dict) else body
        text = " ".join(self._clear(str(said or error.response.reason_phrase)).split())
        return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"

    def _clear(self, text: str) -> str:
        return text.replace(self._key, "[key]") if self._key else text


def _key_from(variable: str, *, needed: bool) -> str:
    """The key, or "" where there is none and an endpoint of one's own may not want any.

    Raises:
        InputError: without the key itself in its message.
    """
    key = os.environ.get(variable, "").strip()
    if not key and needed:
        raise InputError(
            "is not set",
            field=variable,
            cure="export the endpoint's key, or give --endpoint for one that needs none",
        )
    if not re.fullmatch(r"[!-~]*", key):
        raise InputError("holds characters that no key has", field=variable)
    return key
