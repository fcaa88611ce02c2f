"""How the release scores bAbI's outputs, faults and all.

Source: upstream repository sbhambr1/Trace_Check_QA, ``scripts/babiqa_config.py`` and
``scripts/babiqa_confusion_matrix_nn.py``, restated. No public version of the first file gives the
stored figures; the rule below, which scores the whole selected text as one answer, gives all of
them.
"""

from __future__ import annotations

from functools import partial

from artifact.datasets.babi import outputs
from artifact.datasets.babi.tasks import LABELS
from artifact.datasets.base import AnswerScore, ReleasedRules, StoredOutput
from artifact.datasets.released import (
    compare_answers,
    read_gold_table,
    selected_text,
)


def score_answer(
    output: StoredOutput, *, flag_fixed: bool = False, ties_reversed: bool = False
) -> AnswerScore:
    """The release's score of one answer.

    The selected text must hold the gold answer as it is stored and be nothing else once
    normalised, so an answer within a sentence is wrong and so is a list in another order.

    Args:
        output: with one gold answer.
        flag_fixed, ties_reversed: change nothing; there is no flag and there are no candidates.
    """
    gold, text = output.gold[0].lower(), selected_text(output.prediction)
    return compare_answers([text] if gold in text else [], [gold])


def label_of(reasoning: str) -> str | None:
    """The label that the release reads in a row's ``reasoning``."""
    return next((label for label in LABELS if label in reasoning.lower()), None)


def class_part(trace: str) -> str:
    """The part of a trace that must hold the label: its second sentence, or the only one."""
    sentences = trace.split(".")
    return sentences[min(1, len(sentences) - 1)].lower()


read_table = partial(read_gold_table, facts="passages", label_of=label_of)

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
