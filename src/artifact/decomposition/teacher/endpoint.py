"""One request to an OpenAI-compatible endpoint, and its possible outcomes.

An answer, a failure of this request alone (`UnansweredError`), a refusal of this kind of request
(`RefusedError`), or one that would meet every request (`InputError`). The key comes from the
environment and leaves this module only in the request's header: texts from the server, errors
included, are cleared of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

import openai

from artifact.common.errors import ArtifactError, InputError
from artifact.decomposition.teacher.completion import Answer, read_completion
from artifact.decomposition.teacher.failures import (
    MASKED,
    FilteredError,
    RefusedError,
    UnansweredError,
    UnreachableError,
    meaning,
    names_no_model,
    stated_status,
    words_in,
)
from artifact.decomposition.teacher.prompts import Message

KEY_VARIABLE = "OPENAI_API_KEY"
SUMMARY_KEY_VARIABLE = "SUMMARY_API_KEY"
"""The key of a second endpoint for summaries: a key goes to the endpoint it is meant for."""

PATH = "/chat/completions"
"""What the client adds to the base address."""

NO_KEY = "none"
"""What is sent as the key to a user's own endpoint that needs none."""


class Endpoint:
    """Where requests go.

    Args:
        url: base address up to and including its version (``https://api.deepseek.com``,
            ``http://localhost:8000/v1``); None is the client's default: OPENAI_BASE_URL, else
            OpenAI's own.
        timeout: seconds that one attempt may take.
        retries: attempts after the first, with the client's exponential back-off: for lost
            connections, timeouts, 408, 409, 429 and 5xx.
        key_variable: the environment variable that holds the key.

    Raises:
        InputError: if `url` is not an address or contains a name or password, or there is no key
            and no address but the default.
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
            api_key=self._key or NO_KEY,
            base_url=url,
            timeout=timeout,
            max_retries=retries,
            http_client=openai.DefaultHttpxClient(
                timeout=timeout, event_hooks={"response": [_mean_what_the_body_says]}
            ),
        )
        address = self._client.base_url
        if address.scheme not in ("http", "https") or not address.host:
            raise InputError("is not an http address", field="endpoint")
        if address.userinfo or address.query:
            raise InputError(
                "holds a name, a password or a query",
                field="endpoint",
                cure=f"give the bare address, and put a key in {key_variable}",
            )
        base = str(address).rstrip("/")
        if base.endswith(PATH):
            cure = f"give {base.removesuffix(PATH)}"
            raise InputError(f"ends in {PATH}, which is added to it", field="endpoint", cure=cure)
        self.host: str = address.host
        self._hint = "" if address.path.strip("/") else f"try {base}/v1"

    def ask(
        self,
        model: str,
        messages: Sequence[Message],
        *,
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> Answer:
        """The model's answer to a conversation.

        An answer that the endpoint withholds because of its content is an answer without text.

        Raises:
            UnansweredError: if this request got no answer that can be used; `RefusedError` if it
                will be refused again as it is.
            InputError: if the endpoint refuses the key, the account, the model or the path.
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
            raise UnreachableError(
                f"no connection to {self.host}: check the network, or name another with --endpoint"
            ) from error
        except openai.APIStatusError as error:
            failure = self._meaning(error, model)
            if isinstance(failure, FilteredError):
                why = f"content_filter ({failure})"
                return Answer(
                    trace=None, text="", cut=False, stopped=why, tokens_in=0, tokens_out=0
                )
            raise failure from error
        try:
            answer = read_completion(raw.text)
        except ValueError as error:
            hint = f"; {self._hint}" if self._hint else ""
            # A web page comes from a wrong address or a gate before it, and will come again.
            failure_type = RefusedError if raw.text.lstrip().startswith("<") else UnansweredError
            raise failure_type(f"the answer is not a chat completion{hint}") from error
        texts = answer.model_dump(include={"trace", "text", "stopped"}, exclude_none=True)
        cleared = {field: self._clear(text) for field, text in texts.items()}
        return answer.model_copy(update=cleared)

    def _meaning(self, error: openai.APIStatusError, model: str) -> ArtifactError:
        """What a failed request means, in the endpoint's own words."""
        status, said = error.status_code, self._clear(words_in(error.response.text))
        said = said or error.response.reason_phrase
        if status == 401:
            cure = f"set {self._key_variable} to a key of this endpoint"
            return InputError(f"{self.host} refuses the key (401): {said}", cure=cure)
        unknown = names_no_model(status, said)
        if status in (404, 405) and self._hint and not unknown:
            fault = f"{self.host} answers no chat requests at this address ({status}: {said})"
            return InputError(fault, field="endpoint", cure=self._hint)
        if status == 404 or unknown:
            cure = "check --model, --summary-model and --endpoint"
            fault = f"{self.host} has no model '{model}' there ({status}: {said})"
            return InputError(fault, cure=cure)
        return meaning(status, error.code, said, host=self.host)

    def _clear(self, text: str) -> str:
        return text.replace(self._key, MASKED) if self._key else text


def _mean_what_the_body_says(response: Any) -> None:
    """Give a reply the status that its body states, so the client retries what is transient."""
    response.status_code = stated_status(
        response.status_code, response.read().decode("utf-8", "replace")
    )


def _key_from(variable: str, *, needed: bool) -> str:
    """The key, or "" if there is none and none is needed, as for a user's own endpoint.

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
        raise InputError("contains characters that no key can have", field=variable)
    return key
