"""How records of R1's texts state a problem of CoTempQA, and which are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.cotempqa.lookalikes.generate import draw
from artifact.datasets.cotempqa.release.r1 import R1_RECORDS, is_right, state
from artifact.datasets.problem import Problem

FACTS = [
    "Orla Fenn holds the position of Warden of Skell from 1950 to 1960.",
    "Orla Fenn holds the position of Reeve of Thurle in 1955.",
    "Orla Fenn holds the position of Clerk of Dunmere in 1970.",
]
RECORD: dict[str, Any] = {
    "input": "the prompt, which is not read",
    "question": "While Orla Fenn was holding the position of Warden of Skell, "
    "which position did Orla Fenn at the same time?",
    "facts": FACTS,
    "gold": ["Reeve of Thurle"],
    "triple_element": "S1_R1_O2",
    "prediction": "**Answer: Reeve of Thurle**",
    "r1_trace": "Alright. 1955 lies between 1950 and 1960.",
    "r1_trace_summary": "Compared the years; 1955 fits.",
    "r1_exp_ans": "Because 1955 lies within.",
    "r1_exp_trace": "Okay.",
}


def written(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_label_and_gold_facts_are_derived(tmp_path: Path) -> None:
    (narrated,) = R1_RECORDS.read(written(tmp_path / "all.jsonl", RECORD), Intake())
    assert narrated.problem.category == "during"
    assert narrated.problem.answers == ("Reeve of Thurle",)
    assert narrated.problem.support == (1,)


def test_a_problem_is_stated_as_in_a_record(tmp_path: Path) -> None:
    path = written(tmp_path / "all.jsonl", RECORD)
    (narrated,) = R1_RECORDS.read(path, Intake())
    fields = ("gold", "triple_element", "question", "facts")
    assert state(narrated.problem) == {field: RECORD[field] for field in fields}


@pytest.mark.parametrize("problem", list(draw(40, 5)), ids=lambda problem: problem.id)
def test_look_alikes_are_stated_with_their_own_triple_class(problem: Problem) -> None:
    assert state(problem)["triple_element"] == problem.meta["triple_element"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"answers": ("Clerk of Dunmere",)}, "gold"), ({"question": "Who?"}, "question")],
)
def test_a_problem_that_would_be_refused_is_not_stated(
    tmp_path: Path, change: dict[str, Any], field: str
) -> None:
    path = written(tmp_path / "all.jsonl", RECORD)
    (narrated,) = R1_RECORDS.read(path, Intake())
    with pytest.raises(InputError, match=f"field '{field}'"):
        state(replace(narrated.problem, **change))


@pytest.mark.parametrize(
    ("prediction", "right"),
    [
        ("Reeve of Thurle", True),
        ("**['Reeve of Thurle']**", True),
        ("Clerk of Dunmere", False),
        ("Reeve of Thurle comes to mind, but it is ['Clerk of Dunmere']", False),
        ("Reeve of Thurle, Clerk of Dunmere", False),
        ("", False),
    ],
)
def test_a_text_that_names_gold_and_another_answer_is_wrong(
    tmp_path: Path, prediction: str, right: bool
) -> None:
    """By the release's inverted flag alone, it would be kept as right."""
    path = written(tmp_path / "all.jsonl", RECORD)
    (narrated,) = R1_RECORDS.read(path, Intake())
    assert is_right(narrated.problem, prediction) == right


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "facts that are a text": ({"facts": "one"}, "field 'facts'"),
    "wrong prediction": (
        {"prediction": "Clerk of Dunmere"},
        "field 'prediction': does not give the gold answers",
    ),
    "gold that the dates refute": (
        {"gold": ["Clerk of Dunmere"], "prediction": "Clerk of Dunmere"},
        "field 'gold': is not what the dates in the facts give",
    ),
    "gold that no fact names": (
        {"gold": ["Bailiff"], "prediction": "Bailiff"},
        "field 'gold': no fact names 'Bailiff'",
    ),
}


@pytest.mark.parametrize(("change", "said"), FAULTS.values(), ids=FAULTS)
def test_a_record_that_cannot_be_used(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = written(tmp_path / "r.jsonl", RECORD | change)
    with pytest.raises(InputError, match="line 1, ") as caught:
        R1_RECORDS.read(path, Intake())
    assert said in str(caught.value)
    intake = Intake(skip_bad=True)
    assert R1_RECORDS.read(path, intake) == []
    assert len(intake.left_out) == 1
