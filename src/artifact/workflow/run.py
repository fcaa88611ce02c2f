"""Run the sections whose inputs changed, and say why.

Which sections are out of date is decided here, by content; Snakemake then runs them, in
parallel or on a cluster.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from artifact import paths
from artifact.errors import CheckError, InputError
from artifact.workflow import inputs as section_inputs
from artifact.workflow import parameters

SNAKEFILE = Path(__file__).with_name("Snakefile")
EXECUTORS = ("local", "slurm")
ERROR_PREFIX = "artifact: "
"""Starts the line of a section's log that says in short what failed."""


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
        overrides: ``name=value``, before the profile; without any the profile holds again.
        executor: where sections run, ``local`` or ``slurm``.
        dry_run: say what would run and why, and run nothing.
        cores: of this machine, or jobs at a time on a cluster.

    Raises:
        InputError: if an argument is unknown; nothing has run then.
        CheckError: naming each section that failed.
    """
    _check_executor(executor)
    chosen = parameters.resolve(profile, overrides, section)
    today = [section_inputs.collect(name, values) for name, values in chosen.items()]
    print(f"profile {profile}, {' '.join(overrides) or 'as it is (no -p)'}")
    reasons = {inputs.section: section_inputs.reasons_to_run(inputs) for inputs in today}
    for name, why in reasons.items():
        print(explain(name, why, dry_run=dry_run))
    for line in _left_alone(set(chosen)):
        print(line)
    if dry_run:
        return
    for inputs in today:
        section_inputs.request(inputs)
    stale = [name for name, why in reasons.items() if why]
    if stale:
        _snakemake(stale, executor, cores)


def explain(section: str, reasons: Sequence[str], *, dry_run: bool = False) -> str:
    """Why `section` runs, or that it stays, in one line."""
    if not reasons:
        return f"{section} is up to date"
    return f"{section} {'would run' if dry_run else 'runs'}: {'; '.join(reasons)}"


def _left_alone(chosen: set[str]) -> list[str]:
    """A line for each section that was not chosen, but is out of date."""
    lines = []
    for name in parameters.SECTIONS:
        asked = section_inputs.requested(name)
        if name in chosen or asked is None:
            continue
        try:
            values = parameters.validate(name, asked.parameters)
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
        raise InputError("sbatch is not on PATH", field="executor",
                         cure="run this on a node that submits to Slurm")  # fmt: skip


def _snakemake(stale: Sequence[str], executor: str, cores: int) -> None:
    logs = paths.RESULTS / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (logs / f"{name}.log").unlink(missing_ok=True)
    targets = [f"results/{name}.json" for name in stale]
    command = [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(SNAKEFILE)),
        *("--directory", str(paths.ROOT), "--executor", executor),
        *("--cores", str(cores), "--jobs", str(cores), "--nocolor"),
        *("--rerun-triggers", "mtime", "--rerun-incomplete", "--keep-going"),
        *("--forcerun", *targets, "--", *targets),
    ]
    log = logs / "snakemake.log"
    with log.open("w", encoding="utf-8") as stream:
        done = subprocess.run(command, stderr=stream, check=False)
    if done.returncode:
        raise CheckError("\n".join(_failures(stale)) or _snakemake_failure(log))


def _failures(stale: Sequence[str]) -> list[str]:
    """What each failed section's log says in short."""
    found = []
    for name in stale:
        log = paths.RESULTS / "logs" / f"{name}.log"
        lines = log.read_text(encoding="utf-8").splitlines() if log.is_file() else []
        short = [line for line in lines if line.startswith(ERROR_PREFIX)]
        found += [line.removeprefix(ERROR_PREFIX) for line in short[-1:]]
    return found


def _snakemake_failure(log: Path) -> str:
    text = log.read_text(encoding="utf-8")
    if "LockException" in text:
        return (
            "another `artifact run` is at work here, or one was killed; "
            f"if none is, remove {paths.ROOT / '.snakemake' / 'locks'}"
        )
    last = next((line for line in reversed(text.splitlines()) if line.strip()), "no message")
    return f"snakemake failed: {last.strip()} (see {log})"
