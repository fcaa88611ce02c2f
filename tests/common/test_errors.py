"""An error is one line: place, fault, cure, in this order, and only what is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.errors import ArtifactError, CheckError, InputError, one_line

CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "is empty"),
    ({"path": "a/b.json"}, "a/b.json: is empty"),
    ({"path": Path("b.json"), "line": 3}, "b.json, line 3: is empty"),
    ({"path": "b.csv", "row": 7, "field": "answer"}, "b.csv, row 7, field 'answer': is empty"),
    ({"field": "answers"}, "field 'answers': is empty"),
    ({"cure": "give one"}, "is empty; give one"),
    ({"path": "b", "line": 0, "cure": "give one"}, "b, line 0: is empty; give one"),
]


@pytest.mark.parametrize(("place", "message"), CASES)
def test_the_line_says_place_fault_and_cure(place: dict[str, Any], message: str) -> None:
    assert str(InputError("is empty", **place)) == message


@given(st.text(), st.text(), st.text())
def test_the_message_is_always_one_line(problem: str, field: str, cure: str) -> None:
    message = str(InputError(problem, field=field, cure=cure))
    assert len(message.splitlines()) <= 1


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\x1b[31mred", r"a\x1b[31mred"),
        ("b\x00\x07", r"b\x00\x07"),
        ("c\u202ed", r"c\u202ed"),
        ("é ½ 日", "é ½ 日"),
    ],
)
def test_what_a_terminal_would_obey_or_not_show_is_written_as_its_code(
    given: str, shown: str
) -> None:
    error = InputError(f"'{given}' is unknown", path="a.csv")
    assert str(error) == one_line(error) == f"a.csv: '{shown}' is unknown"
    assert one_line(ValueError(given)) == f"ValueError: {shown}"


def test_the_parts_stay_readable() -> None:
    error = InputError("is empty", path="b.json", line=3, field="answers", cure="give one")
    assert (error.problem, error.path, error.line) == ("is empty", "b.json", 3)
    assert (error.row, error.field, error.cure) == (None, "answers", "give one")


@pytest.mark.parametrize(
    ("error", "code"), [(ArtifactError("x"), 1), (CheckError("x"), 1), (InputError("x"), 2)]
)
def test_the_kind_of_error_sets_the_exit_code(error: ArtifactError, code: int) -> None:
    assert error.exit_code == code
    assert isinstance(error, ArtifactError)
