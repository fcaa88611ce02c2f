"""How the release scores bAbI's outputs, faults and all.

Source: upstream repository sbhambr1/Trace_Check_QA, ``scripts/babiqa_config.py`` and
``scripts/babiqa_confusion_matrix_nn.py``, restated. No public version of the first file gives the
stored figures; `score_whole_text`, which takes the selected text for one answer, gives all of them.
"""

from __future__ import annotations

from functools import partial

from artifact.datasets.babi.labels import LABELS
from artifact.datasets.babi.release import outputs
from artifact.datasets.release_records import ReleasedRules
from artifact.datasets.release_scoring import read_gold_table, score_whole_text, second_sentence


def label_of(reasoning: str) -> str | None:
    """The label that the release reads in a row's ``reasoning``."""
    return next((label for label in LABELS if label in reasoning.lower()), None)


read_table = partial(read_gold_table, facts="passages", label_of=label_of)

SCORING = ReleasedRules(
    score_answer=score_whole_text,
    gold_table=outputs.gold_table,
    read_gold_table=read_table,
    class_part=second_sentence,
    list_stored=outputs.FILES.list_stored,
    read_file=outputs.read_file,
    result_files=outputs.FILES.result_files,
    matrix_files=outputs.FILES.matrix_files,
)
