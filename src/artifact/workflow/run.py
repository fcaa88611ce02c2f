"""Run the sections whose inputs changed, and say why.

Which sections are out of date is decided here, by content; Snakemake then runs them, in
parallel or on a cluster, after the runs that they show.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from artifact.claims.published import published
from artifact.common import paths
from artifact.common.errors import InputError
from artifact.datasets.sources import Source, load
from artifact.evaluation.predictions import read_predictions
from artifact.sft.spec import Spec
from artifact.study.instrument.answer_files import read_guesses
from artifact.study.instrument.ratings_file import read_ratings
from artifact.workflow import (
    costs,
    lock,
    parameters,
    plan,
    run_jobs,
    section_inputs,
    snakemake,
    stored_outputs,
)
from artifact.workflow.run_jobs import Job
from artifact.workflow.sections import (
    SECTIONS,
    DecompositionParameters,
    Parameters,
    SftVariantsParameters,
    StepEvaluationParameters,
    UserStudyParameters,
)

EXECUTORS = ("local", "slurm")

FEW_RATINGS = 250
"""Ratings per group up to which a simulation may miss the published numbers; a second to try it."""


def run(
    profile: str = "laptop",
    section: str | None = None,
    overrides: Sequence[str] = (),
    executor: str = "local",
    dry_run: bool = False,
    cores: int = 2,
) -> None:
    """Execute the sections that are out of date.

    Args:
        profile: sets the parameters (``profiles/``).
        section: the only section to look at; the others stay as they are.
        overrides: ``name=value``, ahead of the profile's; without any the profile applies again.
        executor: where sections run, ``local`` or ``slurm``.
        dry_run: say what would run and why, and run nothing.
        cores: of this machine, or jobs at a time on a cluster.

    Raises:
        InputError: if an argument is unknown; nothing has run then.
        CheckError: naming each run or section that failed, or if another command is running here.
        StoppedError: if told to stop; what it started has stopped, too.
    """
    _check_executor(executor)
    paths.require_project(paths.NOTEBOOKS)
    chosen = parameters.resolve(profile, overrides, section)
    today: list[section_inputs.Inputs] = []
    reasons: dict[str, list[str]] = {}
    todo: dict[str, list[Job]] = {}
    for name, values in chosen.items():
        with _named(name):
            today.append(section_inputs.collect(name, values))
            if why := section_inputs.reasons_to_run(today[-1]):
                _require_data(values)
                todo[name] = run_jobs.pending_jobs(values)
            reasons[name] = why
    further = parameters.grid(profile, chosen, overrides)
    of_grid = [job for each in further for job in run_jobs.pending_jobs(each)]
    print(f"profile {profile}, {' '.join(overrides) or 'as it is (no -p)'}")
    for name, why in reasons.items():
        print(explain(name, why, dry_run=dry_run))
        if name in todo:
            for line in run_jobs.describe_runs(chosen[name], todo[name], dry_run=dry_run):
                print(line)
    left = _each_once([job for jobs in (*todo.values(), of_grid) for job in jobs])
    for line in _costs([*chosen.values(), *further], left):
        print(line)
    memory_mb = parameters.profile_memory_mb(profile)
    pages = [name for name, why in reasons.items() if why]
    print(_plan(left, pages, executor, cores, memory_mb))
    for line in _left_alone(set(chosen)):
        print(line)
    if dry_run:
        return
    stale = [inputs for inputs in today if reasons[inputs.section]]
    with lock.exclusive("artifact run") as held:
        for inputs in today:
            section_inputs.request(inputs)
        run_jobs.write_specs(left)
        if (stale or left) and executor == "slurm":
            print("waiting for Slurm's jobs; `squeue --me` shows them")
        if stale or left:
            snakemake.execute(stale, left, executor, cores, held, memory_mb)


@contextmanager
def _named(section: str) -> Iterator[None]:
    """Makes an error about the section's input name the section."""
    try:
        yield
    except InputError as error:
        raise error.changed(section=section) from error


def _plan(
    left: Sequence[Job], stale: Sequence[str], executor: str, cores: int, memory_mb: int | None
) -> str:
    """What will happen, and how much memory it takes, in one line."""
    if not (stale or left):
        return "nothing to do: every page matches its inputs"
    notebooks = f"{len(stale)} notebook{'s' * (len(stale) > 1)} to execute"
    if not left:
        return notebooks
    each = max(costs.memory_mb(job.spec) for job in left)
    models = f"{len(left)} model{'s' * (len(left) > 1)} to train or query"
    if executor != "local":
        return f"{models}, {min(len(left), cores)} at a time, one job each; {notebooks}"
    free = snakemake.shared_memory_mb(memory_mb)
    at_once = max(1, min(len(left), cores, free // each))
    memory = f"each in up to {each / 1000:.1f} GB of the {free / 1000:.1f} GB that jobs may take"
    return f"{models}, {at_once} at a time, {memory}; {notebooks}"


def _each_once(jobs: Sequence[Job]) -> list[Job]:
    """The jobs of sections and of a grid, one per run, forcing traces if any of them does."""
    merged: dict[Spec, Job] = {}
    for job in jobs:
        before = merged.setdefault(job.spec, job)
        merged[job.spec] = replace(before, forces=before.forces or job.forces)
    return list(merged.values())


def _costs(wanted: Sequence[Parameters], left: Sequence[Job]) -> list[str]:
    """The table of all runs by model and dataset."""
    forced_on = next((each.forced_on for each in wanted if each.forced), None)
    return plan.table(plan.rows([it for each in wanted for it in each.specs], left, forced_on))


def explain(section: str, reasons: Sequence[str], *, dry_run: bool = False) -> str:
    """Why `section` runs, or that it is up to date, in one line."""
    if not reasons:
        return f"{section} is up to date"
    return f"{section} {'would run' if dry_run else 'runs'}: {'; '.join(reasons)}"


def _require_data(values: Parameters) -> None:
    """Check, before a kernel starts, inputs that would stop a cell: a model's outputs, a file.

    Raises:
        InputError: if they are not available.
    """
    match values:
        case StepEvaluationParameters():
            root = stored_outputs.release_root(values.source, values.release)
            chosen = stored_outputs.dataset_of(values.model, values.dataset, root)
            _require_file(values.source, [chosen])
            _require_predictions(values, chosen)
        case SftVariantsParameters():
            _require_predictions(values, values.dataset)
        case DecompositionParameters():
            _require_file(values.source, values.datasets)
        case UserStudyParameters() if values.ratings:
            read_ratings(Path(values.ratings), within=values.design == "within")
            if values.comprehension:
                read_guesses(Path(values.comprehension))
        case UserStudyParameters(design="between"):
            _require_simulation(values)


def _require_simulation(values: UserStudyParameters) -> None:
    """Check that ratings of so few people can match the published numbers."""
    from artifact.study.simulation.synthetic_ratings import draw_ratings

    if values.per_group * values.problems <= FEW_RATINGS:
        draw_ratings(
            published().study.traces,
            per_group=values.per_group,
            problems=values.problems,
            seed=values.seed,
        )


def _require_predictions(
    values: StepEvaluationParameters | SftVariantsParameters, dataset: str
) -> None:
    """Check that a file of predictions, where there is one, answers problems of the source."""
    if values.predictions:
        problems = load(values.source, dataset, n=values.n, seed=values.seed).problems
        read_predictions(Path(values.predictions), problems)


def _require_file(source: str, names: Sequence[str]) -> None:
    """Check that a file of problems can be read as each of these datasets."""
    if Source.parse(source).kind == "file":
        for name in names:
            load(source, name)


def _left_alone(chosen: set[str]) -> list[str]:
    """A line for each section that was not chosen, but is out of date."""
    lines = []
    for name in SECTIONS:
        done = section_inputs.recorded(name)
        if name in chosen or done is None:
            continue
        try:
            values = parameters.validate(name, done.inputs.parameters)
            reasons = section_inputs.reasons_to_run(section_inputs.collect(name, values))
        except InputError as error:  # a parameter or a file of its last run is gone
            reasons = [str(error)]
        if reasons:
            lines.append(f"{name} is left alone, though out of date: {'; '.join(reasons)}")
    return lines


def _check_executor(executor: str) -> None:
    if executor not in EXECUTORS:
        raise InputError(
            f"no executor is called '{executor}'", field="executor", cure=" or ".join(EXECUTORS)
        )
    if executor == "slurm" and shutil.which("sbatch") is None:
        raise InputError(
            "sbatch is not on PATH",
            field="executor",
            cure="run this on a node that submits to Slurm",
        )
