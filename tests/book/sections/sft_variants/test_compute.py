"""Runs come in groups that differ in kind and seed alone; what is not there leaves no hole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from artifact.book.sections.sft_variants import compute
from artifact.book.sections.sft_variants.compute import evidence_of, gather
from artifact.book.sections.sft_variants.tables import all_tables
from artifact.common import paths
from artifact.datasets.sources import load
from artifact.evaluation.scored_runs import reference_runs, score_run
from artifact.workflow.sections import SftVariantsParameters


@pytest.fixture
def shipped(tmp_path: Path, make_run):
    """Reference runs of two datasets, doses and forced traces, as a folder."""
    folder = tmp_path / "reference"
    for seed in (0, 1):
        for variant, right in {"vanilla": 2, "correct": 4, "incorrect": 6}.items():
            forced = {
                "own": lambda place: place < 4,
                "correct": lambda place: True,
                "misleading": lambda place: place < 2,
            }
            make_run(
                folder,
                lambda place, r=right: place < r,
                variant=variant,
                seed=seed,
                forced=forced if variant == "correct" else {},
            )
    make_run(folder, lambda place: place < 5, corruption=0.5)
    make_run(folder, lambda place: place < 3, dataset="cotempqa", variant="anchored")
    return folder


def test_groups_are_by_problems_and_settings_reference_first(shipped: Path, tmp_path, make_run):
    own = score_run(make_run(tmp_path / "runs", lambda place: True), "here")
    bigger = score_run(make_run(tmp_path / "runs", lambda place: True, train=5), "here")
    experiment = gather([own, bigger], reference_runs(shipped))
    assert [(g.made, g.dataset.name, len(g.runs), g.n) for g in experiment.groups] == [
        ("reference", "babi", 7, 8),
        ("reference", "cotempqa", 1, 8),
        ("here", "babi", 1, 8),
        ("here", "babi", 1, 8),
    ]
    assert experiment.reference("babi") is experiment.groups[0]
    assert experiment.reference("marco") is None
    assert experiment.evidence == "own and reference runs"
    assert evidence_of(experiment.made("here")) == "own run"
    assert evidence_of(experiment.made("reference")) == "reference run"


def test_kinds_are_pooled_over_seeds_and_doses_are_no_kind(shipped: Path) -> None:
    group = gather([], reference_runs(shipped)).reference("babi")
    assert group is not None
    assert {kind: len(runs) for kind, runs in group.kinds.items()} == {
        "vanilla": 2,
        "correct": 2,
        "incorrect": 2,
    }
    assert {kind: mean.value for kind, mean in group.means.items()} == {
        "vanilla": 0.25,
        "correct": 0.5,
        "incorrect": 0.75,
    }
    assert {(it.first, it.second): it.difference for it in group.contrasts} == {
        ("correct", "vanilla"): 0.25,
        ("incorrect", "vanilla"): 0.5,
        ("incorrect", "correct"): 0.25,
    }


def test_doses_run_from_correct_to_incorrect(shipped: Path) -> None:
    experiment = gather([], reference_runs(shipped))
    group = experiment.reference("babi")
    assert group is not None
    assert {dose: mean.value for dose, mean in group.dose_means.items()} == {
        0.0: 0.5,
        0.5: 0.625,
        1.0: 0.75,
    }
    assert group.trend is not None
    assert group.trend.slope == pytest.approx(0.25)
    other = experiment.reference("cotempqa")
    assert other is not None
    assert (other.doses, other.trend) == ({}, None)


def test_the_ends_alone_are_no_doses(tmp_path: Path, make_run) -> None:
    make_run(tmp_path, lambda place: True)
    make_run(tmp_path, lambda place: True, variant="incorrect")
    (group,) = gather([], reference_runs(tmp_path)).groups
    assert group.doses == {}


def test_forced_traces_are_pooled_and_compared(shipped: Path) -> None:
    group = gather([], reference_runs(shipped)).reference("babi")
    assert group is not None
    forcing = group.forced["correct"]
    assert list(group.forced) == ["correct"]
    assert {trace: (mean.value, mean.runs) for trace, mean in forcing.means.items()} == {
        "own": (0.5, 2),
        "correct": (1.0, 2),
        "misleading": (0.25, 2),
    }
    moved = forcing.effect("correct", "misleading")
    assert moved is not None
    assert moved.difference == 0.75
    assert forcing.effect("anchored", "correct") is None
    assert forcing.followed["misleading"].value == 0.75
    assert list(forcing.followed) == ["misleading"]


def test_several_models_are_told_apart(tmp_path: Path, make_run) -> None:
    make_run(tmp_path, lambda place: True)
    alone = gather([], reference_runs(tmp_path))
    assert alone.about(alone.groups[0]) == ("reference", "bAbI QA")
    make_run(tmp_path, lambda place: True, model="tiny-qwen3")
    both = gather([], reference_runs(tmp_path))
    assert {both.about(group)[1] for group in both.groups} == {
        "bAbI QA, tiny-llama",
        "bAbI QA, tiny-qwen3",
    }


def test_groups_that_differ_in_test_problems_alone_are_told_apart(tmp_path: Path, make_run) -> None:
    make_run(tmp_path, lambda place: True)
    make_run(tmp_path, lambda place: True, test=6)
    groups = gather([], reference_runs(tmp_path))
    assert [groups.about(group)[1] for group in groups.groups] == [
        "bAbI QA, 8 test problems",
        "bAbI QA, 6 test problems",
    ]


def test_look_alikes_of_another_size_are_told_apart(tmp_path: Path, make_run) -> None:
    make_run(tmp_path, lambda place: True, dataset="cotempqa", source="lookalike:3")
    (group,) = gather([], reference_runs(tmp_path)).groups
    assert group.title.startswith("CoTemp QA look-alikes of size 3, ")
    assert gather([], reference_runs(tmp_path)).about(group)[1] == "CoTemp QA of size 3"


TINY = {"model": "tiny-llama", "n": 60, "train": 4, "test": 8, "recipe": "smoke"}


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "train_missing", lambda *_: None)
    monkeypatch.setattr(compute, "finished", lambda _: {})


def test_missing_runs_are_made_and_all_are_read(tmp_path: Path, make_run, monkeypatch) -> None:
    asked, trained = [], {}

    def train(wanted, interventions, problems) -> None:
        asked.append((list(wanted), list(interventions), problems))
        for spec in wanted:
            trained[spec] = make_run(tmp_path, lambda place: True, variant=spec.variant)

    monkeypatch.setattr(compute, "train_missing", train)
    monkeypatch.setattr(compute, "finished", lambda specs: {it: trained[it] for it in specs})
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(paths, "REFERENCE_RUNS", tmp_path / "nothing")
    parameters = SftVariantsParameters(**TINY)
    experiment = compute.report(parameters)
    assert asked == [(parameters.specs, ["correct"], parameters.forced_problems)]
    assert [(g.made, list(g.kinds)) for g in experiment.groups] == [
        ("here", ["vanilla", "correct"])
    ]
    assert experiment.own is None
    assert experiment.source == "models trained here, and reference runs with their predictions"


def test_further_runs_are_shown_once_each(tmp_path: Path, make_run, monkeypatch) -> None:
    run = make_run(tmp_path, lambda place: place < 5)
    monkeypatch.setattr(compute, "train_missing", lambda *_: None)
    monkeypatch.setattr(compute, "finished", lambda _: {run.record.spec: run})
    names = [str(run.folder), str(make_run(tmp_path, lambda place: True, seed=1).folder)]
    (group,) = compute.report(SftVariantsParameters(reference=False, runs=names)).groups
    assert [(it.made, it.spec.seed) for it in group.runs] == [("here", 0), ("here", 1)]


def test_reference_runs_are_left_out_where_that_is_asked(shipped, no_training, monkeypatch) -> None:
    monkeypatch.setattr(paths, "REFERENCE_RUNS", shipped)
    assert compute.report(SftVariantsParameters(reference=False)).groups == ()
    assert compute.report(SftVariantsParameters()).made("reference")


def test_outputs_made_elsewhere_stand_beside_the_runs_and_in_none(
    shipped, no_training, monkeypatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paths, "REFERENCE_RUNS", shipped)
    problems = load("lookalike", "babi", n=60).problems
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps({"id": it.id, "prediction": "x"}) + "\n" for it in problems))
    given = {"predictions": str(path), "variant": "vanilla"}
    bare, report = (compute.report(SftVariantsParameters(**TINY, **it)) for it in ({}, given))
    assert report.groups == bare.groups
    assert report.source == f"{bare.source}; outputs of the reader's file"
    found = all_tables(report)
    brought = found.pop("brought")
    assert found == all_tables(bare)
    assert [row[:4] for row in brought.rows] == [
        ["mine.jsonl", "vanilla", how, len(problems)] for how in ("released", "strict")
    ]
    assert brought.evidence == "file"
