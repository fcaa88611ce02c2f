"""How work grows with what it is given: what is stored is shown, and the benchmark runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from artifact.book.measurements import scale
from artifact.book.measurements.scale import Leg, ScaleRun
from artifact.common.errors import InputError
from artifact.common.paths import ROOT
from artifact.common.provenance import collect

RUN = ScaleRun(
    command="python benchmarks/scale.py --n 10",
    provenance=collect(),
    load=0.5,
    legs=(
        Leg(
            dataset="cotempqa",
            work="decomposed",
            texts="generated",
            n=1000,
            cpu_seconds=2.0,
            peak_bytes=90_000_000,
        ),
        Leg(
            dataset="babi",
            work="scored strictly",
            texts="stored",
            n=4000,
            cpu_seconds=0.5,
            peak_bytes=80_000_000,
        ),
    ),
)


def test_a_row_a_leg_scoring_first() -> None:
    assert scale.as_table(RUN).rows == [
        ["scored strictly", "bAbI QA", "stored", 4000, "0.5", "0.125", "80"],
        ["decomposed", "CoTemp QA", "generated", 1000, "2.0", "2.000", "90"],
    ]


def test_what_is_stored_is_read_back_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "scale.json"
    scale.store_run(RUN, path)
    assert scale.read_run(path) == RUN
    page = scale.as_markdown(RUN)
    assert "python benchmarks/scale.py --n 10" in page
    assert "0.125" in page
    assert "scale.py --store" in scale.as_markdown(None)
    path.write_text('{"legs": 3}')
    with pytest.raises(InputError, match=r"scale\.json"):
        scale.read_run(path)


def test_the_benchmark_scores_and_decomposes_every_dataset() -> None:
    command = [sys.executable, str(ROOT / "benchmarks/scale.py"), "--n", "12"]
    environment = {name: it for name, it in os.environ.items() if name != "ARTIFACT_RELEASE"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [(row[0], row[3]) for row in rows] == [
        *[("scored strictly", "12")] * 3,
        *[("decomposed", "12")] * 3,
    ]
