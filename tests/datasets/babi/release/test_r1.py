"""Records of a teacher's texts about bAbI: stated, read back, and refused with the reason."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.babi.lookalikes.generate import draw
from artifact.datasets.babi.release.r1 import R1_RECORDS, is_right, state
from artifact.datasets.dataset import Narration
from artifact.datasets.problem import Problem

RECORD: dict[str, Any] = {
    "question": "Where is Orla?",
    "query_type": "single-supporting-fact",
    "facts": ["Orla went to the attic.", "Ivo went to the cellar.", "Orla went to the mill."],
    "gold": ["mill"],
    "support": [2],
    "prediction": "The mill.",
    "r1_trace": "Orla went to the mill last.",
    "r1_trace_summary": "She went there last.",
    "r1_exp_ans": "Because she went there last.",
    "teacher": "qwen3-8b",
}


def read(folder: Path, record: dict[str, Any], intake: Intake | None = None) -> Any:
    path = folder / "r.jsonl"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    return R1_RECORDS.read(path, intake or Intake())


def test_a_record_gives_the_problem_and_the_texts(tmp_path: Path) -> None:
    (narrated,) = read(tmp_path, RECORD)
    problem = narrated.problem
    assert (problem.dataset, problem.category) == ("babi", "single-supporting-fact")
    assert (problem.answers, problem.support) == (("mill",), (2,))
    assert narrated.narration == Narration(
        verbose=RECORD["r1_trace"],
        summary=RECORD["r1_trace_summary"],
        explanation=RECORD["r1_exp_ans"],
        made="qwen3-8b",
    )


@pytest.mark.parametrize("problem", list(draw(44, 5)), ids=lambda problem: problem.id)
def test_every_task_is_stated_and_read_back(tmp_path: Path, problem: Problem) -> None:
    texts = {key: RECORD[key] for key in ("r1_trace", "r1_trace_summary", "r1_exp_ans")}
    prediction = ", ".join(problem.answers)
    (narrated,) = read(tmp_path, {**state(problem), **texts, "prediction": prediction})
    assert replace(narrated.problem, id=problem.id) == problem


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no trace": ({"r1_trace": ""}, "field 'r1_trace'"),
    "no task": ({"query_type": "riddles"}, "field 'query_type': 'riddles' is not a task"),
    "a fact that is not there": ({"support": [3]}, "field 'support': names facts [3] of 3"),
    "a wrong prediction": ({"prediction": "cellar"}, "field 'prediction'"),
    "gold of no fact": ({"gold": ["barn"]}, "field 'gold': nothing in the context"),
    "gold that the facts refute": (
        {"gold": ["attic"], "prediction": "attic"},
        "field 'gold': is not what the facts give",
    ),
}


@pytest.mark.parametrize(("change", "said"), FAULTS.values(), ids=FAULTS)
def test_a_record_that_cannot_be_used(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match="line 1, ") as caught:
        read(tmp_path, RECORD | change)
    assert said in str(caught.value)
    intake = Intake(skip_bad=True)
    assert read(tmp_path, RECORD | change, intake) == []
    assert len(intake.left_out) == 1


def test_a_problem_that_would_be_refused_is_not_stated(tmp_path: Path) -> None:
    (narrated,) = read(tmp_path, RECORD)
    with pytest.raises(InputError, match="field 'gold': is not what the facts give"):
        state(replace(narrated.problem, answers=("attic",)))


RIGHT: dict[str, tuple[tuple[str, ...], str, bool]] = {
    "bare": (("mill",), "mill", True),
    "a sentence's ends": (("mill",), "The mill.", True),
    "bold": (("mill",), "**Mill**", True),
    "announced": (("mill",), "Answer: mill", True),
    "announced in bold": (("mill",), "**Answer:** mill", True),
    "announced in words": (("mill",), "The answer is **the mill**.", True),
    "tagged": (("mill",), "So it is the\n<answer>mill</answer>", True),
    "boxed": (("mill",), r"\boxed{\text{mill}}", True),
    "in quotes": (("mill",), '"mill"', True),
    "another": (("mill",), "attic", False),
    "gold, then another": (("mill",), "The mill? No, the attic.", False),
    "two": (("mill",), "mill, attic", False),
    "denied": (("mill",), "not the mill", False),
    "nothing at all": (("mill",), " ", False),
    "a list": (("apple", "milk"), "apple,milk", True),
    "a list with blanks": (("apple", "milk"), "apple, milk", True),
    "a list in words": (("apple", "milk"), "The apple and the milk.", True),
    "a list turned round": (("apple", "milk"), "milk, apple", True),
    "half a list": (("apple", "milk"), "apple", False),
    "a word for a number": (("two",), "Two", True),
    "a digit": (("two",), "2", True),
    "another digit": (("two",), "3", False),
    "no": (("no",), "No.", True),
}


@pytest.mark.parametrize(("gold", "prediction", "right"), RIGHT.values(), ids=RIGHT)
def test_the_gold_answers_and_no_others_are_right(
    tmp_path: Path, gold: tuple[str, ...], prediction: str, right: bool
) -> None:
    (narrated,) = read(tmp_path, RECORD)
    assert is_right(replace(narrated.problem, answers=gold), prediction) == right
