"""The dataset as the others see it."""

from __future__ import annotations

from artifact import datasets
from artifact.datasets.marco import DATASET, query_and_passages
from artifact.datasets.problem import Problem


def test_it_is_found_by_its_folder() -> None:
    assert datasets.get("marco") is DATASET
    assert len(DATASET.hub.revision) == 40


def test_a_problem_belongs_to_its_query_whatever_the_case_and_to_each_passage() -> None:
    told = Problem("p", "marco", "PERSON", ("It rains.", "Ida ran it."), "Who ran it", ("Ida",), ())
    assert query_and_passages(told) == ("who ran it", "It rains.", "Ida ran it.")
