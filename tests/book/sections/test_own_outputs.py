"""Outputs that the reader brought are scored in both ways, and what is missing is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artifact import datasets
from artifact.book.sections.own_outputs import score_own, scores_table
from artifact.common.errors import InputError
from artifact.datasets.dataset import Dataset
from artifact.datasets.problem import Problem
from artifact.datasets.sources import load
from artifact.decomposition.traces import render

BABI = datasets.get("babi")


def written(path: Path, dataset: Dataset, problems: tuple[Problem, ...]) -> Path:
    lines = [{"id": it.id, "prediction": render(dataset, it, "correct")} for it in problems]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.mark.parametrize("released", [False, True])
def test_correct_traces_are_right_and_steps_as_released_need_the_releases_problems(
    released: bool, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    root = request.getfixturevalue("release") if released else None
    problems = load(f"release:{root}" if released else "lookalike", BABI, n=60).problems
    file = written(tmp_path / "mine.jsonl", BABI, problems[1:])
    own = score_own(BABI, file, problems, "correct", root)
    table = scores_table(own.evaluations, "file", own.note)
    assert [row[:4] for row in table.rows] == [
        ["mine.jsonl", "correct", how, len(problems) - 1]
        for how in (("released", "strict") if released else ("strict",))
    ]
    strict = dict(zip(table.columns, table.rows[-1], strict=True))
    assert strict["answer, exact set"] == strict["label"] == strict["exactly the gold facts"] == 100
    assert f"1 problems have no prediction in mine.jsonl ({problems[0].id})." in table.note
    assert ("Steps of mine.jsonl not scored as released" in table.note) is not released


def test_a_file_that_answers_other_problems_is_an_error(tmp_path: Path) -> None:
    problems = load("lookalike", BABI, n=4).problems
    file = written(tmp_path / "mine.jsonl", BABI, problems)
    with pytest.raises(InputError, match="line 4, field 'id': no problem is called"):
        score_own(BABI, file, problems[:3], "correct", None)
