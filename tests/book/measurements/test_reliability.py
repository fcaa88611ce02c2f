"""Load, kill and hostile requests: small runs here, the stored counts, and the page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from artifact.book.measurements import reliability_page
from artifact.book.measurements.reliability import (
    HostileRun,
    KillRun,
    LoadRun,
    ReliabilityRuns,
    read_runs,
    store_run,
)
from artifact.common.errors import InputError
from artifact.common.paths import ROOT

BENCHMARKS = ROOT / "benchmarks"


def benchmark(name: str, *options: str) -> dict[str, Any]:
    """The counts that a benchmark prints; it exits 0 only if they hold."""
    done = subprocess.run(
        [sys.executable, BENCHMARKS / f"study_{name}.py", *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts: dict[str, Any] = json.loads(done.stdout)
    return counts


def test_many_at_once_lose_nothing() -> None:
    run = LoadRun.model_validate(benchmark("load", "--participants", "20"))
    assert run.groups == {"decomposed": 5, "explanation": 5, "summary": 5, "verbose": 5}
    assert run.left == 2
    assert run.exchange.acknowledged == 20 * 11
    assert run.exchange.requests > run.exchange.acknowledged


def test_what_was_acknowledged_outlives_a_kill() -> None:
    run = KillRun.model_validate(benchmark("kill", "--participants", "6", "--kills", "2"))
    assert 0 < run.acknowledged_at_kills[0] < run.acknowledged_at_kills[1] <= 6 * 11
    assert run.exchange.acknowledged == 6 * 11


def test_hostile_requests_change_nothing() -> None:
    run = HostileRun.model_validate(benchmark("hostile", "--every", "7", "--slow", "0"))
    assert run.requests > 70
    assert len(run.kinds) == 11
    assert all(status.startswith("4") for status in run.statuses)


def test_the_stored_runs_are_full_ones_and_hold() -> None:
    runs = read_runs()
    assert runs.load is not None
    assert runs.load.holds
    assert runs.load.participants == 200
    assert set(runs.load.groups.values()) == {50}
    assert runs.kill is not None
    assert runs.kill.holds
    assert runs.kill.kills == len(runs.kill.acknowledged_at_kills) >= 5
    assert runs.hostile is not None
    assert runs.hostile.holds
    assert runs.hostile.requests == sum(runs.hostile.statuses.values()) >= 300


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("load", {"finished": 199}),
        ("load", {"widest": 2}),
        ("load", {"groups": {"a": 99, "b": 101}}),
        ("load", {"exchange": {"lost": 1}}),
        ("load", {"exchange": {"doubled": 1}}),
        ("kill", {"missing_at_kills": 1}),
        ("kill", {"finished": 1}),
        ("kill", {"exchange": {"unasked": 1}}),
        ("hostile", {"not_refused": ["SQL text, trial: 200"]}),
        ("hostile", {"database_unchanged": False}),
        ("hostile", {"files_unchanged": False}),
        ("hostile", {"log_silent": False}),
        ("book", {"differing": ["results/user_study.json"]}),
        ("book", {"left_behind": 1}),
        ("book", {"builds": 0}),
        ("faults", {"kinds": {}}),
        ("faults", {"kinds": {"spec": {"tried": 9, "refused": 6, "read": 2}}}),
    ],
)
def test_a_run_with_a_fault_does_not_hold(kind: str, changes: dict[str, Any]) -> None:
    stored = read_runs().model_dump()[kind]
    spoilt = stored | changes
    if "exchange" in changes:
        spoilt["exchange"] = stored["exchange"] | changes["exchange"]
    assert not getattr(ReliabilityRuns.model_validate({kind: spoilt}), kind).holds


def test_a_run_takes_the_place_of_the_earlier_one_of_its_kind(tmp_path: Path) -> None:
    runs = read_runs()
    assert runs.load is not None
    assert runs.kill is not None
    path = tmp_path / "runs.json"
    for run in (runs.load, runs.kill, runs.load.model_copy(update={"seed": 9})):
        store_run(run, path)
    again = read_runs(path)
    assert again.load is not None
    assert (again.load.seed, again.kill, again.hostile) == (9, runs.kill, None)


@pytest.mark.parametrize("text", ["{", '{"load": {"participants": "many"}}', '{"other": 1}'])
def test_what_is_no_run_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "runs.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"runs\.json"):
        read_runs(tmp_path / "runs.json")


STORED = read_runs()


@pytest.mark.parametrize("name", ["load", "kill", "hostile", "book", "faults"])
def test_every_stored_run_is_shown_with_its_command_and_verdict(name):
    run = getattr(STORED, name)
    title, _ = reliability_page.described(run)
    page = reliability_page.as_markdown(ReliabilityRuns(**{name: run}))
    assert f"{title}: passed" in page
    assert run.command in page
    assert f"Seed {getattr(run, 'seed', None)}" in page or name == "faults"


def test_a_run_that_did_not_hold_is_called_that():
    lost = STORED.load.model_copy(
        update={"exchange": STORED.load.exchange.model_copy(update={"lost": 1})}
    )
    assert "FAILED" in reliability_page.as_markdown(ReliabilityRuns(load=lost))


def test_the_asked_sizes_were_run():
    assert STORED.load.participants >= 200
    assert STORED.kill.kills >= 1
    assert STORED.hostile.requests >= 300
    assert STORED.book.kills == sum(STORED.book.at_work.values()) >= 30
    assert STORED.book.holds
    assert STORED.faults.holds
    assert {it.tried for it in STORED.faults.kinds.values()} == {600}
    assert len(STORED.faults.kinds) >= 18


def test_page_is_written_where_the_book_includes_it(tmp_path):
    reliability_page.write_page(tmp_path)
    assert (tmp_path / reliability_page.PAGE).read_text(encoding="utf-8").count("<table>") == 5
