"""The tasks of the paper."""

from __future__ import annotations

from artifact.datasets.babi.labels import BY_LABEL, BY_NUMBER, LABELS


def test_eleven_tasks_by_number_and_name():
    assert sorted(BY_NUMBER) == [1, 2, 4, 7, 8, 12, 14, 15, 16, 17, 18]
    assert set(BY_LABEL) == set(LABELS)
    assert BY_NUMBER[17].label == "positional-reasoning"
