"""A completion, whatever its shape: the reasoning, and a final text with nothing of it left in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from artifact.decomposition.teacher.completion import read_completion, split_tags


def read(content: object, finish: str | None = "stop", **fields: Any) -> Any:
    choice = {"message": {"content": content} | fields, "finish_reason": finish}
    return read_completion(json.dumps({"choices": [choice]}))


def parts(*of_parts: object) -> list[object]:
    return list(of_parts)


HM = {"type": "thinking", "thinking": "Hm."}
HERE = {"type": "text", "text": "Here."}

SHAPES: dict[str, tuple[object, dict[str, Any], str | None, str]] = {
    # one place
    "a field of its own": ("Here.", {"reasoning_content": "Hm."}, "Hm.", "Here."),
    "vLLM's field": ("Here.", {"reasoning": "Hm."}, "Hm.", "Here."),
    "Ollama's field": ("Here.", {"thinking": "Hm."}, "Hm.", "Here."),
    "OpenRouter's list": (
        "Here.",
        {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]},
        "Hm.",
        "Here.",
    ),
    "LiteLLM's blocks": ("Here.", {"thinking_blocks": [HM]}, "Hm.", "Here."),
    "an empty field, then a full one": (
        "Here.",
        {"reasoning_content": " ", "reasoning": "Hm."},
        "Hm.",
        "Here.",
    ),
    "tags": ("<think>Hm.</think>\n\nHere.", {}, "Hm.", "Here."),
    "tags over lines": ("<think>\nHm.\nSo.\n</think>Here.", {}, "Hm.\nSo.", "Here."),
    "open tag in the template": ("Hm.</think>Here.", {}, "Hm.", "Here."),
    "capital tags": ("<THINK>Hm.</THINK>Here.", {}, "Hm.", "Here."),
    "other words in the tags": ("<thinking>Hm.</thinking>Here.", {}, "Hm.", "Here."),
    "Magistral's tags": ("[THINK]Hm.[/THINK]Here.", {}, "Hm.", "Here."),
    "Kimi's tags": ("◁think▷Hm.◁/think▷Here.", {}, "Hm.", "Here."),
    "Seed's tags": ("<seed:think>Hm.</seed:think>Here.", {}, "Hm.", "Here."),
    "none": ("Here.", {}, None, "Here."),
    # both, or astray
    "a field and tags": ("<think>x</think>Here.", {"reasoning": "y"}, "y", "Here."),
    "a field and the same in tags": (
        "<think>Hm.</think>\n\nHere.",
        {"reasoning_content": "Hm."},
        "Hm.",
        "Here.",
    ),
    "a blank field and tags": ("<think>Hm.</think>Here.", {"reasoning": "\n"}, "Hm.", "Here."),
    "a field, and its closing tag": ("</think>\n\nHere.", {"reasoning": "Hm."}, "Hm.", "Here."),
    "a field, and a closing tag behind": ("Here.\n</think>", {"reasoning": "Hm."}, "Hm.", "Here."),
    "a field with its rest before the tag": (
        "so.</think>Here.",
        {"reasoning": "Hm, "},
        "Hm,",
        "Here.",
    ),
    "a field and reasoning that never ends": (
        "<think>Is it here?",
        {"reasoning_content": "Hm."},
        "Hm.",
        "",
    ),
    "tags within the field": ("Here.", {"reasoning": "<think>Hm.</think>"}, "Hm.", "Here."),
    "a field of empty tags": (
        "<think>Hm.</think>Here.",
        {"reasoning": "<think></think>"},
        "Hm.",
        "Here.",
    ),
    "all in the field": (None, {"reasoning_content": "Hm.</think>\nHere."}, "Hm.", "Here."),
    "a field alone": (None, {"reasoning_content": "Hm."}, "Hm.", ""),
    "empty tags": ("<think>\n</think>Here.", {}, None, "Here."),
    "empty tags before the real ones": (
        "<think>\n\n</think>\n\n<think>Hm.</think>Here.",
        {},
        "Hm.",
        "Here.",
    ),
    "empty tags before reasoning in the open": (
        "<think></think>Hm.</think>Here.",
        {},
        "Hm.",
        "Here.",
    ),
    "tags in tags": ("<think><think>Hm.</think></think>Here.", {}, "Hm.", "Here."),
    "closed twice": ("Hm.</think>So.</think>Here.", {}, "Hm.\n\nSo.", "Here."),
    "thought again": ("<think>Hm.</think>Here.<think>Wait.</think>", {}, "Hm.\n\nWait.", "Here."),
    "opened at the end": ("Hm.</think>Here. <think>", {}, "Hm.", "Here."),
    "never ended": ("<think>Hm. Here.", {}, "Hm. Here.", ""),
    "nothing after the tag": ("Hm. Here.</think>", {}, "Hm. Here.", ""),
    # content parts
    "text in parts": (parts(HERE), {}, None, "Here."),
    "parts of one word": (parts({"type": "text", "text": "He"}, "re."), {}, None, "Here."),
    "thinking and text": (parts(HM, HERE), {}, "Hm.", "Here."),
    "Mistral's chunks": (
        parts({"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, HERE),
        {},
        "Hm.",
        "Here.",
    ),
    "a reasoning part": (parts({"type": "reasoning", "text": "Hm."}, HERE), {}, "Hm.", "Here."),
    "a reasoning part with a summary": (
        parts({"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}, HERE),
        {},
        "Hm.",
        "Here.",
    ),
    "Gemini's mark": (
        parts({"text": "Hm.", "thought": True}, {"text": "Here."}),
        {},
        "Hm.",
        "Here.",
    ),
    "thinking that is hidden": (
        parts({"type": "redacted_thinking", "data": "x"}, HERE),
        {},
        None,
        "Here.",
    ),
    "parts and a field": (parts(HM, HERE), {"reasoning": "So."}, "So.", "Here."),
    "tags in a part": (
        parts({"type": "text", "text": "<think>Hm.</think>Here."}),
        {},
        "Hm.",
        "Here.",
    ),
    "a single part": (HERE, {}, None, "Here."),
    "no parts": (parts(), {}, None, ""),
    "nothing": (None, {}, None, ""),
}


@pytest.mark.parametrize(
    "content",
    [
        "<think type='internal'>Hm.</think>Here.",
        "<think >Hm.</ think >Here.",
        "<thoughts>Hm.</thoughts>\nHere.",
        "<reflection>Hm.</reflection> Here.",
        "<analysis>Hm.</analysis>Here.",
        "<scratchpad>\nHm.\n</scratchpad>\nHere.",
        "<|begin_of_thought|>Hm.<|end_of_thought|><|begin_of_solution|>Here.<|end_of_solution|>",
        "<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Here.<|END_RESPONSE|>",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Here.",
        "<|channel|>analysis<|message|>Hm.<|channel|>final<|message|>Here.<|return|>",
        "<think>Hm.</think>Here.<|im_end|>",
    ],
)
@pytest.mark.parametrize("field", [{}, {"reasoning_content": "Hm."}], ids=["alone", "twice"])
def test_the_tags_of_other_models(content: str, field: dict[str, Any]) -> None:
    answer = read(content, **field)
    assert (answer.trace, answer.text) == ("Hm.", "Here.")


@pytest.mark.parametrize(("content", "fields", "trace", "text"), SHAPES.values(), ids=SHAPES)
def test_reasoning_and_final_text(
    content: object, fields: dict[str, Any], trace: str | None, text: str
) -> None:
    answer = read(content, **fields)
    assert (answer.trace, answer.text) == (trace, text)


@pytest.mark.parametrize(
    ("finish", "cut", "stopped"),
    [
        ("stop", False, None),
        ("STOP", False, None),
        ("end_turn", False, None),
        (None, False, None),
        ("", False, None),
        ("length", True, None),
        ("max_tokens", True, None),
        ("MAX_TOKENS", True, None),
        ("model_length", True, None),
        ("content_filter", False, "content_filter"),
        ("SAFETY", False, "safety"),
        ("sensitive", False, "sensitive"),
        ("tool_calls", False, "tool_calls"),
    ],
)
def test_how_it_ended(finish: str | None, cut: bool, stopped: str | None) -> None:
    answer = read("Here.", finish)
    assert (answer.cut, answer.stopped) == (cut, stopped)


def test_a_refusal_is_no_answer() -> None:
    assert read(None, refusal="I can't help.").stopped == "refusal: I can't help."


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 3}, (9, 3)),
        ({"prompt_tokens": None, "completion_tokens": None}, (0, 0)),
        ({}, (0, 0)),
        (None, (0, 0)),
    ],
)
def test_an_answer_is_not_lost_for_what_was_not_counted(
    usage: dict[str, Any] | None, tokens: tuple[int, int]
) -> None:
    choice = {"message": {"content": "Here."}}
    answer = read_completion(json.dumps({"choices": [choice], "usage": usage}))
    assert (answer.tokens_in, answer.tokens_out) == tokens


@pytest.mark.parametrize(
    "text",
    ["", "no tag", "a < b > c", "[think], they said", "<thinker>", "<p>analysis</p>", "a <| b"],
)
def test_a_text_without_tags_is_left_as_it_is(text: str) -> None:
    assert split_tags(text) == ("", text)
