"""Lists and conversations as the release prints them, and anything else as an error."""

from __future__ import annotations

import warnings
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from artifact.common.errors import InputError
from artifact.datasets.cells import SPELLED_OUT, assistant_turn, list_in, python_list

TURNS: list[dict[str, Any]] = [
    {"content": "Who ran the mill?", "role": "user"},
    {"content": "<think>It's told.</think> <answer>Ida</answer>", "role": "assistant"},
]


@given(st.lists(st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text()))))
def test_any_printed_list_is_read_back(items: list[Any]) -> None:
    assert python_list(str(items)) == items


@given(st.text())
def test_any_text_is_a_list_or_none(text: str) -> None:
    assert isinstance(python_list(text), list | None)


@pytest.mark.parametrize(
    "text", ["", "['cut", "'a'", "('a',)", "{'a': 1}", "[open('x')]", "[" * 10_000, "\0", " ['a']x"]
)
def test_what_spells_out_no_list_is_none(text: str) -> None:
    assert python_list(text) is None


def test_a_backslash_that_python_would_warn_of_is_kept_and_nothing_is_said() -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert python_list(r"['\Some']") == [r"\Some"]
    assert said == []


def test_a_cell_gives_its_list_or_names_the_field() -> None:
    assert list_in("['a', \"b's\"]", "facts", str) == ["a", "b's"]
    assert list_in("[]", "facts", dict) == []
    with pytest.raises(InputError, match=r"^field 'facts': is not a Python list$"):
        list_in("a text", "facts", str)
    with pytest.raises(InputError, match=r"^field 'facts': is not a Python list of str$"):
        list_in("['a', 1]", "facts", str)


def test_a_conversation_gives_what_the_assistant_says() -> None:
    assert assistant_turn(str(TURNS)) == TURNS[1]["content"]


@pytest.mark.parametrize(
    "turns",
    [
        "[{'content': 'cut",
        [],
        ["a", "b"],
        TURNS[:1],
        TURNS[::-1],
        [*TURNS, TURNS[0]],
        [TURNS[0], {"role": "assistant"}],
        [TURNS[0], {"role": "assistant", "content": None}],
    ],
)
def test_what_is_no_conversation_of_two_turns_is_refused(turns: object) -> None:
    with pytest.raises(InputError, match="field 'messages': is not a user turn and an assistant"):
        assistant_turn(str(turns))


class Line(BaseModel):
    model_config = ConfigDict(strict=True)

    facts: Annotated[list[str], SPELLED_OUT]


@pytest.mark.parametrize("given", [["a", "b"], "['a', 'b']"])
def test_a_record_takes_a_list_as_it_is_or_spelled_out(given: object) -> None:
    assert Line.model_validate({"facts": given}).facts == ["a", "b"]


@pytest.mark.parametrize("given", ["a, b", "('a', 'b')", "['a', 1]", None, 7])
def test_a_record_takes_nothing_else(given: object) -> None:
    with pytest.raises(ValidationError):
        Line.model_validate({"facts": given})
