"""The release's scoring of MARCO, as its scripts have it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.datasets.marco.release.scoring import SCORING
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import GoldRow, StoredOutput

GOLD = "['Ida Holm']"


def output(prediction: str, gold: str = GOLD) -> StoredOutput:
    problem = Problem(
        id="p",
        dataset="marco",
        category="PERSON",
        context=("The mill was built by Ida Holm.",),
        question="who built the mill",
        answers=("Ida Holm",),
        support=(0,),
    )
    return StoredOutput(problem, prediction, (gold,), "a file, line 1")


@pytest.mark.parametrize(
    ("prediction", "right"),
    [
        ("<think>t</think> <answer>['Ida Holm']</answer>", True),
        ("assistant\n<think>t</think> <answer>['IDA HOLM'].</answer>", True),
        ("<think>t</think> <answer>Ida Holm</answer>", False),
        ("<think>t</think> <answer>['Ida Holm'] of Skomness</answer>", False),
        ("<think>t</think> ['Ida Holm']", False),
        ("['Ida Holm']", True),
        ("", False),
    ],
)
def test_the_gold_cell_must_be_the_whole_selected_text(prediction: str, right: bool) -> None:
    assert SCORING.score_answer(output(prediction)).right is right


def test_the_label_is_looked_for_in_the_second_sentence() -> None:
    assert SCORING.class_part("One. The type is: PERSON.\nThree.") == " the type is: person"


def write_table(path: Path, **cells: str) -> Path:
    row = {
        "answers": GOLD,
        "passages": "['Herons nest there.', 'Ida Holm built it.']",
        "question": "who built the mill",
        "reasoning": "The category of the question asked is: PERSON.\n",
    }
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(row))
        writer.writeheader()
        writer.writerow(row | cells)
    return path


def test_every_passage_of_a_gold_row_counts_as_gold(tmp_path: Path) -> None:
    facts = ("Herons nest there.", "Ida Holm built it.")
    assert SCORING.read_gold_table(write_table(tmp_path / "test.csv")) == (
        GoldRow(GOLD, "person", facts, "who built the mill"),
    )


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"reasoning": "none"}, "row 1, field 'reasoning': names no label"),
        ({"passages": "['open"}, "row 1, field 'passages': is not a Python list"),
    ],
)
def test_a_bad_gold_row_is_named(tmp_path: Path, cells: dict[str, str], message: str) -> None:
    path = write_table(tmp_path / "test.csv", **cells)
    with pytest.raises(InputError, match=message):
        SCORING.read_gold_table(path)
