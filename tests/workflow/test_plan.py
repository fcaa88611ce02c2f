from __future__ import annotations

from pathlib import Path

import pytest

from artifact.sft.spec import Spec, resolve
from artifact.workflow import costs, plan
from artifact.workflow.run_jobs import Job

GRID = [
    resolve({"model": model, "dataset": dataset, "variant": kind, "recipe": recipe, "n": 60})
    for model, recipe in (("smollm2-135m", "laptop"), ("Qwen3-8B", "paper"))
    for dataset in ("babi", "marco")
    for kind in ("vanilla", "correct")
]


@pytest.fixture(autouse=True)
def an_hour_each(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run takes an hour, and half of one more where traces are forced."""

    def seconds(spec: Spec, *, trains: bool, forced: int | None) -> float:
        assert forced in (0, 6)
        return 3600 * trains + 1800 * (forced == 6)

    monkeypatch.setattr(costs, "seconds", seconds)


def test_runs_by_model_and_dataset_with_their_cost() -> None:
    jobs = [Job(GRID[1], trains=False, forces=True), *map(Job, GRID[2:])]
    assert plan.table(plan.rows([*GRID, GRID[0]], jobs, 6)) == [
        "model         dataset  to do  done  h per run  hours  GPU hours   memory    disk",
        "SmolLM2-135M  babi         1     1       0.50   0.50       0.00   4.4 GB    0 MB",
        "SmolLM2-135M  marco        2     0       1.00   2.00       0.00   4.4 GB  0.1 GB",
        "Qwen3-8B      babi         2     0       1.00   2.00       2.00  36.7 GB  2.1 GB",
        "Qwen3-8B      marco        2     0       1.00   2.00       2.00  36.7 GB  2.1 GB",
        "all                        7     1       1.00   6.50       4.00  36.7 GB  4.3 GB",
        "hours are estimated from parameters and tokens, with assumed rates for "
        "SmolLM2-135M, Qwen3-8B",
        "weights take another 16.7 GB of disk",
    ]


def test_one_model_on_one_dataset_needs_no_sum() -> None:
    lines = plan.table(plan.rows(GRID[:2], [Job(GRID[0])], None))
    assert [line.split()[0] for line in lines] == ["model", "SmolLM2-135M", "hours", "weights"]


def test_nothing_to_do_is_no_table() -> None:
    assert plan.table(plan.rows(GRID, [], None)) == []
    assert plan.table([]) == []
