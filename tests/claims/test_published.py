"""The published figures are read with their sources, and their summaries are the known ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.claims import published as published_module
from artifact.claims.published import macro_accuracies, over_seeds, published, released_results
from artifact.common.errors import InputError


def test_every_claim_of_the_abstract_is_there():
    assert [claim.id for claim in published().claims] == [f"C{i}" for i in range(1, 8)]


def test_what_is_not_public_stays_blank():
    loads = {trace.trace: trace.cognitive_load for trace in published().study.traces}
    assert loads == {"decomposed": None, "verbose": 4.59, "summary": None, "explanation": None}


def test_every_released_row_names_its_commit_and_path():
    rows = released_results()
    assert len(rows) == 252
    assert all(len(row.commit) == 40 and row.path for row in rows)


@pytest.mark.parametrize(
    ("model", "variant", "mean", "sd"),
    [
        ("Llama-3.2-1B-Instruct", "vanilla", 43.7, 1.1),
        ("Llama-3.2-1B-Instruct", "correct", 38.5, 0.1),
        ("Llama-3.2-1B-Instruct", "incorrect", 36.6, 0.9),
        ("Qwen3-1.7B", "vanilla", 57.2, 1.3),
        ("Qwen3-1.7B", "correct", 49.1, 2.1),
        ("Qwen3-1.7B", "incorrect", 56.5, 2.7),
    ],
)
def test_seed_means_of_the_macro_accuracy(model, variant, mean, sd):
    summaries = {(s.model, s.variant): s for s in over_seeds(macro_accuracies(r1_subset=False))}
    summary = summaries[model, variant]
    assert summary.seeds == 3
    assert (summary.mean, summary.sd) == (
        pytest.approx(mean, abs=0.06),
        pytest.approx(sd, abs=0.06),
    )


@pytest.mark.parametrize(
    ("model", "vanilla", "correct", "verbose", "summary", "explanation"),
    [
        ("Llama-3.2-1B-Instruct", 38.7, 32.4, 63.0, 44.1, 44.4),
        ("Qwen3-1.7B", 61.5, 33.7, 65.3, 60.4, 57.3),
        ("Llama-3.1-8B-Instruct", 86.5, 68.2, 71.9, 74.6, 74.7),
        ("Qwen3-8B", 81.1, 64.2, 69.4, 77.2, 75.7),
    ],
)
def test_macro_accuracy_on_the_r1_subset(model, vanilla, correct, verbose, summary, explanation):
    runs = {
        run.variant: run.accuracy
        for run in macro_accuracies(r1_subset=True)
        if run.model == model and not run.run.endswith("earlier files")
    }
    got = [runs[v] for v in ("vanilla", "correct", "verbose", "summary", "explanation")]
    assert got == pytest.approx([vanilla, correct, verbose, summary, explanation], abs=0.06)


def test_two_versions_of_one_run_are_both_shown():
    runs = [
        round(run.accuracy, 1)
        for run in macro_accuracies(r1_subset=True)
        if (run.model, run.variant) == ("Qwen3-8B", "verbose")
    ]
    assert runs == [69.4, 71.1]


def test_a_run_without_all_four_categories_has_no_macro_mean():
    runs = {(run.model, run.variant) for run in macro_accuracies(r1_subset=False)}
    assert ("Qwen3-8B", "vanilla") in runs
    assert ("Qwen3-8B", "correct") not in runs


def test_a_file_of_released_results_without_any_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "released_results.json").write_text("[]")
    monkeypatch.setattr(published_module, "__file__", str(tmp_path / "published.py"))
    with pytest.raises(InputError, match=r"released_results\.json: holds no results; restore it"):
        published_module.released_results.__wrapped__()
