"""The question type follows from the question's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.datasets.marco.labels import LABELS, question_type


@pytest.mark.parametrize(
    ("question", "label"),
    [
        ("how many sails has the mill", "NUMERIC"),
        ("when did the ferry stop", "NUMERIC"),
        ("what year was the mill built", "NUMERIC"),
        ("mill ticket price", "NUMERIC"),
        ("where is the mill", "LOCATION"),
        ("what county is skomness in", "LOCATION"),
        ("skomness mill address", "LOCATION"),
        ("who built the mill", "PERSON"),
        ("whose mill is it", "PERSON"),
        ("which architect drew the mill", "PERSON"),
        ("skomness mill founder", "PERSON"),
        ("what is a ropeworks", "DESCRIPTION"),
        ("what's a ropeworks", "DESCRIPTION"),
        ("why does the mill stop", "DESCRIPTION"),
        ("how is rope made", "DESCRIPTION"),
        ("define ropeworks", "DESCRIPTION"),
        ("ropeworks", "DESCRIPTION"),
        ("", "DESCRIPTION"),
        ("what metal covers the roof", "ENTITY"),
        ("which company owns the mill", "ENTITY"),
        ("types of mill", "ENTITY"),
    ],
)
def test_question_type(question: str, label: str) -> None:
    assert question_type(question) == label
    assert question_type(question.upper()) == label


@given(st.text())
def test_any_question_has_one_of_the_five_types(question: str) -> None:
    assert question_type(question) in LABELS
