"""Our own runs as evidence: each rule holds where it says, and no look-alike decides anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from artifact.claims import run_evidence
from artifact.common import paths
from artifact.common.paths import ROOT
from artifact.evaluation import scored_runs
from artifact.evaluation.scored_runs import papers_runs, reference_runs
from artifact.sft.spec import resolve


@pytest.fixture
def runs(tmp_path: Path, make_run: Any):
    """Write runs, and read them as reference runs: ``runs(("correct", 4), …)``."""

    def made(*kinds: tuple[str, int], **fields: Any):
        for variant, right in kinds:
            make_run(tmp_path, lambda place, right=right: place < right, variant=variant, **fields)
        return reference_runs(tmp_path)

    return made


@pytest.mark.parametrize(("right", "holds"), [(8, False), (0, True)])
def test_c1_holds_where_most_answers_after_a_right_trace_are_wrong(runs, right, holds) -> None:
    (figure,) = run_evidence.right_given_trace_right(runs(("correct", right), ("vanilla", 8)))
    assert (figure.tier, figure.value, figure.n) == ("C", right / 8, 8)
    assert figure.holds is holds
    assert (figure.model, figure.dataset) == ("tiny-llama", "babi")
    assert "look-alikes" in figure.what
    assert "seed 0" in figure.what


@pytest.mark.parametrize(
    ("first", "second", "claim", "holds"),
    [
        (8, 0, "not worse", False),
        (0, 8, "not worse", True),
        (4, 4, "not worse", None),  # of so few problems the margin is not excluded
        (8, 0, "better", True),
        (4, 4, "better", False),
        (0, 8, "better", False),
    ],
)
def test_a_pair_is_judged_by_its_interval(runs, first, second, claim, holds) -> None:
    made = runs(("vanilla", first), ("incorrect", second))
    (figure,) = run_evidence.against(made, [("vanilla", "incorrect")], claim=claim)
    assert figure.value == (first - second) / 8
    assert (figure.unit, figure.holds) == ("points", holds)


def test_seeds_are_pooled_and_named(runs) -> None:
    for seed in (0, 2):
        made = runs(("vanilla", 8), ("incorrect", 2 + seed), seed=seed)
    (figure,) = run_evidence.against(made, [("vanilla", "incorrect")], claim="better")
    assert (figure.n, figure.value) == (8, 5 / 8)
    assert "seeds 0, 2: accuracy" in figure.what


def test_a_pair_of_which_one_is_not_there_gives_nothing(runs) -> None:
    assert (
        run_evidence.against(runs(("vanilla", 8)), [("vanilla", "verbose")], claim="better") == []
    )


def test_rule_made_texts_are_called_that(runs) -> None:
    made = runs(("vanilla", 4), ("verbose", 8))
    (figure,) = run_evidence.against(made, [("verbose", "vanilla")], claim="better")
    assert "verbose (rule-made, not R1's) minus vanilla" in figure.what


@pytest.mark.parametrize(
    ("right", "astray", "holds"), [(range(4), range(4, 8), False), (range(4), (0, 1, 4, 5), True)]
)
def test_c3_holds_where_answer_and_trace_are_not_associated(
    tmp_path: Path, make_run, right, astray, holds
) -> None:
    make_run(tmp_path, lambda place: place in right, astray=lambda place: place in astray)
    (figure,) = run_evidence.independent(reference_runs(tmp_path))
    assert (figure.tier, figure.unit, figure.n) == ("C", "p", 8)
    assert figure.holds is holds


def test_without_both_kinds_of_answer_there_is_no_association(runs) -> None:
    assert run_evidence.independent(runs(("correct", 8))) == []


def test_interventions_speak_where_the_trace_moves_the_answer(tmp_path: Path, make_run) -> None:
    everything = {"correct": lambda place: True, "misleading": lambda place: place == 0}
    make_run(tmp_path, lambda place: True, forced=everything)
    make_run(tmp_path, lambda place: True, variant="incorrect", forced=everything)
    moved, followed = run_evidence.after_forced_traces(reference_runs(tmp_path))
    assert (moved.tier, moved.unit, moved.value, moved.holds) == ("D", "points", 7 / 8, False)
    assert (followed.value, followed.n, followed.holds) == (7 / 8, 8, False)


def test_where_the_trace_does_nothing_independence_holds(tmp_path: Path, make_run) -> None:
    make_run(
        tmp_path,
        lambda place: True,
        forced={"correct": lambda place: True, "misleading": lambda place: True},
    )
    assert [
        figure.holds for figure in run_evidence.after_forced_traces(reference_runs(tmp_path))
    ] == [True, True]


def test_without_interventions_there_is_no_tier_d(runs) -> None:
    assert run_evidence.after_forced_traces(runs(("correct", 4))) == []


@pytest.mark.parametrize(
    ("fields", "decides"),
    [
        ({"model": "Qwen3-1.7B", "source": "hub"}, True),
        ({"model": "Qwen3-1.7B", "source": "lookalike"}, False),
        ({"model": "smollm2-135m", "source": "hub"}, False),
        ({"model": "Qwen3-1.7B", "source": "hub", "variant": "verbose"}, False),
    ],
)
def test_only_the_papers_models_on_the_papers_data_decide(runs, fields, decides) -> None:
    run = runs(("correct", 8))[0]
    other = _as(run, **fields)
    pair = [(other.kind, "vanilla")]
    (figure,) = run_evidence.against([other, _as(other, variant="vanilla")], pair, claim="better")
    assert figure.decides is decides


def _as(run, **fields):
    record = run.record.model_copy(update={"spec": run.spec.model_copy(update=fields)})
    return replace(run, record=record)


def test_a_run_of_the_repository_is_named_from_its_root() -> None:
    for figure in run_evidence.right_given_trace_right(reference_runs()):
        assert figure.command.startswith("artifact evaluate --run reference/runs/")
        assert (ROOT / figure.command.rpartition(" ")[2]).is_dir()


# Runs made here


def test_only_the_papers_models_on_its_data_are_taken_from_what_was_made_here(
    tmp_path: Path, make_run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "RUNS", tmp_path)
    # A stand-in for the hub, which is not at hand: its problems are look-alikes.
    monkeypatch.setattr(scored_runs, "of_paper", lambda spec: spec.model == "Qwen3-1.7B")
    monkeypatch.setattr(run_evidence, "of_paper", scored_runs.of_paper)
    make_run(tmp_path, lambda place: True)
    vanilla, correct = (
        make_run(tmp_path, lambda place: place < 6, model="Qwen3-1.7B", variant=kind)
        for kind in ("vanilla", "correct")
    )
    found = papers_runs()
    assert {(it.made, it.record.run) for it in found} == {
        ("here", vanilla.record.run),
        ("here", correct.record.run),
    }
    assert papers_runs(found) == []
    (figure,) = run_evidence.against(found, [("correct", "vanilla")], claim="better")
    assert figure.decides
    assert figure.what.startswith("made here, look-alikes")


@pytest.mark.parametrize(
    ("fields", "decides"),
    [
        ({"model": "Qwen3-1.7B", "source": "hub"}, True),
        ({"model": "Qwen3-1.7B", "source": "release:DIR"}, True),
        ({"model": "Qwen3-1.7B"}, False),
        ({"model": "Qwen3-1.7B", "source": "hub", "variant": "verbose"}, False),
        ({"model": "smollm2-135m", "source": "hub"}, False),
        ({"model": f"org/model@{'0' * 40}", "source": "hub"}, False),
    ],
)
def test_a_run_of_the_papers_model_on_its_data_decides(fields, decides: bool) -> None:
    spec = resolve({"dataset": "cotempqa", "variant": "correct"} | fields)
    assert scored_runs.of_paper(spec) is decides
