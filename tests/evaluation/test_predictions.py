"""Outputs made anywhere: each line finds its problem, and what does not fit is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artifact import datasets
from artifact.common.errors import InputError
from artifact.datasets.problem import Problem
from artifact.evaluation.predictions import (
    compare_predictions,
    contrast_text,
    evaluate_predictions,
    read_predictions,
)

BABI = datasets.get("babi")


@pytest.fixture(scope="module")
def problems() -> list[Problem]:
    assert BABI.lookalikes is not None
    return BABI.lookalikes.generate(12, 0)


def answered(problem: Problem, right: bool = True) -> str:
    answer = ", ".join(problem.answers) if right else "nowhere at all"
    return f"<think>so</think> <answer>{answer}</answer>"


def write(path: Path, *records: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def line(problem: Problem, *, right: bool = True, **fields: object) -> dict[str, object]:
    return {"id": problem.id, "prediction": answered(problem, right), **fields}


def test_each_output_has_its_own_problem_in_the_problems_order(
    tmp_path: Path, problems: list[Problem]
) -> None:
    path = write(tmp_path / "p.jsonl", *(line(p) for p in reversed(problems)))
    read = read_predictions(path, problems)
    assert [output.problem for output in read.outputs] == problems
    assert read.missing == ()
    evaluation = evaluate_predictions(BABI, read, "correct", "strict")
    assert (evaluation.n, evaluation.answer.exact_set_micro) == (12, 1.0)
    assert evaluation.model == "p.jsonl"


def test_a_problem_can_be_stated_in_place_of_its_id(
    tmp_path: Path, problems: list[Problem]
) -> None:
    problem = problems[3]
    stated = {"question": problem.question, "context": list(problem.context), "prediction": "x"}
    read = read_predictions(write(tmp_path / "p.jsonl", stated | {"note": "mine"}), problems)
    assert read.outputs[0].problem == problem
    assert read.missing[0].startswith("11 problems have no prediction in p.jsonl (")
    assert read.missing[0].endswith(" and 6 more)")


def test_what_is_not_answered_stands_in_the_notes(tmp_path: Path, problems: list[Problem]) -> None:
    path = write(tmp_path / "p.jsonl", *(line(p) for p in problems[:10]))
    notes = evaluate_predictions(BABI, read_predictions(path, problems), "correct", "strict").notes
    assert f"{problems[10].id}, {problems[11].id}" in notes["n"]


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([{"id": "other", "prediction": "x"}], "line 1, field 'id': no problem is called 'other'"),
        ([{"prediction": "x"}], "line 1, field 'id': is missing; give id, or question and"),
        ([{"question": "Where?", "context": ["a"], "prediction": "x"}], "0 problems have this"),
        ([{"id": 7, "prediction": "x"}], "line 1, field 'id'"),
        ([{"id": "x"}], "line 1, field 'prediction'"),
        ([{"id": "x", "prediction": None}], "line 1, field 'prediction'"),
        ([], "holds no predictions"),
    ],
)
def test_a_line_that_fits_no_problem_is_named(
    tmp_path: Path, problems: list[Problem], records: list[dict[str, object]], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_predictions(write(tmp_path / "p.jsonl", *records), problems)
    assert said in str(caught.value)


def test_a_problem_answered_twice_names_both_lines(tmp_path: Path, problems: list[Problem]) -> None:
    path = write(tmp_path / "p.jsonl", *(line(p) for p in (*problems[:3], problems[0])))
    with pytest.raises(InputError, match=r"line 4, field 'id': .* is already answered in line 1"):
        read_predictions(path, problems)


def test_two_files_are_compared_on_the_problems_that_both_answer(
    tmp_path: Path, problems: list[Problem]
) -> None:
    one = write(tmp_path / "one.jsonl", *(line(p) for p in problems))
    other = write(
        tmp_path / "two.jsonl", *(line(p, right=place < 2) for place, p in enumerate(problems[:8]))
    )
    files = [read_predictions(path, problems) for path in (one, other)]
    contrast = compare_predictions(BABI, files[0], files[1], "correct")
    assert (contrast.n, contrast.difference) == (8, 0.75)
    assert contrast_text(contrast).startswith(
        "one.jsonl minus two.jsonl, answers exactly gold: +75.0 points ["
    )


def test_files_without_common_problems_cannot_be_compared(
    tmp_path: Path, problems: list[Problem]
) -> None:
    one = write(tmp_path / "one.jsonl", *(line(p) for p in problems[:4]))
    other = write(tmp_path / "two.jsonl", *(line(p) for p in problems[4:]))
    files = [read_predictions(path, problems) for path in (one, other)]
    with pytest.raises(InputError, match="fewer than two answered problems"):
        compare_predictions(BABI, files[0], files[1], "correct")


def test_released_semantics_needs_the_release(tmp_path: Path, problems: list[Problem]) -> None:
    read = read_predictions(write(tmp_path / "p.jsonl", line(problems[0])), problems)
    with pytest.raises(InputError, match="semantics"):
        evaluate_predictions(BABI, read, "correct", "released")
