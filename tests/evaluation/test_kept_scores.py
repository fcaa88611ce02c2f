"""Scores that are kept without the texts say what scoring the texts said, or are refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from artifact.common.errors import CheckError, InputError
from artifact.evaluation import kept_scores
from artifact.evaluation.kept_scores import SCORES
from artifact.evaluation.scored_runs import ScoredRun, evaluate_run, keep, reference_runs, score_run
from artifact.sft.run_folder import RECORD, Run

FORCED = {"own": lambda place: place < 4, "misleading": lambda place: place < 2}


@pytest.fixture
def scored(tmp_path: Path, make_run) -> ScoredRun:
    run = make_run(tmp_path / "runs", lambda place: place < 5, forced=FORCED)
    return score_run(run, "reference")


@pytest.fixture
def kept(scored: ScoredRun, tmp_path: Path) -> Run:
    return keep(scored.run, tmp_path / "kept")


def test_a_kept_run_is_scored_as_its_outputs_are(scored: ScoredRun, kept: Run) -> None:
    (again,) = reference_runs(kept.folder.parent)
    for field in dataclasses.fields(ScoredRun):
        if field.name not in ("run", "record", "kept"):
            assert getattr(again, field.name) == getattr(scored, field.name), field.name
    assert again.record.spec == scored.record.spec
    assert again.shortcuts == scored.shortcuts
    assert evaluate_run(kept) == scored.evaluation
    assert scored.kept is None
    assert again.kept is not None


def test_no_text_is_kept(scored: ScoredRun, kept: Run) -> None:
    assert sorted(it.name for it in kept.folder.iterdir()) == sorted([RECORD, SCORES])
    texts = "".join(it.read_text() for it in kept.folder.iterdir())
    assert not [it for it in scored.run.predictions if json.dumps(it.prediction) in texts]
    assert "<answer>" not in texts


@pytest.mark.parametrize("name", [RECORD, SCORES])
def test_a_changed_file_is_refused(kept: Run, name: str) -> None:
    path = kept.folder / name
    changed = path.read_text().replace('"seed": 0', '"seed": 1').replace("true", "false", 1)
    path.write_text(changed)
    with pytest.raises(CheckError, match="was changed after it was written"):
        score_run(kept, "reference")


def test_scores_of_another_run_are_refused(kept: Run) -> None:
    scores = kept_scores.read(kept)
    other = scores.model_copy(update={"run": "0" * 12})
    kept_scores.write(other, kept.record, kept.folder)
    with pytest.raises(CheckError, match="belongs to a run other than"):
        score_run(kept, "reference")


def test_a_file_that_can_not_be_read_is_one_line_with_a_cure(kept: Run) -> None:
    record = kept.record
    (kept.folder / SCORES).write_text("{")
    kept.write(record, finished=[SCORES])
    with pytest.raises(InputError, match="git checkout"):
        score_run(kept, "reference")
