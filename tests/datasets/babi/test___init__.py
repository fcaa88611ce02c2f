"""The dataset as the others see it."""

from __future__ import annotations

import pytest

from artifact import datasets
from artifact.common.intake import Intake
from artifact.datasets.babi import story_of
from artifact.datasets.problem import Problem
from artifact.decomposition.audit import audit


def test_it_is_found_by_name():
    dataset = datasets.get("babi")
    assert dataset.name == "babi"
    assert len(dataset.labels) == 11
    assert len(dataset.hub.revision) == 40


def test_a_group_is_a_story():
    def told(identity: str, *context: str, question: str = "Where is Ulla?") -> Problem:
        return Problem(identity, "babi", "conjunction", context, question, ("pier",), ())

    first = told("1", "Ulla went to the pier.", "Bex went to the loft.")
    again = told("2", *first.context, question="Where is Bex?")
    other = told("3", *first.context[::-1])
    assert story_of(first) == story_of(again) != story_of(other)


def test_audit_of_look_alikes_finds_no_disagreement():
    dataset = datasets.get("babi")
    result = audit(dataset, dataset.lookalikes.generate(300, 0), source="lookalike")
    assert result.overall.answers_exact == result.overall.support_exact == 1.0
    assert result.disagreements == {}


def test_audit_of_the_release(release):
    dataset = datasets.get("babi")
    result = audit(
        dataset,
        dataset.release.read_problems(release, Intake()),
        source="release",
        stored=dataset.release.read_stored_traces(release, "correct", Intake()),
    )
    assert result.overall.answers_exact == result.overall.category_match == 1.0
    assert result.overall.trace_bytes_equal == 1.0
    exact = {label: agreement.support_exact for label, agreement in result.by_category.items()}
    assert exact.pop("size-reasoning") == pytest.approx(0.926, abs=0.0005)
    assert set(exact.values()) == {1.0}
    assert sum(result.disagreements.values()) == 16
    assert all(cause.startswith("own limit: ") for cause in result.disagreements)
