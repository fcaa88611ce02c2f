from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from artifact import datasets
from artifact.common import paths
from artifact.common.errors import CheckError
from artifact.common.json_lines import JsonLines
from artifact.decomposition import traces
from artifact.sft import missing_runs
from artifact.sft.forced_traces import Intervention, LogProb, forced_traces
from artifact.sft.run_data import problem_set
from artifact.sft.run_folder import INTERVENTIONS, METHOD, Numerics, Run
from artifact.sft.spec import Spec, as_yaml, read, resolve

MakeRun = Callable[..., Run]
Record = dict[str, Any]
TODAY = "the data of today"


@pytest.fixture
def there(make_run: MakeRun, changed: MakeRun, runs_folder: Path) -> Callable[..., Spec]:
    """Leave a finished run of today behind, with changes to its record; its spec."""

    def write(change: Record | None = None, threads: int = 1, **fields: Any) -> Spec:
        run = make_run(runs_folder, lambda place: True, threads=threads, **fields)
        spec = run.record.spec
        changed(run, **({"data_sha256": problem_set(spec).sha256} | (change or {})))
        return spec

    return write


def force(run: Run, less: int = 0, *, margins: bool = True) -> None:
    """Answer after every trace that can be forced on `run`, but for the last `less`."""
    spec = run.record.spec
    dataset, problems = datasets.get(spec.dataset), problem_set(spec).test
    answers = {it.id: it.prediction for it in run.predictions}
    lines = []
    for problem in problems:
        own = traces.parse(answers[problem.id], dataset.template, problem.context)
        text = own.text if isinstance(own, traces.Trace) else None
        lines += [
            Intervention(
                id=problem.id,
                category=problem.category,
                forced=forced,
                points_to=trace.points_to,
                prediction="",
                tokens=1,
                truncated=False,
                gold=LogProb(sum=-1.0, tokens=1) if margins else None,
            )
            for forced, trace in forced_traces(dataset, problem, text, problems).items()
        ]
    JsonLines(run.folder / INTERVENTIONS).append(*lines[: len(lines) - less])
    run.write(run.record, finished=[INTERVENTIONS])


@pytest.mark.parametrize(
    ("change", "is_made"),
    [
        ({}, True),
        ({"data_sha256": "of another day"}, False),
        ({"libraries": {"torch": "0.1"}}, False),
        ({"method": METHOD - 1}, False),
        ({"generation": None}, False),
    ],
)
def test_a_run_is_found_if_all_that_it_came_from_is_as_today(
    there: Callable[..., Spec], change: Record, is_made: bool
) -> None:
    spec = there(change)
    assert list(missing_runs.finished([spec])) == [spec] * is_made
    assert missing_runs.missing([spec]) == [spec] * (not is_made)


@pytest.mark.parametrize(("asked", "is_made"), [("", True), ("float32", True), ("bfloat16", False)])
def test_a_number_type_that_is_asked_for_must_be_the_runs(
    there: Callable[..., Spec], monkeypatch: pytest.MonkeyPatch, asked: str, is_made: bool
) -> None:
    spec = there({"numerics": Numerics(device="cpu", dtype="float32", threads=1)})
    monkeypatch.setenv("ARTIFACT_DTYPE", asked)
    assert list(missing_runs.finished([spec])) == [spec] * is_made


@pytest.fixture
def kept(answered: Run, runs_folder: Path) -> Run:
    """A whole run in this test's folder."""
    shutil.copytree(answered.folder, runs_folder / answered.folder.name)
    return Run(runs_folder / answered.folder.name)


def test_a_run_that_is_answered_is_finished(kept: Run, small: Callable[..., Spec]) -> None:
    wanted = [small(), small(seed=1)]
    assert missing_runs.finished(wanted) == {small(): kept}
    assert missing_runs.finished([small(seed=1)]) == {}


@pytest.mark.parametrize(("name", "first"), [("000000000000", True), ("zzzzzzzzzzzz", False)])
def test_of_several_runs_the_first_is_taken(
    kept: Run, small: Callable[..., Spec], runs_folder: Path, name: str, first: bool
) -> None:
    other = runs_folder / name
    shutil.copytree(kept.folder, other)
    assert missing_runs.finished([small()])[small()].folder == (other if first else kept.folder)


@pytest.mark.parametrize("of_today", [1, 2])
def test_of_several_runs_the_one_on_todays_data_is_taken(
    there: Callable[..., Spec], runs_folder: Path, of_today: int
) -> None:
    for threads in (1, 2):
        spec = there({} if threads == of_today else {"data_sha256": "other"}, threads=threads)
    found = missing_runs.finished([spec])[spec]
    assert found.record.numerics.threads == of_today


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_of_several_runs_the_one_of_as_many_threads_is_taken(
    there: Callable[..., Spec],
    runs_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    threads: int,
) -> None:
    for each in (1, 2, 3, 4):
        spec = there(threads=each)
    monkeypatch.setenv("OMP_NUM_THREADS", str(threads))
    assert missing_runs.finished([spec])[spec].record.numerics.threads == threads


@pytest.mark.parametrize(
    ("forced", "less", "missing"), [(False, 0, True), (True, 1, True), (True, 0, False)]
)
def test_a_run_is_forced_when_every_trace_is(
    there: Callable[..., Spec], forced: bool, less: int, missing: bool
) -> None:
    spec = there()
    run = missing_runs.finished([spec])[spec]
    if forced:
        force(run, less)
    assert missing_runs.has_all_forced_traces(run) == (not missing)
    assert missing_runs.missing([spec], ["correct"]) == [spec] * missing


def test_answers_without_log_probabilities_are_not_all(there: Callable[..., Spec]) -> None:
    run = missing_runs.finished([spec := there()])[spec]
    force(run, margins=False)
    assert not missing_runs.has_all_forced_traces(run)
    assert missing_runs.missing([spec], ["verbose"]) == []


def test_what_is_there_starts_nothing(
    there: Callable[..., Spec], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missing_runs, "_run", None)
    missing_runs.train_missing([there(), there(variant="vanilla")], ["verbose"])


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"variant": "verbose", "train": None, "split": "grouped"},
        {"corruption": 0.25, "seed": 3, "lora": {"rank": 2, "projections": ["q_proj"]}},
        {"source": "file:/a b.jsonl", "recipe": "paper", "decoding": {"batch": 2}},
    ],
)
def test_a_spec_reads_as_it_was_written(fields: Record, tmp_path: Path) -> None:
    spec = resolve({"model": "tiny-llama", "dataset": "babi", "variant": "correct"} | fields)
    (tmp_path / "spec.yaml").write_text(as_yaml(spec), encoding="utf-8")
    assert read(tmp_path / "spec.yaml") == spec


def test_missing_runs_are_made_in_another_process(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    small: Callable[..., Spec],
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ARTIFACT_ROOT", str(tmp_path))
    monkeypatch.setattr(paths, "RUNS", tmp_path / "runs")
    forced, plain = small(train=4, test=2), small(train=4, test=2, variant="vanilla")
    missing_runs.train_missing([forced, plain], ["correct"])
    made = missing_runs.finished([forced, plain])
    assert set(made) == {forced, plain}
    assert {run.record.numerics.threads for run in made.values()} == {1}
    assert missing_runs.has_all_forced_traces(made[forced])
    told = capfd.readouterr()
    assert told.out == ""
    for work in ("training", "generating", "forcing traces"):
        assert f"{forced.name}: {work}: " in told.err


def python(code: str) -> list[str]:
    return [sys.executable, "-c", f"import os, signal, sys\n{code}"]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("print('artifact: no such model', file=sys.stderr)\nsys.exit(2)", "no such model"),
        ("sys.exit(3)", "training exited with status 3"),
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            "training was killed by SIGKILL (out of memory?)",
        ),
    ],
)
def test_a_process_that_fails_is_one_line(code: str, line: str) -> None:
    with pytest.raises(CheckError) as caught:
        missing_runs._run(python(code))
    assert str(caught.value) == line


def test_progress_goes_past_the_outputs_of_a_notebook(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # a kernel under test would show nothing at all
    tell = python("print('how far it is', file=sys.stderr)")
    source = f"from artifact.sft import missing_runs\nmissing_runs._run({tell!r})"
    cells = [nbformat.v4.new_code_cell(source)]
    executed = NotebookClient(nbformat.v4.new_notebook(cells=cells)).execute()
    assert executed.cells[0].outputs == []
    assert "how far it is" in capfd.readouterr().err


def test_a_bad_spec_ends_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("model: tiny-llama\ndataset: babi\nvariant: corect\n")
    with pytest.raises(SystemExit) as caught:
        missing_runs.main([str(path)])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"artifact: {path}, field 'variant': ")
