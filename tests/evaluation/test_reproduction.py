"""Stored figures against the same figures computed here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from artifact.common.errors import InputError
from artifact.evaluation.reproduction import NOT_STORED, TIES, UNEXPLAINED, Reproduction, reproduce

RUN = "Norn-2-sft-adapter-reasoning-facts_default"
FACTS = ["Ada Holm works for Osk in 1901.", "Bea Holm works for Osk in 1902."]
RIGHT = "<think>is: equal.\nBea Holm works for Osk in 1902.</think> <answer>Bea Holm</answer>"
TIED = "<answer>Ada Holm, Bea Holm</answer>"
"""Both are in the question, the one that is walked first is let off: right by the alphabet."""


def _store(root: Path, prediction: str, figures: Mapping[str, float], name: str = RUN) -> None:
    line = {
        "prediction": prediction,
        "gold": ["Bea Holm"],
        "triple_element": "S1_R1_O2",
        "question": "While Ada Holm and Bea Holm were working for Osk?",
        "facts": FACTS,
    }
    results = root / "main" / "results" / "Cotempqa"
    for kind, content in (("evaluation_outputs", line), ("evaluation_results", figures)):
        folder = results / kind / "equal"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(f"{json.dumps(content)}\n")


def _matrix(root: Path, **cells: float) -> None:
    folder = root / "main" / "results" / "Cotempqa" / "confusion_matrix"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{RUN}_confusion_matrix.json").write_text(json.dumps(cells))


def _all(share: float) -> dict[str, float]:
    return dict.fromkeys(("acc", "f1", "p", "r", "avg"), share)


def _one(root: Path) -> Reproduction:
    (found,) = (file for file in reproduce(root) if file.kind == "answers")
    return found


def test_figures_that_follow_are_equal(tmp_path: Path) -> None:
    # the question names her: the answer that is let off leaves nothing to be right
    _store(tmp_path, RIGHT, _all(0.0))
    found = _one(tmp_path)
    assert found.equal is True
    assert found.recomputed == found.stored == _all(0.0)
    assert (found.reason, found.ties_reversed) == (None, None)
    assert (found.run, found.category, found.n) == (("Norn-2", "correct"), "equal", 1)
    assert found.path == f"main/results/Cotempqa/evaluation_results/equal/{RUN}.json"


def test_figures_of_the_other_order_of_ties_are_shown_beside(tmp_path: Path) -> None:
    _store(tmp_path, TIED, _all(0.0))
    found = _one(tmp_path)
    assert found.equal is False
    assert found.recomputed == _all(100.0)
    assert found.ties_reversed == found.stored
    assert found.reason == TIES


def test_figures_of_neither_order_are_unexplained(tmp_path: Path) -> None:
    _store(tmp_path, TIED, _all(50.0))
    assert (_one(tmp_path).equal, _one(tmp_path).reason) == (False, UNEXPLAINED)


def test_figures_without_generations_are_listed_as_such(tmp_path: Path) -> None:
    _store(tmp_path, TIED, _all(50.0))
    (tmp_path / "main/results/Cotempqa/evaluation_outputs/equal" / f"{RUN}.json").unlink()
    _matrix(tmp_path, matrix1=1.0)
    for found in reproduce(tmp_path):
        assert (found.n, found.recomputed, found.equal) == (0, None, None)
        assert found.reason == NOT_STORED


def test_a_matrix_over_missing_categories_says_which(tmp_path: Path) -> None:
    _store(tmp_path, "no trace", _all(0.0))
    _matrix(tmp_path, right=7.0)
    matrix = reproduce(tmp_path)[-1]
    assert (matrix.kind, matrix.equal, matrix.n) == ("matrix", None, 1)
    assert "during: no generations of Norn-2 (correct) are stored" in (matrix.reason or "")
    assert "equal_test.csv: no such file" in (matrix.reason or "")


def test_a_missing_release_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        reproduce(tmp_path / "nowhere")


def test_what_the_release_stores(release: Path) -> None:
    found = reproduce(release)
    scored = [file for file in found if file.recomputed]
    answers = [file for file in scored if file.kind == "answers"]
    unequal = [file for file in scored if not file.equal]
    assert all(file.reason == NOT_STORED for file in found if not file.recomputed)
    # every file of answer scores but one, and that one under the other order of ties
    (tied,) = (file for file in unequal if file.kind == "answers")
    assert (tied.stored["acc"], tied.recomputed and tied.recomputed["acc"]) == (14.2, 14.4)
    assert (tied.ties_reversed, tied.reason) == (tied.stored, TIES)
    assert len([file for file in answers if file.dataset == "cotempqa"]) >= 27
    # bAbI's matrices follow; CoTempQA's were made from generations that are not stored
    matrices = {(m.dataset, *m.run): m for m in scored if m.kind == "matrix"}
    assert {m.equal for m in matrices.values() if m.dataset == "babi"} == {True}
    matrix = matrices["cotempqa", "Qwen3-1.7B", "correct"]
    assert matrix.recomputed
    for figures, cells in (
        (matrix.stored, [261, 248, 195, 245]),
        (matrix.recomputed, [258, 254, 201, 237]),
    ):
        assert [n for name, n in figures.items() if name.startswith("matrix3.")] == cells
    assert "(512 right answers), the matrix does not (510)" in (matrix.reason or "")
