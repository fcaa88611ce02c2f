"""How the release scores MARCO's outputs, as far as can be told.

Source: upstream repository sbhambr1/Trace_Check_QA, ``scripts/marco_config.py`` and
``scripts/marco_confusion_matrix_nn.py``. As for bAbI, no public version of the first file can give
the stored figures: it compares the answer with the single letters of the gold text. The rule below
is bAbI's, which gives all of bAbI's stored figures; it has not met MARCO generations, of which the
copies of the release at hand have none. `artifact.evaluation.reproduction` compares as soon as
there are some.
"""

from __future__ import annotations

from pathlib import Path

from artifact.datasets.base import AnswerScore, GoldRow, ReleasedRules, StoredOutput
from artifact.datasets.marco import outputs
from artifact.datasets.marco.read import literal_list
from artifact.datasets.released import compare_answers, selected_text
from artifact.errors import InputError
from artifact.files import located, read_csv_rows
from artifact.problems import Intake

LABELS_AS_READ = ("description", "numeric", "entity", "location", "person")
"""The order in which the release looks for a label in a gold row, whatever the case."""

COLUMNS = ("answers", "passages", "question", "reasoning")


def score_answer(
    output: StoredOutput, *, flag_fixed: bool = False, ties_reversed: bool = False
) -> AnswerScore:
    """The release's score of one answer.

    The selected text must hold the gold cell as it is stored and be nothing else once normalised.
    The cell spells out a Python list ("['…']"), so an answer without brackets is wrong.

    Args:
        output: with the gold cell of its line.
        flag_fixed, ties_reversed: change nothing; there is no flag and there are no candidates.
    """
    gold, text = output.gold[0].lower(), selected_text(output.prediction)
    return compare_answers([text] if gold in text else [], [gold])


def class_part(trace: str) -> str:
    """The part of a trace that must hold the label: its second sentence, or the only one."""
    sentences = trace.split(".")
    return sentences[min(1, len(sentences) - 1)].lower()


def read_table(path: Path) -> tuple[GoldRow, ...]:
    """The rows in which the release looks for gold steps; all passages of a row count as gold.

    Raises:
        InputError: if the file or a column is missing, or a cell cannot be read.
    """
    rows = []
    for number, row in read_csv_rows(path, COLUMNS, Intake()):
        sentence = row["reasoning"].lower()
        label = next((label for label in LABELS_AS_READ if label in sentence), None)
        if label is None:
            raise InputError("names no label", path=path, row=number, field="reasoning")
        try:
            passages = tuple(literal_list(row["passages"], "passages", str))
        except InputError as error:
            raise located(error, path=path, row=number) from error
        rows.append(GoldRow(row["answers"], label, passages, row["question"]))
    return tuple(rows)


RULES = ReleasedRules(
    score_answer=score_answer,
    gold_table=outputs.gold_table,
    read_gold_table=read_table,
    class_part=class_part,
    list_stored=outputs.list_stored,
    read_file=outputs.read_file,
    result_files=outputs.result_files,
    matrix_files=outputs.matrix_files,
)
