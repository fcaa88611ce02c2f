from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from artifact.common import paths
from artifact.common.errors import InputError
from artifact.sft import grid, missing_runs
from artifact.sft.run_folder import Run
from artifact.sft.spec import Spec, read, resolve
from artifact.workflow import costs, run_jobs, section_inputs
from artifact.workflow.run_jobs import Job
from artifact.workflow.sections import Parameters, SftVariantsParameters

SMALL = {
    "model": "tiny-llama",
    "recipe": "smoke",
    "n": 60,
    "train": 4,
    "test": 8,
    "variants": ["vanilla", "correct"],
    "forced_problems": 3,
}


@pytest.fixture
def small(project: Path) -> SftVariantsParameters:
    return SftVariantsParameters(**SMALL)


def named(jobs: list[Job]) -> list[tuple[str, str]]:
    return [(job.spec.variant, job.does) for job in jobs]


TRAINED, FORCED = "trained and answered", "answered after forced traces"


def forced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traces are forced on three problems of every run, as `SMALL` asks."""
    monkeypatch.setattr(missing_runs, "has_all_forced_traces", lambda run, problems: problems == 3)


def test_what_is_left_is_what_is_not_there(
    small: SftVariantsParameters, write_run, monkeypatch: pytest.MonkeyPatch
) -> None:
    vanilla, correct = small.specs
    both = f"{TRAINED}, {FORCED}"
    left = [("vanilla", TRAINED), ("correct", both)]
    assert named(run_jobs.pending_jobs(small)) == left
    write_run(vanilla)
    assert named(run_jobs.pending_jobs(small)) == [("correct", both)]
    write_run(correct)
    assert named(run_jobs.pending_jobs(small)) == [("correct", FORCED)]
    forced(monkeypatch)
    assert run_jobs.pending_jobs(small) == []
    more = small.model_copy(update={"forced_problems": None})
    assert named(run_jobs.pending_jobs(more)) == [("correct", FORCED)]


def test_a_run_that_was_removed_is_left_though_the_map_has_its_mark(
    small: SftVariantsParameters, write_run, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced(monkeypatch)
    found: list[Run] = [write_run(spec) for spec in small.specs]
    mark = paths.ROOT / run_jobs.mark(Job(small.specs[0]).name)
    mark.parent.mkdir(parents=True)
    mark.touch()
    (found[0].folder / "run.json").unlink()
    assert named(run_jobs.pending_jobs(small)) == [("vanilla", TRAINED)]


def test_other_sections_wait_for_nothing(project: Path) -> None:
    assert run_jobs.pending_jobs(Parameters()) == []
    assert run_jobs.describe_runs(Parameters(), [], dry_run=True) == []


def test_too_few_problems_are_named_before_anything_starts(small: SftVariantsParameters) -> None:
    wanting = small.model_copy(update={"train": 400})
    with pytest.raises(InputError, match=r"field 'train': the source has .*, not 400"):
        run_jobs.pending_jobs(wanting)


def test_the_hub_is_not_asked_before_a_job_is(
    small: SftVariantsParameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_jobs, "problem_set", None)
    of_hub = small.model_copy(update={"source": "hub", "interventions": []})
    left = run_jobs.pending_jobs(of_hub)
    assert named(left) == [("vanilla", TRAINED), ("correct", TRAINED)]
    run_jobs.write_specs(left)
    assert [run_jobs.text_length(grid.key(spec)) for spec in of_hub.specs] == [0, 0]


@pytest.mark.parametrize(
    ("dry_run", "lines"),
    [
        (
            True,
            [
                "exists ({})",
                "would be trained and answered, answered after forced traces",
            ],
        ),
        (False, ["exists ({})", "is trained and answered, answered after forced traces"]),
    ],
)
def test_each_run_of_a_section_is_told(
    small: SftVariantsParameters, write_run, dry_run: bool, lines: list[str]
) -> None:
    vanilla, correct = small.specs
    run = write_run(vanilla)
    told = run_jobs.describe_runs(small, run_jobs.pending_jobs(small), dry_run=dry_run)
    there, made = lines
    assert told == [
        f"  {vanilla.name}: {there.format(run.folder.name)}",
        f"  {correct.name}: {made}",
    ]


def test_a_spec_is_written_only_if_it_says_something_new(small: SftVariantsParameters) -> None:
    jobs = run_jobs.pending_jobs(small)
    run_jobs.write_specs(jobs)
    written = {spec: run_jobs.spec_path(grid.key(spec)) for spec in small.specs}
    assert {read(path): path for path in written.values()} == written
    before = [path.stat().st_mtime_ns for path in written.values()]
    run_jobs.write_specs(jobs)
    assert [path.stat().st_mtime_ns for path in written.values()] == before


def test_the_map_waits_for_what_is_left(
    sections: None, small: SftVariantsParameters, write_run
) -> None:
    assert run_jobs.marks("sft_variants") == []
    section_inputs.request(section_inputs.collect("sft_variants", small))
    vanilla, correct = (grid.key(spec) for spec in small.specs)
    run_jobs.write_specs(run_jobs.pending_jobs(small))
    marks = [f"results/done/run_{key}" for key in (vanilla, correct)]
    assert run_jobs.marks("sft_variants") == marks
    for spec in small.specs:
        write_run(spec)
    assert run_jobs.marks("sft_variants") == marks[1:]


def test_the_longest_traces_start_first(small: SftVariantsParameters) -> None:
    kinds = ["vanilla", "correct", "verbose"]
    specs = small.model_copy(update={"variants": kinds, "interventions": []}).specs
    run_jobs.write_specs([Job(spec) for spec in specs])
    lengths = [run_jobs.text_length(grid.key(spec)) for spec in specs]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) == len(kinds)


@pytest.mark.parametrize(
    ("model", "recipe", "memory_mb", "gpus"),
    [
        ("smollm2-135m", "laptop", 4438, 0),
        ("smollm2-135m", "demonstration", 1326, 0),
        ("Qwen3-1.7B", "paper", 10782, 1),
    ],
)
def test_what_a_job_asks_for(
    project: Path, model: str, recipe: str, memory_mb: int, gpus: int
) -> None:
    given = {"model": model, "recipe": recipe, "dataset": "babi", "variant": "vanilla"}
    spec = resolve(given | {"n": 60, "train": 8, "test": 8})
    run_jobs.write_specs([Job(spec)])
    key = grid.key(spec)
    assert (run_jobs.memory_mb(key), run_jobs.gpus(key)) == (memory_mb, gpus)
    assert run_jobs.minutes(key) == costs.minutes_allowed(spec)


def test_a_runs_own_lines_are_on_the_console_and_all_are_in_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = io.StringIO()
    told = run_jobs._ProgressTee(log, "m on d: ")
    for text in ("m on d: trai", "ning\nwarning: m on d: no\n", "m on d: done", "\n"):
        print(text, end="", file=told)
    assert capsys.readouterr().out == "m on d: training\nm on d: done\n"
    assert log.getvalue() == "m on d: training\nwarning: m on d: no\nm on d: done\n"


def test_the_log_of_a_job_is_found_under_the_hash_of_its_run(
    small: SftVariantsParameters,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = small.specs[0]
    run_jobs.write_specs([Job(spec)])
    log = paths.RESULTS / "logs" / f"run_{grid.key(spec)}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("trained\n", encoding="utf-8")
    made = Run(paths.RUNS / "0123456789ab")
    monkeypatch.setattr(missing_runs, "complete", lambda spec, **asked: made)
    monkeypatch.setattr(sys, "argv", ["runs", grid.key(spec)])
    for _ in range(2):
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        run_jobs.main()
        named = log.with_name(f"run_{made.folder.name}.log")
        assert named.read_text(encoding="utf-8") == "trained\n"
    assert f"{spec.name}: run {made.folder.name}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (InputError("cannot be had", field="model"), 2, "field 'model': cannot be had"),
        (RuntimeError("no\nroom"), 1, "RuntimeError: no room"),
    ],
)
@pytest.mark.parametrize(("place", "there"), [(0, False), (1, False), (1, True)])
def test_a_job_that_fails_names_itself_and_its_log(
    sections: None,
    small: SftVariantsParameters,
    write_run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: int,
    there: bool,
    error: Exception,
    code: int,
    line: str,
) -> None:
    def fail(spec: Spec, *, forced: bool, problems: int | None) -> Run:
        assert (forced, problems) == ((True, 3) if place else (False, None))
        raise error

    monkeypatch.setattr(missing_runs, "complete", fail)
    section_inputs.request(section_inputs.collect("sft_variants", small))
    spec = small.specs[place]
    if there:
        write_run(spec)
    run_jobs.write_specs([Job(spec)])
    key = grid.key(spec)
    monkeypatch.setattr(sys, "argv", ["runs", key])
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    with pytest.raises(SystemExit) as caught:
        run_jobs.main()
    assert caught.value.code == code
    told = capsys.readouterr()
    log = f"results/logs/run_{key}.log"
    assert told.out == f"{spec.name}: starting; log in {log}\n"
    assert "Traceback" in told.err
    work = "forcing traces on" if there else "run"
    assert told.err.splitlines()[-1] == f"artifact: {work} {spec.name} failed: {line} (see {log})"
