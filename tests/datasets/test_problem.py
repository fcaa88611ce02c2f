"""A problem is whole or it is not made; its hash follows its content."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake, LeftOut
from artifact.datasets.problem import FIELDS, Problem, content_hash, counts_by_category

WHOLE: dict[str, Any] = {
    "id": "p1",
    "dataset": "marco",
    "category": "PERSON",
    "context": ("Herons nest there.", "The mill was built by Ida Holm."),
    "question": "who built the mill",
    "answers": ("Ida Holm",),
    "support": (1,),
    "meta": {"split": "train"},
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answers": ()}, "field 'answers': is empty; give at least one answer"),
        ({"answers": ("Ida Holm", "")}, "field 'answers': is empty; give at least one answer"),
        ({"context": (), "support": ()}, "field 'context': is empty; give at least one fact"),
        ({"support": (2,)}, r"field 'support': names facts \[2\] of 2; count facts from 0"),
        ({"support": (0, -1, 9)}, r"field 'support': names facts \[-1, 9\] of 2"),
    ],
)
def test_a_problem_that_is_not_whole_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Problem(**(WHOLE | change))


def test_the_supporting_facts_keep_the_order_of_the_support() -> None:
    problem = Problem(**(WHOLE | {"support": (1, 0)}))
    assert problem.supporting_facts == (WHOLE["context"][1], WHOLE["context"][0])
    assert Problem(**(WHOLE | {"support": ()})).supporting_facts == ()


def test_a_problem_cannot_be_changed() -> None:
    given = {"split": "train"}
    problem = Problem(**(WHOLE | {"meta": given}))
    given["split"] = "test"
    assert problem.meta == {"split": "train"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem.category = "ENTITY"
    with pytest.raises(TypeError):
        problem.meta["split"] = "test"


def test_the_record_has_every_field_and_is_json() -> None:
    problem = Problem(**WHOLE)
    assert tuple(problem.as_record()) == FIELDS
    assert tuple(field.name for field in dataclasses.fields(Problem)) == FIELDS
    read = json.loads(json.dumps(problem.as_record()))
    assert read == WHOLE | {
        "context": list(WHOLE["context"]),
        "answers": ["Ida Holm"],
        "support": [1],
    }


@pytest.mark.parametrize("change", [{"id": "p2"}, {"support": (0,)}, {"meta": {}}])
def test_the_hash_follows_the_content(change: dict[str, Any]) -> None:
    first, other = Problem(**WHOLE), Problem(**(WHOLE | change))
    assert content_hash([first]) == content_hash([Problem(**WHOLE)])
    assert content_hash([first]) != content_hash([other])
    assert content_hash([first, other]) != content_hash([other, first])


def test_counts_are_sorted_by_category() -> None:
    categories = ["PERSON", "ENTITY", "PERSON"]
    problems = [Problem(**(WHOLE | {"category": category})) for category in categories]
    assert list(counts_by_category(problems).items()) == [("ENTITY", 1), ("PERSON", 2)]
    assert counts_by_category([]) == {}


def test_an_intake_stops_or_keeps_the_reasons_in_order() -> None:
    with pytest.raises(InputError, match="is empty"):
        Intake().reject(InputError("is empty"))
    intake = Intake(skip_bad=True)
    intake.reject(InputError("is empty", path="a.json", line=1))
    intake.reject(InputError("is torn", path="a.json", line=2))
    assert intake.left_out == [
        LeftOut("a.json, line 1: is empty"),
        LeftOut("a.json, line 2: is torn"),
    ]
