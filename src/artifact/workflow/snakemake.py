"""Hand sections and the runs that they show to Snakemake, here or on a cluster, retry once what the
cluster ended, and say in a line why each job that failed did so."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Container, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from artifact.common import paths
from artifact.common.errors import ERROR_PREFIX, CheckError, InputError, InputsError
from artifact.common.files import writing
from artifact.workflow import processes, run_jobs, section_inputs
from artifact.workflow.run_jobs import Job, mark
from artifact.workflow.section_inputs import Inputs
from artifact.workflow.sections import SECTIONS

SNAKEFILE = Path(__file__).with_name("Snakefile")
SLURM_RUN = re.compile(r"^SLURM run ID: (\S+)$", re.MULTILINE)
"""Snakemake's name for all the jobs that it submits in one run."""

KILLED_BY_SLURM = re.compile(r"^slurmstepd\S*: error: (.+)$", re.MULTILINE)
"""The node's own message in a job's log: over its memory, over its time, or cancelled."""

OVER_TIME = re.compile(
    r"status is: '(?:TIMEOUT|NODE_FAIL|BOOT_FAIL)'|DUE TO (?:TIME LIMIT|NODE FAILURE|PREEMPTION)"
)
"""A job that Slurm ended for its time, or whose node was lost; it is retried once."""

EXIT_CODE = re.compile(r"^exit code (\d+)$", re.MULTILINE)
"""What the shell notes in a job's log; above `SIGNALLED`, the signal that ended it."""

SIGNALLED = 128

NO_MESSAGE = "None"
"""Snakemake's message of a job that failed by itself."""

PROBE_BYTES = 1 << 20
"""Written to see whether a disk is full: more than any log holds."""

FAILED_JOB = re.compile(
    r"^Error in rule \w+:\n"
    r"    message: (?P<message>.*?)(?:For further error details.*?)?(?:\n    sbatch call:.*?)?\n"
    r"    jobid: .*?\n"
    r"    log: results/logs/(?P<name>\w+)\.log(?:, (?P<slurm_log>.+?))? \(check log",
    re.MULTILINE | re.DOTALL,
)


def execute(
    stale: Sequence[Inputs],
    left: Sequence[Job],
    executor: str,
    cores: int,
    held: int,
    memory_mb: int | None = None,
) -> None:
    """Do what is left of the runs, and execute the notebooks of the sections with these inputs.

    Args:
        stale: inputs that were requested, one or more sections'.
        left: jobs still to be done for the runs that they show; their specs are written.
        executor: Snakemake's, ``local`` or ``slurm``.
        cores: of this machine, or jobs at a time on a cluster.
        held: file descriptor that Snakemake keeps open.
        memory_mb: that all jobs here may take together; None for what is free.

    Raises:
        InputsError: a line for each run and section that failed, if input is at fault in all.
        CheckError: such lines otherwise; a line for each section that still has no page for its
            inputs, unless for want of a run.
        StoppedError: if told to stop; no job, kernel or Snakemake is left then.
    """
    sections = [inputs.section for inputs in stale]
    titles = {job.name: job.title for job in left}
    titles |= {name: f"section {name}" for name in SECTIONS if name in sections}
    log = _snakemake_log()
    with writing(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        for path in (log, *map(_log, titles)):
            path.unlink(missing_ok=True)
    ended = _run(_command(sections, left, executor, cores, memory_mb), held)
    failed = dict(ended.failed)
    if again := [name for name in titles if name in failed and _ended_by_cluster(failed[name])]:
        for name in again:
            print(f"{_failure(failed.pop(name), titles[name])}; trying again, from where it was")
        once_more = [job for job in left if job.name in again]
        sections = [it.section for it in stale if _may_run(it, failed)]
        ended = _run(_command(sections, once_more, executor, cores, memory_mb), held)
        failed |= ended.failed
    if failures := [_failure(failed[name], titles[name]) for name in titles if name in failed]:
        of_input = all(_exit_code(name) == InputError.exit_code for name in failed)
        raise (InputsError if of_input else CheckError)("\n".join(failures))
    if ended.code:
        cause = _last_line(ended.told) or _unwritable() or "it ended without a message"
        raise CheckError(f"snakemake failed: {cause} (see {_shown(log)})")
    reasons = {each.section: section_inputs.reasons_to_run(each) for each in stale}
    if unseen := [f"{name} ({'; '.join(why)})" for name, why in reasons.items() if why]:
        raise CheckError(
            f"{', '.join(unseen)}: executed, but the page is missing; if a shared file "
            "system lags behind, run the same command again in a minute"
        )


@dataclass(frozen=True, slots=True)
class _Ended:
    """How one execution of Snakemake ended.

    Attributes:
        code: its exit code.
        told: what it wrote.
        failed: what it wrote of each job that failed, by the job's name.
    """

    code: int
    told: str
    failed: dict[str, re.Match[str]]


def _run(command: Sequence[str], held: int) -> _Ended:
    """Execute Snakemake, whose messages are appended to its log."""
    log = _snakemake_log()
    sys.stdout.flush()  # what was printed so far must come before the jobs' output
    try:
        with log.open("a", encoding="utf-8") as stream:
            begun = stream.tell()
            code = processes.run(command, stderr=stream, held=[held])
    except processes.StoppedError:
        _cancel_jobs(log)
        raise
    told = log.read_bytes()[begun:].decode("utf-8", errors="replace")
    return _Ended(code, told, {job["name"]: job for job in FAILED_JOB.finditer(told)})


def _ended_by_cluster(job: re.Match[str]) -> bool:
    """Whether a job failed through no fault of its own, and resumes where it was if retried."""
    message = " ".join(job["message"].split())
    return bool(OVER_TIME.search(message) or OVER_TIME.search(_slurm_log(job)[1]))


def _may_run(inputs: Inputs, failed: Container[str]) -> bool:
    """Whether a section has no page for its inputs yet, and can get one: it waits for all its runs,
    and Snakemake would redo those that failed by themselves."""
    waits_for = run_jobs.marks(inputs.section)
    mine = [inputs.section, *(Path(path).name for path in waits_for)]
    return bool(section_inputs.reasons_to_run(inputs)) and not any(it in failed for it in mine)


def _command(
    sections: Sequence[str], left: Sequence[Job], executor: str, cores: int, memory_mb: int | None
) -> list[str]:
    targets = [mark(name) for name in (*sections, *(job.name for job in left))]
    return [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(SNAKEFILE)),
        *("--directory", str(paths.ROOT), "--executor", executor),
        *("--cores", str(cores), "--jobs", str(cores), "--nocolor"),
        # Snakemake's own lock outlives a killed run; `lock.exclusive` does not.
        *("--nolock", "--rerun-triggers", "mtime", "--rerun-incomplete", "--keep-going"),
        # Asked through sacct, the plugin waits for ever for a job that someone cancelled, and
        # for every job where Slurm keeps no accounts.
        *(("--slurm-status-command", "squeue") if executor == "slurm" else ()),
        *(("--resources", *_of_this_machine(memory_mb)) if executor == "local" else ()),
        *("--forcerun", *targets, "--", *targets),
    ]


def _of_this_machine(memory_mb: int | None) -> list[str]:
    """What jobs share here: a job that asks for more than all of it runs alone."""
    # Every run takes the first GPU that it sees.
    return ["gpu=1", f"mem_mb={shared_memory_mb(memory_mb)}"]


def shared_memory_mb(limit_mb: int | None = None) -> int:
    """Memory in MB that no program holds now, up to a limit."""
    free = int(psutil.virtual_memory().available // 1_000_000)
    return free if limit_mb is None else min(free, limit_mb)


def _cancel_jobs(log: Path) -> None:
    """Take the run's jobs out of Slurm's queue, including those that Snakemake lost track of."""
    for name in SLURM_RUN.findall(log.read_text(encoding="utf-8", errors="replace")):
        subprocess.run(["scancel", "--name", name], check=False)


def _failure(job: re.Match[str], title: str) -> str:
    """Why a job failed: its own message, else the node's, the shell's or Snakemake's."""
    log = _log(job["name"])
    own = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    short = [line for line in own.splitlines() if line.startswith(ERROR_PREFIX)]
    if short:
        return short[-1].removeprefix(ERROR_PREFIX)
    slurm_log, said = _slurm_log(job)
    if killed := KILLED_BY_SLURM.search(said):
        return f"{title} failed: {killed[1].strip(' *')} (see {_shown(slurm_log)})"
    ended = _exit_code(job["name"])
    if ended > SIGNALLED:
        name = signal.Signals(ended - SIGNALLED).name
        cause = f"it was killed by {name}{' (out of memory?)' if name == 'SIGKILL' else ''}"
    else:
        cause, log = " ".join(job["message"].split()), _snakemake_log()
    if cause == NO_MESSAGE:
        cause = _unwritable() or "it ended without a message"
    return f"{title} failed: {cause} (see {_shown(log)})"


def _exit_code(name: str) -> int:
    """The exit code of a job's process, from its log; 0 if it was not noted."""
    log = _log(name)
    own = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    ended = EXIT_CODE.search(own)
    return int(ended[1]) if ended else 0


def _unwritable() -> str:
    """Why nothing can be written beside the logs, so that a job's own words are lost; or ""."""
    probe = _log("probe")
    try:
        with writing(probe.parent):
            probe.write_bytes(b"\0" * PROBE_BYTES)
    except InputError as error:
        return str(error)
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    return ""


def _slurm_log(job: re.Match[str]) -> tuple[Path, str]:
    """Slurm's log file of a job, and its content."""
    path = Path(job["slurm_log"] or "nowhere")
    return path, path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _shown(path: Path) -> str:
    return str(path).removeprefix(f"{paths.ROOT}{os.sep}")


def _log(name: str) -> Path:
    return paths.RESULTS / "logs" / f"{name}.log"


def _snakemake_log() -> Path:
    return paths.RESULTS / "logs" / "snakemake.log"


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
