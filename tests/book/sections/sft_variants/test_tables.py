"""Tables of runs: labelled by who made them, percent, and honest about what is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifact.book.sections.sft_variants import cells, forced_tables, tables
from artifact.book.sections.sft_variants.compute import Experiment, gather
from artifact.evaluation.scored_runs import reference_runs, score_run
from artifact.evaluation.statistics import pooled
from artifact.sft.run_folder import PREDICTIONS, LossAt
from artifact.workflow.results import Table


@pytest.fixture
def experiment(tmp_path: Path, make_run) -> Experiment:
    """Reference runs of four kinds and a dose, and two runs made here, one of them the same."""
    folder = tmp_path / "reference"
    for variant, right in {"vanilla": 2, "correct": 4, "incorrect": 6, "verbose": 8}.items():
        forced = {
            "own": lambda place: place < 4,
            "correct": lambda place: True,
            "misleading": lambda place: place < 2,
        }
        make_run(
            folder,
            lambda place, r=right: place < r,
            variant=variant,
            forced=forced if variant == "correct" else {},
            astray=lambda place: place == 7,
        )
    make_run(folder, lambda place: place < 5, corruption=0.5)
    here = tmp_path / "runs"
    own = [
        make_run(here, lambda place: place < 4, astray=lambda place: place == 7),
        make_run(
            here,
            lambda place: place < 3,
            variant="vanilla",
            threads=2,
            astray=lambda place: place == 7,
        ),
        make_run(here, lambda place: place < 3, variant="filler"),
    ]
    return gather([score_run(run, "here") for run in own], reference_runs(folder))


def rows(table: Table, *, made: str | None = None) -> dict[object, list[object]]:
    """Rows by the first cell that tells them apart: kind, rule or dose."""
    return {row[2]: row[3:] for row in table.rows if made in (None, row[0])}


def test_every_run_is_listed_with_who_made_it(experiment: Experiment) -> None:
    table = tables.runs_table(experiment)
    assert [(row[0], row[4]) for row in table.rows] == [
        ("reference", "vanilla"),
        ("reference", "correct"),
        ("reference", "50 % incorrect"),
        ("reference", "incorrect"),
        ("reference", "verbose"),
        ("here", "vanilla"),
        ("here", "correct"),
        ("here", "filler"),
    ]
    first = dict(zip(table.columns, table.rows[0], strict=True))
    assert (first["n train"], first["n test"], first["epochs"]) == (4, 8, 1)
    assert first["left out, too long"] == 0
    assert first["numerics"] == "x, cpu, 1 thread"
    assert table.evidence == "own and reference runs"


@pytest.mark.parametrize(("steps", "loss"), [(0, None), (4, 2.5), (20, 15.5)])
def test_the_final_loss_is_the_mean_of_the_last_steps(steps: int, loss: float | None) -> None:
    curve = [LossAt(step=step, epoch=1, loss=step) for step in range(1, steps + 1)]
    assert tables.final_loss(curve) == loss


def test_accuracy_stands_beside_the_tokens_of_the_trace(experiment: Experiment) -> None:
    table = tables.accuracy_table(experiment)
    found = rows(table, made="reference")
    assert list(found) == ["vanilla", "correct", "incorrect", "verbose (rule-made)"]
    tokens, runs, n, right, low, high, lowest, highest, no_trace, cut = found["correct"]
    assert (tokens, runs, n, right, lowest, highest) == (20.0, 1, 8, 50.0, 50.0, 50.0)
    assert low < right < high
    assert (no_trace, cut) == (0.0, 0.0)
    assert found["vanilla"][0] == 4.0
    assert list(rows(table, made="here")) == ["vanilla", "correct", "filler"]


def test_shortcuts_are_named_for_each_group(experiment: Experiment) -> None:
    table = tables.shortcuts_table(experiment)
    names = [row[2] for row in table.rows if row[0] == "here"]
    assert set(names) == set(experiment.groups[0].dataset.rules.shortcuts)
    assert all(0 <= row[5] <= row[4] <= row[6] <= 100 for row in table.rows)


def test_kinds_are_compared_within_a_group_only(experiment: Experiment) -> None:
    found = rows(tables.contrasts_table(experiment), made="reference")
    assert found["incorrect - correct"][:3] == ["1", 8, 25.0]
    assert "filler - correct" in rows(tables.contrasts_table(experiment), made="here")
    assert "filler - correct" not in found


def test_free_texts_and_answers_alone_have_no_steps(experiment: Experiment) -> None:
    found = rows(tables.steps_table(experiment))
    assert set(found) == {"correct", "incorrect"}
    runs, n, label, any_gold, recall, exact, ok = rows(
        tables.steps_table(experiment), made="reference"
    )["correct"]
    assert (runs, n) == (1, 8)
    assert label == any_gold == recall == exact == ok == 87.5, "one trace of eight is astray"


def test_doses_end_with_their_slope(experiment: Experiment) -> None:
    table = tables.doses_table(experiment)
    assert [(row[2], row[5]) for row in table.rows] == [
        ("0 %", 50.0),
        ("50 %", 62.5),
        ("100 %", 75.0),
        ("slope, from 0 to 100 %", 25.0),
    ]
    assert table.evidence == "reference run"


def test_forced_traces_are_listed_compared_and_followed(experiment: Experiment) -> None:
    forced = {row[3]: row[6] for row in forced_tables.forced_table(experiment).rows}
    assert forced == {"its own, whole": 50.0, "correct": 100.0, "misleading": 25.0}
    between = forced_tables.effects_table(experiment, to_own=False).rows
    assert [(row[3], row[6]) for row in between] == [("correct - misleading", 75.0)]
    to_own = forced_tables.effects_table(experiment, to_own=True).rows
    assert [(row[3], row[6]) for row in to_own] == [
        ("correct - its own, whole", 50.0),
        ("misleading - its own, whole", -25.0),
    ]
    (followed,) = forced_tables.following_table(experiment).rows
    assert followed[2:7] == ["correct", "misleading", 1, 8, 75.0]


def test_the_releases_correlation_stands_beside_ours(experiment: Experiment) -> None:
    found = tables.correlation_table(experiment).rows
    assert {row[0] for row in found} == {"the release", "reference", "here"}
    (qwen,) = [row for row in found if row[1:3] == ["CoTemp QA, Qwen3-1.7B", "correct"]]
    assert (qwen[4], qwen[5]) == (950, "0.63")
    assert {row[2] for row in found if row[0] == "reference"} == {"correct", "50 % incorrect"}


def test_equal_hashes_are_held_to_equal_bytes(experiment: Experiment) -> None:
    by_kind = {row[0]: row[1:] for row in tables.same_table(experiment).rows}
    assert set(by_kind) == {"correct", "vanilla"}, "no reference run is of filler"
    seed, here, other, same_hash, same_bytes, equal, of, same_curve = by_kind["correct"]
    assert here == other
    assert (seed, same_hash, same_bytes, equal, of) == (0, True, True, 8, 8)
    assert same_curve is True
    assert by_kind["vanilla"][3:7] == [False, False, 7, 8]


def test_fewer_test_problems_are_compared_on_those_that_both_answered(tmp_path, make_run) -> None:
    make_run(tmp_path / "reference", lambda place: place < 4)
    own = score_run(make_run(tmp_path / "runs", lambda place: place < 3, test=5), "here")
    (row,) = tables.same_table(gather([own], reference_runs(tmp_path / "reference"))).rows
    assert row[4:] == [False, False, 4, 5, True]


def test_a_changed_byte_is_seen(experiment: Experiment) -> None:
    run = next(r for g in experiment.made("here") for r in g.runs if r.kind == "correct")
    path = run.run.folder / PREDICTIONS
    path.write_text(path.read_text().replace("<answer>nobody", "<answer>anybody", 1))
    by_kind = {row[0]: row for row in tables.same_table(experiment).rows}
    assert by_kind["correct"][4:7] == [True, False, 7]


def test_without_runs_every_table_is_empty_but_the_releases() -> None:
    for key, table in tables.all_tables(Experiment(())).items():
        assert bool(table.rows) is (key == "correlation")


def test_a_contrast_says_what_several_runs_a_side_would_find() -> None:
    one = [{f"p{i}": i % 3 > 0 for i in range(30)}, {f"p{i}": i % 4 > 0 for i in range(30)}]
    other = [{f"p{i}": i % 2 > 0 for i in range(30)}, {f"p{i}": i % 5 > 2 for i in range(30)}]
    (alone,) = pooled.contrasts({"a": one[:1], "b": other[:1]}, [("a", "b")])
    (several,) = pooled.contrasts({"a": one, "b": other}, [("a", "b")])
    row = dict(zip(cells.CONTRAST_COLUMNS, cells.contrast_cells(several), strict=True))
    assert row["runs"] == "2"
    assert several.over_runs is not None
    low, high = (100 * limit for limit in several.over_runs.interval)
    assert row["over runs too"] == f"[{low:+.1f}, {high:+.1f}]"
    assert row["detectable"] == f"{100 * several.over_runs.detectable:.1f}"
    assert cells.contrast_cells(alone)[-3:] == [None, None, None]
