"""The hub's records become problems; whole and broken."""

from __future__ import annotations

from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.marco import DATASET
from artifact.datasets.marco.hub import read_hub
from artifact.datasets.problem import Problem

PASSAGES = ["Herons nest there.", "The mill was built by Ida Holm.", "Ida Holm's mill stands."]

HUB_RECORD: dict[str, Any] = {
    "query": "who built the mill",
    "query_id": 712,
    "query_type": "PERSON",
    "answers": ["by Ida Holm", "Ida Holm"],
    "wellFormedAnswers": "[]",
    "passages": {
        "is_selected": [0, 0, 1],
        "passage_text": PASSAGES,
        "url": ["https://example.org/1", "https://example.org/2", "https://example.org/3"],
    },
}


def test_hub_records_become_problems() -> None:
    (problem,) = read_hub([HUB_RECORD], "validation", Intake(), "microsoft/ms_marco")
    assert problem == Problem(
        id="query-712",
        dataset="marco",
        category="PERSON",
        context=tuple(PASSAGES),
        question="who built the mill",
        answers=("by Ida Holm",),
        support=(1,),
    )
    assert problem.meta == {"split": "test", "selected_passage": 2, "other_wordings": 1}


def test_the_hub_record_of_an_unanswerable_query_has_no_support() -> None:
    passages = HUB_RECORD["passages"] | {"is_selected": [0, 0, 0]}
    record = HUB_RECORD | {"answers": ["No Answer Present."], "passages": passages}
    (problem,) = read_hub([record], "train", Intake(), "microsoft/ms_marco")
    assert problem.support == ()
    assert problem.meta["selected_passage"] is None
    assert DATASET.rules.check(problem) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"query": None}, "field 'query': is NoneType, not str"),
        ({"query_id": True}, "field 'query_id': is bool, not int"),
        ({"query_type": "numeric"}, "field 'query_type': is 'numeric'"),
        ({"answers": []}, "field 'answers': is empty"),
        ({"answers": "Ida Holm"}, "field 'answers': is str, not list"),
        ({"answers": [1]}, "field 'answers': is not a list of texts"),
        ({"passages": []}, "field 'passages': is list, not mapping"),
        ({"passages": {"is_selected": []}}, "field 'passages.passage_text': is missing"),
        ({"passages": {"passage_text": PASSAGES}}, "field 'passages.is_selected': is missing"),
    ],
)
def test_a_bad_hub_record_is_named_or_left_out(change: dict[str, Any], message: str) -> None:
    rows = [HUB_RECORD, HUB_RECORD | change]
    with pytest.raises(InputError, match=f"hub file, row 2, {message}"):
        read_hub(rows, "train", Intake(), "hub file")
    intake = Intake(skip_bad=True)
    assert len(read_hub(rows, "train", intake, "hub file")) == 1
    assert len(intake.left_out) == 1


def test_a_hub_record_without_a_query_is_named() -> None:
    record = {name: value for name, value in HUB_RECORD.items() if name != "query"}
    with pytest.raises(InputError, match="row 1, field 'query': is missing"):
        read_hub([record], "train", Intake(), "hub file")
