"""What the release's scoring scripts do alike for every dataset.

Source: upstream repository sbhambr1/Trace_Check_QA, ``scripts/*_config.py`` (answers) and
``scripts/*_confusion_matrix*.py`` (steps). Restated here, faults and all; what is particular to
one dataset is in its own folder.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

from artifact.common.errors import InputError
from artifact.common.files import located, read_csv_rows
from artifact.common.intake import Intake
from artifact.datasets.release_files import list_in
from artifact.datasets.release_records import AnswerScore, GoldRow, StoredOutput

ALL_RIGHT = AnswerScore(right=True, f1=1.0, precision=1.0, recall=1.0)
NONE_RIGHT = AnswerScore(right=False, f1=0.0, precision=0.0, recall=0.0)

_PUNCTUATION = str.maketrans("", "", string.punctuation)


@lru_cache(maxsize=64)
def selected_text(prediction: str) -> str:
    """The part of a generation that the release searches for answers, in lower case.

    Without ``<answer>`` this may be anything, the trace included.
    """
    text = prediction.lower()
    if "<answer>" in text:
        text = text.split("<answer>")[1].split("</answer>")[0]
    elif "answer the question based on" in text:
        text = text.split("answer the question based on")[0]
    elif " answer " in text:
        text = text.split(" answer ")[1]
    elif "answer:" in text:
        text = text.split("answer:")[1]
    return text.replace("assistant", "").replace("think", "")


@lru_cache(maxsize=1 << 14)
def normalise(text: str) -> str:
    """Lower case, without ASCII punctuation, every run of white space one blank."""
    return " ".join(text.lower().translate(_PUNCTUATION).split())


def compare_answers(predicted: Iterable[str], golds: Iterable[str]) -> AnswerScore:
    """Score whole answers against gold ones.

    Args:
        predicted, golds: without repeats. Two that normalise to one string stay two, as in the
            release.
    """
    found = sorted(map(normalise, predicted))
    gold = sorted(map(normalise, golds))
    if found == gold:
        return ALL_RIGHT
    shared = {*found} & {*gold}
    if not shared:
        return NONE_RIGHT
    common = sum(min(found.count(it), gold.count(it)) for it in shared)
    precision, recall = common / len(found), common / len(gold)
    f1 = (2 * precision * recall) / (precision + recall)
    return AnswerScore(right=False, f1=f1, precision=precision, recall=recall)


def score_whole_text(
    output: StoredOutput, *, flag_fixed: bool = False, ties_reversed: bool = False
) -> AnswerScore:
    """The score where answers are not candidates from the context.

    The selected text must hold the gold answer as it is stored and be nothing else once
    normalised, so an answer within a sentence is wrong and so is a list in another order.

    Args:
        output: with one gold answer.
        flag_fixed, ties_reversed: change nothing; there is no flag and there are no candidates.
    """
    gold, text = output.gold[0].lower(), selected_text(output.prediction)
    return compare_answers([text] if gold in text else [], [gold])


def second_sentence(trace: str) -> str:
    """The second sentence of a trace in lower case, or the only one: it must hold the label."""
    sentences = trace.split(".")
    return sentences[min(1, len(sentences) - 1)].lower()


def read_gold_table(
    path: Path, *, facts: str, label_of: Callable[[str], str | None], answer: str = "answer"
) -> tuple[GoldRow, ...]:
    """The rows in which the release looks for gold steps.

    Args:
        path: a CSV file with the columns ``question``, ``reasoning``, `answer` and `facts`.
        facts: name of the column of context facts, a Python list as text.
        label_of: reads the label in the ``reasoning`` column.
        answer: name of the column of gold answers.

    Raises:
        InputError: if the file or a column is missing, or a cell cannot be read.
    """
    rows = []
    columns = ("question", "reasoning", answer, facts)
    for number, row in read_csv_rows(path, columns, Intake()):
        label = label_of(row["reasoning"])
        if label is None:
            raise InputError("names no label", path=path, row=number, field="reasoning")
        try:
            context = tuple(list_in(row[facts], facts, str))
        except InputError as error:
            raise located(error, path=path, row=number) from error
        rows.append(GoldRow(row[answer], label, context, row["question"]))
    return tuple(rows)
