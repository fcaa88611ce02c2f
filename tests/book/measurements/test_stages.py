"""Where one run's memory goes: what is stored is shown, and a setting is kept once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from artifact.book.measurements import stages
from artifact.book.measurements.stages import Stage, StagedRun
from artifact.common.errors import InputError
from artifact.common.paths import ROOT
from artifact.common.provenance import collect


def run_of(dtype: str, held: int = 2_000_000_000, tokens: int | None = 256) -> StagedRun:
    stage = Stage(name="weights", cpu_seconds=3.4, held_bytes=held, peak_bytes=2 * held)
    return StagedRun(
        command=f"measure {dtype}",
        model="a model",
        variant="correct",
        tokens=tokens,
        dtype=dtype,
        provenance=collect(),
        stages=(stage,),
    )


def test_a_setting_is_kept_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "stages.json"
    for run in (run_of("float32"), run_of("bfloat16"), run_of("float32", held=1)):
        stages.store_run(run, path)
    assert [it.dtype for it in stages.read_runs(path)] == ["bfloat16", "float32"]
    assert stages.read_runs(path)[1].stages[0].held_bytes == 1


def test_the_table_has_a_row_a_stage() -> None:
    table = stages.as_table((run_of("bfloat16"), run_of("float32", tokens=None)))
    assert table.rows[0] == [
        "weights",
        "bfloat16",
        "2.00",
        "4.00",
        "3",
        "256 tokens",
    ]
    assert table.rows[1][-1] == "a batch"
    assert "on correct traces" in stages.as_markdown((run_of("bfloat16"),))
    page = stages.as_markdown((run_of("bfloat16"),))
    assert "measure bfloat16" in page
    assert "2.00" in page


def test_without_a_run_the_page_says_how_to_make_one() -> None:
    assert "run_stages.py --store" in stages.as_markdown(())


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "stages.json"
    path.write_text('{"runs": 3}')
    with pytest.raises(InputError, match=r"stages\.json"):
        stages.read_runs(path)


def test_the_stored_runs_are_of_both_number_types() -> None:
    assert {run.dtype for run in stages.read_runs()} == {"bfloat16", "float32"}
    for run in stages.read_runs():
        assert [it.name for it in run.stages][:4] == [
            "interpreter",
            "libraries",
            "weights",
            "training",
        ]
        assert str(ROOT) not in json.dumps(run.model_dump(mode="json"))


def test_an_unknown_option_of_the_benchmark_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks/run_stages.py", "--nothing"],
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert done.returncode == 2
    assert "--nothing" in done.stderr
