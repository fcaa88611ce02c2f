"""The dataset as the rest of the house meets it."""

from __future__ import annotations

import pytest

from artifact import datasets
from artifact.datasets.cotempqa import DATASET, subject_of
from artifact.problems import Problem

FACT = "Mira Vold works for Tarn Mills in 1995."


@pytest.mark.parametrize(
    ("ask", "group"),
    [
        ("which employer did Mira Vold work for concurrently?", "Mira Vold"),
        ("which employer did Oru Den work for concurrently?", "Mira Vold"),
        ("who also worked for Tarn Mills concurrently?", "employer: Tarn Mills"),
    ],
)
def test_problems_are_grouped_by_what_their_contexts_share(ask, group):
    question = f"While Mira Vold was working for Tarn Mills, {ask}"
    assert subject_of(Problem("p", "cotempqa", "mix", (FACT,), question, ("a",), ())) == group


def test_a_question_beyond_the_grammar_is_a_group_of_its_own():
    told = Problem("p", "cotempqa", "mix", (FACT,), "Who worked?", ("a",), ())
    assert subject_of(told) == "Who worked?"


def test_it_is_found_by_its_folder():
    assert datasets.get("cotempqa") is DATASET
    assert DATASET.name == "cotempqa"
    assert len(DATASET.hub_revision) == 40
