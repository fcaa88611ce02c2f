"""What the release's scoring scripts do alike for every dataset."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact.common.errors import InputError
from artifact.datasets.problem import Problem
from artifact.datasets.release_records import AnswerScore, GoldRow, StoredOutput
from artifact.datasets.release_scoring import (
    compare_answers,
    normalise,
    read_gold_table,
    score_whole_text,
    second_sentence,
    selected_text,
)

ANSWERS = st.sets(st.text(alphabet="ab .", min_size=1, max_size=4), max_size=4)


@pytest.mark.parametrize(
    ("prediction", "selected"),
    [
        ("<answer>Osk</answer>", "osk"),
        ("x <answer>Osk</answer> <answer>Tamm</answer>", "osk"),
        ("x <answer>Osk", "osk"),
        ("</answer><answer>Osk</answer>", "osk"),
        ("Osk. Answer the question based on the context: Tamm", "osk. "),
        ("answer the question based on Tamm", ""),
        ("the answer is Osk, one answer of two", "is osk, one"),
        ("Answer: Osk. Answer: Tamm", " osk. "),
        ("ANSWER: Osk", " osk"),
        ("Osk", "osk"),
        ("answer: no, the answer is Osk", "is osk"),
        ("the answer <answer>Osk</answer>", "osk"),
        ("assistant\n<think>Osk</think>", "\n<>osk</>"),
        ("<answer>a Thinker's assistant</answer>", "a er's "),
    ],
)
def test_the_text_that_is_searched_for_answers(prediction: str, selected: str) -> None:
    assert selected_text(prediction) == selected


@given(st.text(alphabet="answer :.ÅB"), st.text(alphabet="answer :.ÅB"))
def test_with_a_tag_nothing_else_counts(around: str, inside: str) -> None:
    text = f"{around}<answer>{inside}</answer>{around}"
    assert selected_text(text) == inside.lower()


@given(st.text())
def test_without_any_mark_everything_counts(text: str) -> None:
    marks = ("answer", "assistant", "think")
    assert any(mark in text.lower() for mark in marks) or selected_text(text) == text.lower()


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("  The  Vellby\tMill, Ltd. ", "the vellby mill ltd"),
        ("O'Brask-Tamm", "obrasktamm"),
        ("Ærø (north)", "ærø north"),
        ("…", "…"),
        ("", ""),
    ],
)
def test_normalising(text: str, normalised: str) -> None:
    assert normalise(text) == normalised


@pytest.mark.parametrize(
    ("predicted", "golds", "score"),
    [
        (["Osk"], ["osk."], AnswerScore(True, 1.0, 1.0, 1.0)),
        (["osk", "tamm"], ["tamm", "osk"], AnswerScore(True, 1.0, 1.0, 1.0)),
        (["osk", "tamm"], ["osk"], AnswerScore(False, 2 / 3, 0.5, 1.0)),
        (["osk"], ["osk", "tamm"], AnswerScore(False, 2 / 3, 1.0, 0.5)),
        (["osk tamm"], ["osk", "tamm"], AnswerScore(False, 0.0, 0.0, 0.0)),
        ([], ["osk"], AnswerScore(False, 0.0, 0.0, 0.0)),
        (["osk", "osk."], ["osk"], AnswerScore(False, 2 / 3, 0.5, 1.0)),
    ],
)
def test_whole_answers_are_compared(
    predicted: list[str], golds: list[str], score: AnswerScore
) -> None:
    assert compare_answers(predicted, golds) == score


@given(ANSWERS, ANSWERS)
def test_scores_are_shares_and_right_means_all_of_them(
    predicted: set[str], golds: set[str]
) -> None:
    score, reverse = compare_answers(predicted, golds), compare_answers(golds, predicted)
    assert (score.precision, score.recall) == (reverse.recall, reverse.precision)
    assert 0 <= min(score.precision, score.recall) <= score.f1 + 1e-12
    assert score.f1 <= max(score.precision, score.recall) + 1e-12 <= 1 + 1e-12
    assert score.right == (score.precision == score.recall == 1.0)


def _output(prediction: str, gold: str) -> StoredOutput:
    problem = Problem("p", "invented", "north", ("A.",), "Where is Sella?", (gold,), (0,))
    return StoredOutput(problem, prediction, (gold,), "invented")


@pytest.mark.parametrize(
    ("prediction", "gold", "right"),
    [
        ("<think>x</think> <answer>loft</answer>", "loft", True),
        ("<answer> Loft. </answer>", "loft", True),
        ("assistant\n\nloft", "loft", True),
        ("Answer: loft", "loft", True),
        ("<answer>attic</answer>", "loft", False),
        ("", "loft", False),
        # the whole text is the answer
        ("Sella is in the loft.", "loft", False),
        ("<answer>loft or attic</answer>", "loft", False),
    ],
)
def test_the_whole_selected_text_is_one_answer(prediction: str, gold: str, right: bool) -> None:
    share = float(right)
    score = score_whole_text(_output(prediction, gold))
    assert score == AnswerScore(right, share, share, share)


@given(st.text(), st.booleans(), st.booleans())
def test_neither_switch_changes_the_score_of_a_whole_text(
    prediction: str, fixed: bool, ties: bool
) -> None:
    output = _output(prediction, "loft")
    score = score_whole_text(output, flag_fixed=fixed, ties_reversed=ties)
    assert score == score_whole_text(output)


@pytest.mark.parametrize(
    ("trace", "part"),
    [
        ("First. Asked is: Counting.\nfacts.", " asked is: counting"),
        ("Asked is: Counting", "asked is: counting"),
        ("First.", ""),
        ("", ""),
    ],
)
def test_the_second_sentence_or_the_only_one(trace: str, part: str) -> None:
    assert second_sentence(trace) == part


def _table(path: Path, **cells: str) -> Path:
    row = {"question": "Who?", "reasoning": "It is north.", "answer": "osk", "facts": "['A.']"}
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, row.keys())
        writer.writeheader()
        writer.writerow(row)
        writer.writerow(row | cells)
    return path


def _label(reasoning: str) -> str | None:
    return "north" if "north" in reasoning else None


def test_the_gold_table_is_read_in_order(tmp_path: Path) -> None:
    path = _table(tmp_path / "t.csv", answer="tamm", facts="['A.', \"B's.\"]")
    assert read_gold_table(path, facts="facts", label_of=_label) == (
        GoldRow("osk", "north", ("A.",), "Who?"),
        GoldRow("tamm", "north", ("A.", "B's."), "Who?"),
    )


def test_the_answers_may_stand_in_another_column(tmp_path: Path) -> None:
    path = _table(tmp_path / "t.csv", question="Where?")
    first, _ = read_gold_table(path, facts="facts", label_of=_label, answer="question")
    assert first.answer == "Who?"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"reasoning": "It is south."}, "row 2, field 'reasoning': names no label"),
        ({"facts": "A."}, "row 2, field 'facts': is not a Python list"),
        ({"facts": "'A.'"}, "row 2, field 'facts': is not a Python list"),
        ({"facts": "[1]"}, "row 2, field 'facts': is not a Python list of str"),
    ],
)
def test_a_bad_gold_row_is_named(tmp_path: Path, cells: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_gold_table(_table(tmp_path / "t.csv", **cells), facts="facts", label_of=_label)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="field 'passages'"):
        read_gold_table(_table(tmp_path / "t.csv"), facts="passages", label_of=_label)
