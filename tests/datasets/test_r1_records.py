"""Records of a teacher's texts: joined by problem, and left out with the reason otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from artifact.common.errors import InputError
from artifact.common.intake import Intake
from artifact.datasets.dataset import Narrated, Narration
from artifact.datasets.problem import Problem
from artifact.datasets.r1_records import Stated, identity, read_narrated

RECORD: dict[str, Any] = {
    "input": "the prompt, which is not read",
    "question": "Who?",
    "facts": ["Orla does."],
    "gold": ["Orla"],
    "prediction": "Orla",
    "r1_trace": "Hm.",
}
SUMMARY = RECORD | {"r1_trace_summary": "In short."}
EXPLANATION = RECORD | {"r1_exp_ans": "Because.", "r1_exp_trace": "Okay."}


def problem_in(record: dict[str, Any]) -> Problem:
    stated = Stated.model_validate(record)
    name = identity(stated.question, stated.facts)
    return Problem(name, "any", "one", tuple(stated.facts), stated.question, ("Orla",), (0,))


def read(path: Path, intake: Intake | None = None) -> list[Narrated]:
    return read_narrated(
        path,
        intake or Intake(),
        problem_in=problem_in,
        is_right=lambda problem, text: text in problem.answers,
    )


def written(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_summary_and_explanation_of_one_problem_are_joined(tmp_path: Path) -> None:
    written(tmp_path / "a.jsonl", EXPLANATION)
    written(tmp_path / "b.jsonl", SUMMARY)
    (narrated,) = read(tmp_path)
    assert narrated.narration == Narration("Hm.", "In short.", "Because.", made="r1")
    assert narrated.problem == problem_in(RECORD)


def test_a_single_file_is_read_too(tmp_path: Path) -> None:
    path = written(tmp_path / "all.jsonl", SUMMARY | EXPLANATION)
    assert len(read(path)) == 1


def test_what_a_killed_teacher_leaves_is_joined(tmp_path: Path) -> None:
    """A line for each text as it came, the later ones with the earlier ones in them."""
    path = written(tmp_path / "all.jsonl", RECORD, SUMMARY, SUMMARY | EXPLANATION)
    assert len(read(path)) == 1


def test_another_teacher_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "all.jsonl", SUMMARY | EXPLANATION | {"teacher": "qwen3-8b"})
    (narrated,) = read(path)
    assert narrated.narration.made == "qwen3-8b"


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no trace": ({"r1_trace": ""}, "field 'r1_trace'"),
    "facts that are a text": ({"facts": "one"}, "field 'facts'"),
    "wrong prediction": (
        {"prediction": "Ivo"},
        "field 'prediction': does not give the gold answers",
    ),
    "long summary": ({"r1_trace_summary": "word " * 100}, "field 'r1_trace_summary': has 100"),
}


@pytest.mark.parametrize(("change", "said"), FAULTS.values(), ids=FAULTS)
def test_a_record_that_cannot_be_used(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = written(tmp_path / "r.jsonl", SUMMARY | EXPLANATION | change)
    with pytest.raises(InputError, match="line 1, ") as caught:
        read(path)
    assert said in str(caught.value)
    intake = Intake(skip_bad=True)
    assert read(path, intake) == []
    assert len(intake.left_out) == 1


BARE = {key: value for key, value in RECORD.items() if key != "r1_trace"}


@pytest.mark.parametrize(
    ("records", "texts"),
    [
        ([RECORD], ("Hm.", None, None)),
        ([SUMMARY], ("Hm.", "In short.", None)),
        ([EXPLANATION], ("Hm.", None, "Because.")),
        ([BARE | {"r1_trace_summary": "In short."}], (None, "In short.", None)),
        ([BARE | {"r1_exp_ans": "Because."}, SUMMARY], ("Hm.", "In short.", "Because.")),
        ([SUMMARY, BARE | {"r1_exp_ans": "Because."}], ("Hm.", "In short.", "Because.")),
        ([RECORD | {"r1_trace_summary": None, "r1_exp_ans": None}], ("Hm.", None, None)),
    ],
)
def test_a_problem_has_the_texts_that_its_records_have(
    tmp_path: Path, records: list[dict[str, Any]], texts: tuple[str | None, ...]
) -> None:
    (narrated,) = read(written(tmp_path / "r.jsonl", *records))
    told = narrated.narration
    assert (told.verbose, told.summary, told.explanation) == texts


def test_a_record_without_a_text_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 1: has none of r1_trace, r1_trace_summary, r1_exp"):
        read(written(tmp_path / "r.jsonl", BARE))


def test_two_traces_for_one_problem(tmp_path: Path) -> None:
    path = written(tmp_path / "r.jsonl", SUMMARY, EXPLANATION | {"r1_trace": "Another one."})
    with pytest.raises(InputError, match="line 2, field 'r1_trace': differs from that of"):
        read(path)


def test_a_folder_without_records(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no \*\.jsonl file"):
        read(tmp_path)
