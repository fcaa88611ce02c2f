"""The prompts of a teacher: one file of words and settings, which a researcher can replace."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from artifact.common.errors import InputError
from artifact.common.files import first_fault, located, read_yaml

Kind = Literal["traces", "summaries", "explanations"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What a teacher is asked for, in the order of asking."""

OWN_PROMPTS = Path(__file__).with_name("prompts.yml")
"""The release's prompts."""

_PLACE = re.compile(r"\{(\w+)\}")
_ASKED = frozenset({"facts", "question"})
_PLACES: Mapping[Kind, frozenset[str]] = {
    "traces": _ASKED,
    "summaries": _ASKED | {"input", "trace", "prediction"},
    "explanations": _ASKED | {"input", "trace", "prediction"},
}


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Message(_Record):
    """A turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class Prompt(_Record):
    """One kind of request.

    Attributes:
        messages: the conversation, with places in braces to fill.
        temperature, max_tokens: sent with it; None leaves them to the endpoint.
        words_below: an answer of as many words or more is not used; None takes any.
        expected_tokens: length of an answer for the estimate; no request depends on it.
    """

    messages: Annotated[list[Message], Field(min_length=1)]
    temperature: Annotated[float, Field(ge=0)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    words_below: Annotated[int, Field(ge=1)] | None = None
    expected_tokens: Annotated[int, Field(ge=1)]

    def filled(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """The messages with `values` in their places; places within a value are not filled."""
        return tuple(
            Message(
                role=message.role,
                content=_PLACE.sub(lambda place: values[place[1]], message.content),
            )
            for message in self.messages
        )

    @property
    def sha256(self) -> str:
        """Hash (hex) of all that answers depend on: equal prompts, equal hashes."""
        asked = self.model_dump(exclude={"expected_tokens"})
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    def token_limit(self, limit: int | None) -> int | None:
        """`max_tokens`, or `limit` if that is lower or the only one."""
        return min((each for each in (self.max_tokens, limit) if each), default=None)


class Prompts(_Record):
    """The prompts of all kinds."""

    traces: Prompt
    summaries: Prompt
    explanations: Prompt

    def of(self, kind: Kind) -> Prompt:
        """The prompt of one kind."""
        prompt: Prompt = getattr(self, kind)
        return prompt


def read_kinds(text: str) -> tuple[Kind, ...]:
    """Kinds from ``traces,summaries,explanations``, in the order of asking.

    Raises:
        InputError: if one is not known, or traces, which the others rest on, are not among them.
    """
    named = [word.strip() for word in text.split(",")]
    for word in named:
        if word not in KINDS:
            cure = f"choose from {', '.join(KINDS)}"
            raise InputError(f"'{word}' is not a kind", field="kinds", cure=cure)
    if "traces" not in named:
        raise InputError("must include traces, which the other kinds depend on", field="kinds")
    return tuple(kind for kind in KINDS if kind in named)


def read_prompts(path: Path = OWN_PROMPTS) -> Prompts:
    """The prompts in a YAML file.

    Raises:
        InputError: if the file can't be read, lacks a kind, has a key or a place that is not
            known, or a value of the wrong type.
    """
    try:
        prompts = Prompts.model_validate(read_yaml(path))
    except ValidationError as error:
        raise located(first_fault(error), path=path) from error
    for kind in KINDS:
        for message in prompts.of(kind).messages:
            for place in _PLACE.findall(message.content):
                if place not in _PLACES[kind]:
                    raise InputError(
                        f"'{{{place}}}' is not a placeholder",
                        path=path,
                        field=kind,
                        cure=f"choose from {', '.join(sorted(_PLACES[kind]))}",
                    )
    return prompts
