"""What Snakemake and Slurm (22.05) write when a job fails, word for word, and our line for it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest

from artifact.common import paths
from artifact.common.errors import CheckError
from artifact.sft.spec import resolve
from artifact.workflow import processes, section_inputs, snakemake
from artifact.workflow.run_jobs import Job
from artifact.workflow.section_inputs import Inputs
from artifact.workflow.sections import UserStudyParameters

SECTION = "user_study"
SLURM_LOG = ".snakemake/slurm_logs/rule_section/user_study/7.log"
STARTED = """\
Building DAG of jobs...
SLURM run ID: 98e367f6-432a-4df8-80aa-8b58c3b8d108
Execute 1 jobs...
"""
FAILED = """\
[Mon Nov 23 02:59:35 2026]
Error in rule section:
    message: {message}
    jobid: 0
    input: results/inputs/user_study.json
    output: results/done/user_study
    log: {logs} (check log file(s) for error details)
    shell:
        python3 -m artifact.workflow.execute user_study 2>> results/logs/user_study.log
        (command exited with non-zero exit code)
Exiting because a job execution failed. Look above for error messages
WorkflowError:
At least one job did not complete successfully.
"""
ON_NODE = (
    "SLURM-job '7' failed, SLURM status is: 'FAILED'. Detailed failure reason unavailable "
    "(status command is not 'sacct').For further error details see the cluster/cloud log and "
    "the log files of the involved rule(s)."
)
MEMORY = """\
srun: cluster configuration lacks support for cpu binding
slurmstepd-vm: error: StepId=7.0 exceeded memory limit (1619529728 > 629145600), being killed
slurmstepd-vm: error: *** STEP 7.0 ON vm CANCELLED AT 2026-11-23T02:59:05 ***
srun: error: vm: task 0: Killed
"""
CGROUP = "slurmstepd: error: Detected 1 oom_kill event in StepId=7.0. Some of the step tasks ...\n"
TIME = """\
slurmstepd-vm: error: *** STEP 7.0 ON vm CANCELLED AT 2026-11-23T03:06:38 DUE TO TIME LIMIT ***
"""
REFUSED = """\
SLURM sbatch failed. The error message was 'sbatch: error: invalid partition specified: nope
sbatch: error: Batch job submission failed: Invalid partition name specified'.
    sbatch call:
        sbatch --parsable --job-name 98e367f6 -p nope --wrap="python3 -m snakemake"
For further error details see the cluster/cloud log and the log files of the involved rule(s)."""
NO_ACCOUNT = """\
Job submission failed with exception: The given account nobody appears to be invalid. Available \
accounts:
root, mygroup
For further error details see the cluster/cloud log and the log files of the involved rule(s)."""


@pytest.fixture
def stale(write_notebook) -> list[Inputs]:
    write_notebook(SECTION)
    return [section_inputs.collect(SECTION, UserStudyParameters())]


@pytest.fixture
def snakemake_ends(monkeypatch: pytest.MonkeyPatch):
    """Let Snakemake end with a code, its log, the section's and the job's; and then otherwise."""

    def ends(
        code: int, log: str, own: str = "", node: str = "", then: tuple[int, str] | None = None
    ) -> list[Sequence[str]]:
        given: list[Sequence[str]] = []
        later = (code, log) if then is None else then

        def run(command: Sequence[str], stderr: IO[str], held: Sequence[int]) -> int:
            given.append(command)
            code_now, log_now = (code, log) if len(given) == 1 else later
            stderr.write(log_now)
            snakemake._log(SECTION).write_text(own)
            on_node = paths.ROOT / SLURM_LOG
            on_node.parent.mkdir(parents=True, exist_ok=True)
            on_node.write_text(node)
            if code_now < 0:
                raise processes.StoppedError(-code_now)
            return code_now

        monkeypatch.setattr(processes, "run", run)
        return given

    return ends


@pytest.mark.parametrize(
    ("message", "own", "node", "line"),
    [
        (
            "None",
            "Traceback ...\nartifact: section user_study failed in cell 3\nexit code 1\n",
            "",
            "section user_study failed in cell 3",
        ),
        (
            "None",
            "exit code 137\n",
            "",
            "section user_study failed: it was killed by SIGKILL (out of memory?) "
            "(see results/logs/user_study.log)",
        ),
        (
            "None",
            "exit code 143\nnoise of the kernel\n",
            "",
            "section user_study failed: it was killed by SIGTERM (see results/logs/user_study.log)",
        ),
        (
            ON_NODE,
            "",
            MEMORY,
            "section user_study failed: StepId=7.0 exceeded memory limit (1619529728 > 629145600), "
            f"being killed (see {SLURM_LOG})",
        ),
        (
            ON_NODE,
            "exit code 137\n",
            CGROUP,
            "section user_study failed: Detected 1 oom_kill event in StepId=7.0. Some of the step "
            f"tasks ... (see {SLURM_LOG})",
        ),
        (
            ON_NODE,
            "",
            TIME,
            "section user_study failed: STEP 7.0 ON vm CANCELLED AT 2026-11-23T03:06:38 DUE TO "
            f"TIME LIMIT (see {SLURM_LOG})",
        ),
        (
            ON_NODE,
            "",
            "",
            "section user_study failed: SLURM-job '7' failed, SLURM status is: 'FAILED'. Detailed "
            "failure reason unavailable (status command is not 'sacct'). "
            "(see results/logs/snakemake.log)",
        ),
        (
            REFUSED,
            "",
            "",
            "section user_study failed: SLURM sbatch failed. The error message was 'sbatch: error: "
            "invalid partition specified: nope sbatch: error: Batch job submission failed: Invalid "
            "partition name specified'. (see results/logs/snakemake.log)",
        ),
        (
            NO_ACCOUNT,
            "",
            "",
            "section user_study failed: Job submission failed with exception: The given account "
            "nobody appears to be invalid. Available accounts: root, mygroup "
            "(see results/logs/snakemake.log)",
        ),
    ],
)
def test_a_line_for_each_way_to_fail(
    stale: list[Inputs], snakemake_ends, message: str, own: str, node: str, line: str
) -> None:
    logs = "results/logs/user_study.log"
    logs += f", {paths.ROOT / SLURM_LOG}" if message == ON_NODE else ""
    snakemake_ends(1, STARTED + FAILED.format(message=message, logs=logs), own, node)
    with pytest.raises(CheckError) as caught:
        snakemake.execute(stale, [], "slurm", cores=2, held=0)
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (FAILED.format(message="None", logs="results/logs/user_study.log"), "section user_study"),
        ("", "snakemake"),
    ],
)
def test_what_a_full_disk_left_unsaid_is_said(
    stale: list[Inputs], snakemake_ends, monkeypatch: pytest.MonkeyPatch, told: str, line: str
) -> None:
    def full(_path: Path, _content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    snakemake_ends(1, told)
    for write, cause in (
        (Path.write_bytes, "it ended without a message"),
        (full, "{logs}: cannot be written (No space left on device); free space there"),
    ):
        monkeypatch.setattr(Path, "write_bytes", write)
        with pytest.raises(CheckError) as caught:
            snakemake.execute(stale, [], "slurm", cores=2, held=0)
        said = cause.format(logs=paths.RESULTS / "logs")
        assert str(caught.value) == f"{line} failed: {said} (see results/logs/snakemake.log)"
        assert not list(paths.RESULTS.glob("logs/probe*"))


def test_what_fails_before_any_section_is_snakemakes_last_line(
    stale: list[Inputs], snakemake_ends
) -> None:
    snakemake_ends(
        1, "Using profile\nError: profile directory given, but no config.yaml found.\n\n"
    )
    with pytest.raises(CheckError) as caught:
        snakemake.execute(stale, [], "slurm", cores=2, held=0)
    assert str(caught.value) == (
        "snakemake failed: Error: profile directory given, but no config.yaml found. "
        "(see results/logs/snakemake.log)"
    )


def test_a_page_that_does_not_show_is_no_success(stale: list[Inputs], snakemake_ends) -> None:
    snakemake_ends(0, STARTED)
    with pytest.raises(
        CheckError, match=r"^user_study \(it has .*\): executed, but the page is missing"
    ):
        snakemake.execute(stale, [], "slurm", cores=2, held=0)


@pytest.mark.parametrize(("executor", "asked"), [("local", False), ("slurm", True)])
def test_slurm_is_asked_what_its_queue_says(
    stale: list[Inputs], snakemake_ends, executor: str, asked: bool
) -> None:
    given = snakemake_ends(0, STARTED)
    with pytest.raises(CheckError):
        snakemake.execute(stale, [], executor, cores=3, held=0)
    command = " ".join(given[0])
    assert f"--executor {executor} --cores 3 --jobs 3" in command
    assert ("--slurm-status-command squeue" in command) == asked
    shared = re.search(r" --resources gpu=1 mem_mb=(\d+) ", command)
    assert (shared is not None) == (executor == "local")
    assert command.endswith("--forcerun results/done/user_study -- results/done/user_study")


@pytest.mark.parametrize(("limit", "shared"), [(None, 7000), (3000, 3000), (9000, 7000)])
def test_jobs_share_the_memory_that_is_free_up_to_a_limit(
    stale: list[Inputs],
    snakemake_ends,
    monkeypatch: pytest.MonkeyPatch,
    limit: int | None,
    shared: int,
) -> None:
    free = SimpleNamespace(available=7_000_999_999)
    monkeypatch.setattr(snakemake.psutil, "virtual_memory", lambda: free)
    given = snakemake_ends(0, STARTED)
    with pytest.raises(CheckError):
        snakemake.execute(stale, [], "local", cores=2, held=0, memory_mb=limit)
    assert f" mem_mb={shared} " in " ".join(given[0])


def test_a_run_that_fails_is_a_line_of_its_own(stale: list[Inputs], snakemake_ends) -> None:
    job = Job(resolve({"model": "tiny-llama", "dataset": "babi", "variant": "correct"}))
    failed = FAILED.replace("section", "run").replace(SECTION, job.name)
    given = snakemake_ends(
        1, STARTED + failed.format(message="None", logs=f"results/logs/{job.name}.log")
    )
    with pytest.raises(CheckError) as caught:
        snakemake.execute(stale, [job], "local", cores=2, held=0)
    assert str(caught.value) == (
        "run tiny-llama on babi, correct, seed 0 failed: it ended without a message "
        "(see results/logs/snakemake.log)"
    )
    marks = f"results/done/user_study results/done/{job.name}"
    assert " ".join(given[0]).endswith(f"--forcerun {marks} -- {marks}")


BY_CLUSTER = ["TIMEOUT", "NODE_FAIL"]


def of_runs(jobs: Sequence[Job], statuses: Sequence[str]) -> str:
    """Snakemake's log when Slurm ended these runs' jobs with such statuses."""
    entries = [
        FAILED.replace("section", "run")
        .replace(SECTION, job.name)
        .format(
            message=ON_NODE.replace("FAILED", status),
            logs=f"results/logs/{job.name}.log, {paths.ROOT}/nowhere.log",
        )
        for job, status in zip(jobs, statuses, strict=True)
    ]
    return STARTED + "".join(entries)


@pytest.fixture
def jobs() -> list[Job]:
    small = {"model": "tiny-llama", "dataset": "babi", "variant": "correct"}
    return [Job(resolve(small | {"seed": seed})) for seed in range(3)]


@pytest.mark.parametrize("status", BY_CLUSTER)
def test_a_job_that_the_cluster_ended_is_tried_once_more(
    stale: list[Inputs], jobs: list[Job], snakemake_ends, status: str, capsys
) -> None:
    given = snakemake_ends(1, of_runs(jobs[:1], [status]), then=(0, STARTED))
    with pytest.raises(CheckError, match="the page is missing"):  # no one executed it
        snakemake.execute(stale, jobs, "slurm", cores=2, held=0)
    assert len(given) == 2
    marks = f"results/done/{SECTION} results/done/{jobs[0].name}"
    assert " ".join(given[1]).endswith(f"--forcerun {marks} -- {marks}")
    assert f"'{status}'" in capsys.readouterr().out
    told = (paths.RESULTS / "logs" / "snakemake.log").read_text()
    assert told.count("SLURM run ID") == 2, "both are in the log, for scancel"


def test_a_job_that_ends_so_twice_is_a_failure(
    stale: list[Inputs], jobs: list[Job], snakemake_ends
) -> None:
    given = snakemake_ends(1, of_runs(jobs[:1], ["TIMEOUT"]))
    with pytest.raises(CheckError) as caught:
        snakemake.execute(stale, jobs, "slurm", cores=2, held=0)
    assert len(given) == 2
    assert str(caught.value).startswith(f"{jobs[0].title} failed: SLURM-job '7' failed")


def test_a_job_that_someone_cancelled_is_not_and_holds_its_section_up_alone(
    stale: list[Inputs], jobs: list[Job], snakemake_ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        snakemake.run_jobs, "marks", lambda section: [snakemake.mark(it.name) for it in jobs]
    )
    log = of_runs(jobs[:2], ["CANCELLED", "TIMEOUT"])
    given = snakemake_ends(1, log, then=(0, STARTED))
    with pytest.raises(CheckError) as caught:
        snakemake.execute(stale, jobs, "slurm", cores=2, held=0)
    assert len(given) == 2
    assert " ".join(given[1]).endswith(f" -- results/done/{jobs[1].name}")
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{jobs[0].title} failed: ")
    assert "SLURM status is: 'CANCELLED'" in line


def test_a_stopped_run_takes_its_jobs_out_of_the_queue(
    stale: list[Inputs], snakemake_ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scancel = tmp_path / "scancel"
    scancel.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/cancelled\n')
    scancel.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    snakemake_ends(-15, STARTED)
    with pytest.raises(processes.StoppedError, match="SIGTERM"):
        snakemake.execute(stale, [], "slurm", cores=2, held=0)
    cancelled = (tmp_path / "cancelled").read_text()
    assert cancelled == "--name 98e367f6-432a-4df8-80aa-8b58c3b8d108\n"
