"""How the release scores MARCO's outputs, as far as can be told.

Source: upstream repository sbhambr1/Trace_Check_QA, ``scripts/marco_config.py`` and
``scripts/marco_confusion_matrix_nn.py``. As for bAbI, no public version of the first file can give
the stored figures: it compares the answer with the single letters of the gold text.
`score_whole_text`, which gives all of bAbI's stored figures, is untested on MARCO generations,
since the available copies of the release have none; `artifact.evaluation.reproduction` compares
them once there are some. MARCO's gold cell spells out a Python list ("['…']"), so by this rule an
answer without brackets is wrong.
"""

from __future__ import annotations

from functools import partial

from artifact.datasets.marco.release import outputs
from artifact.datasets.release_records import ReleasedRules
from artifact.datasets.release_scoring import read_gold_table, score_whole_text, second_sentence

LABELS_AS_READ = ("description", "numeric", "entity", "location", "person")
"""The order in which the release looks for a label in a gold row, whatever the case."""


def label_of(reasoning: str) -> str | None:
    """The label that the release reads in a row's ``reasoning``, in lower case."""
    return next((label for label in LABELS_AS_READ if label in reasoning.lower()), None)


read_table = partial(read_gold_table, facts="passages", label_of=label_of, answer="answers")
"""All passages of a row count as gold."""

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
