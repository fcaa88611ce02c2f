"""What a chat completion says: the reasoning, the final text, and how it ended.

Endpoints give the reasoning in a field of its own, in a list of content parts, in tags within the
text, or in several of these at once. Whatever the shape, the final text is what a reader of the
conversation is shown: nothing of the reasoning, and none of its tags, is left in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

OWN_END = frozenset({"", "stop", "eos", "eos_token", "end_turn", "stop_sequence", "completed"})
"""Finish reasons, in lower case, of an answer that is whole; so is one without a reason."""

AT_LIMIT = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
"""Finish reasons of an answer that ran into its limit of tokens."""

INTERRUPTED = frozenset({"insufficient_system_resource", "error", "network_error", "abort"})
"""Finish reasons of an answer that the server broke off, and that a retry may get."""

_TAG = re.compile(
    r"<[ ]*(?P<close>/)?[ ]*(?:seed:)?(?:think(?:ing)?|thoughts?|reasoning|reflection|analysis"
    r"|scratchpad)(?:\s[^<>]*)?>"
    r"|(?-i:\[(?P<bracket>/)?THINK\])"
    r"|◁(?P<kimi>/)?think▷"
    r"|<\|(?:begin|(?P<thought>end))_of_thought\|>"
    r"|<\|(?:start|(?P<cohere>end))_thinking\|>"
    r"|<\|channel\|>(?:analysis|(?P<final>final))<\|message\|>",
    re.IGNORECASE,
)
"""The tags around reasoning: DeepSeek, Qwen, Seed-OSS and others, Magistral, Kimi, Sky-T1, Cohere,
and gpt-oss where its server leaves its channels in the text."""

_FRAME = re.compile(
    r"<\|(?:(?:begin|end)_of_solution|(?:start|end)_response|end|return|im_end)\|>"
    r"|<\|start\|>assistant(?=<\|)",
    re.IGNORECASE,
)
"""Signs of a template that some servers leave around the final text, or between it and the rest."""

_TEXT_KEYS = ("text", "thinking", "reasoning", "reasoning_content", "summary", "content", "value")
"""Where a content part keeps its words, whatever it calls them."""


class Answer(BaseModel):
    """What a model gave.

    Attributes:
        trace: its reasoning: the endpoint's own field, else the reasoning among the content parts,
            else what stands in ``<think>`` tags; None where there is none.
        text: the final text, without the reasoning and without blanks around it.
        cut: whether the answer ended at its limit of tokens.
        stopped: what else kept it from its own end (``content_filter``), or None.
        tokens_in, tokens_out: as the endpoint counts them; 0 where it does not.
    """

    model_config = ConfigDict(frozen=True)

    trace: str | None
    text: str
    cut: bool
    stopped: str | None = None
    tokens_in: int
    tokens_out: int


class _Message(BaseModel):
    content: str | list[Any] | dict[str, Any] | None = None
    refusal: str | None = None  # OpenAI
    reasoning_content: Any = None  # DeepSeek, SGLang
    reasoning: Any = None  # vLLM since 0.11, OpenRouter
    thinking: Any = None  # Ollama
    reasoning_details: Any = None  # OpenRouter
    thinking_blocks: Any = None  # LiteLLM


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(BaseModel):
    """The part of a chat completion that is used."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None


def read_completion(text: str) -> Answer:
    """The answer in the JSON text of a chat completion.

    Raises:
        ValueError: if `text` is not a chat completion.
    """
    completion = _Completion.model_validate_json(text)
    choice, usage = completion.choices[0], completion.usage or _Usage()
    finish = (choice.finish_reason or "").lower()
    stopped = None if finish in OWN_END | AT_LIMIT else finish
    if choice.message.refusal:
        stopped = f"refusal: {choice.message.refusal}"
    trace, final = _reasoning_and_text(choice.message)
    return Answer(
        trace=trace or None,
        text=final,
        cut=finish in AT_LIMIT,
        stopped=stopped,
        tokens_in=usage.prompt_tokens or 0,
        tokens_out=usage.completion_tokens or 0,
    )


def split_tags(text: str) -> tuple[str, str]:
    """The reasoning in a text with tags, and the text outside it; both without tags.

    A closing tag that nothing opened ends reasoning that began with the text, as where a chat
    template opens the tag; an opening tag that nothing closes starts reasoning up to the end.
    """
    text = _FRAME.sub("", text)
    pieces, inside, start = list[tuple[bool, str]](), False, 0
    for tag in _TAG.finditer(text):
        pieces.append((inside, text[start : tag.start()]))
        closes, start = any(tag.groups()), tag.end()
        if closes and not inside:
            pieces = [(True, piece) for _, piece in pieces]
        inside = not closes
    pieces.append((inside, text[start:]))
    thoughts = _joined(piece for thought, piece in pieces if thought)
    return thoughts, _joined(piece for thought, piece in pieces if not thought)


def _reasoning_and_text(message: _Message) -> tuple[str, str]:
    parts = list(_parts(message.content))
    content = "".join(words for thought, words in parts if not thought)
    given = (
        _words(message.reasoning_content),
        _words(message.reasoning),
        _words(message.thinking),
        _words(message.reasoning_details),
        _words(message.thinking_blocks),
        _joined(words for thought, words in parts if thought),
    )
    own = next((words for words in given if words.strip()), "")
    thought, after = split_tags(own)
    tagged, final = split_tags(content)
    if not (thought or after):
        return tagged, final
    if not content.strip():
        # Some servers put everything into the field, including the answer after its closing tag.
        return (thought, after) if thought else (after, "")
    if not final and all(any(tag.groups()) for tag in _TAG.finditer(content)):
        # The reasoning is in its field, so a lone closing tag after the answer is stray.
        final = tagged
    return thought or after, final


def _parts(content: object) -> Iterator[tuple[bool, str]]:
    """Whether it is reasoning, and its words, for each part of a content."""
    for part in content if isinstance(content, list) else [content]:
        kind = str(part.get("type", "")) if isinstance(part, dict) else ""
        thought = isinstance(part, dict) and part.get("thought") is True
        yield thought or bool(re.search("think|thought|reason", kind, re.IGNORECASE)), _words(part)


def _words(part: object) -> str:
    """The words of a part, of a list of parts, or of what stands in place of one."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "".join(map(_words, part))
    if isinstance(part, dict):
        return next((words for key in _TEXT_KEYS if (words := _words(part.get(key)))), "")
    return ""


def _joined(pieces: Iterable[str]) -> str:
    return "\n\n".join(filter(None, (piece.strip() for piece in pieces)))
