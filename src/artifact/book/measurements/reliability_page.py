"""The book's page on reliability, written from the stored counts: a table of each run, whether it
held, and the command that makes it again."""

from __future__ import annotations

from pathlib import Path

from artifact.book.measurements.reliability import (
    BookKillRun,
    GeneratedFaults,
    HostileRun,
    KillRun,
    LoadRun,
    ReliabilityRun,
    ReliabilityRuns,
    read_runs,
)
from artifact.book.tables import show
from artifact.common.files import write_atomically
from artifact.workflow.results import Evidence, Scalar, Table

PAGE = "reliability.md"


def write_page(folder: Path) -> None:
    """Write ``reliability.md``, which the book's page of that name includes."""
    write_atomically(folder / PAGE, as_markdown(read_runs()))


def as_markdown(runs: ReliabilityRuns) -> str:
    """Every run that was made: its table, and the command that makes it again."""
    parts = []
    for run in runs.made:
        title, table = described(run)
        caption = f"{title}: {'passed' if run.holds else 'FAILED'}"
        parts.append(f"## {title}\n\n{show(table, caption=caption).markup}\n")
        machine = f"{run.hardware.cpu}, {run.hardware.cores} cores"
        seed = "" if isinstance(run, GeneratedFaults) else f"Seed {run.seed}; "
        parts.append(f"```bash\n{run.command}\n```\n\n{seed}{machine}.\n")
    return "\n".join(parts)


def described(run: ReliabilityRun) -> tuple[str, Table]:
    """A run's title and its counts as a table."""
    columns = ["what", "count"]
    match run:
        case LoadRun():
            title, rows = "Many people at once", _load(run)
        case KillRun():
            title, rows = "Killed while answers came in", _kill(run)
        case HostileRun():
            title, rows = "Malformed and hostile requests", _hostile(run)
        case BookKillRun():
            title, rows = "Building the book, killed midway", _book(run)
        case GeneratedFaults():
            title, rows = "Wrong command lines and damaged files", _faults(run)
            columns = ["what", "tried", "refused in one line", "still readable"]
    by_people = isinstance(run, LoadRun | KillRun | HostileRun)
    evidence: Evidence = "simulated" if by_people else "lookalike"
    return title, Table(columns=columns, rows=rows, evidence=evidence)


def _load(run: LoadRun) -> list[list[Scalar]]:
    return [
        ["SIMULATED participants, all at the same moment", run.participants],
        ["of these left half-way, and were replaced", run.left],
        ["finished", run.finished],
        ["finished, by group", ", ".join(f"{g} {n}" for g, n in sorted(run.groups.items()))],
        ["greatest difference between two groups while people arrived", run.widest],
        ["requests", run.exchange.requests],
        ["answers acknowledged", run.exchange.acknowledged],
        ["acknowledged answers lost", run.exchange.lost],
        ["rows doubled", run.exchange.doubled],
        ["answers stored that nobody sent", run.exchange.unasked],
    ]


def _kill(run: KillRun) -> list[list[Scalar]]:
    return [
        ["SIMULATED participants active throughout", run.participants],
        ["kill -9 and restart", run.kills],
        ["acknowledged before each kill", ", ".join(map(str, run.acknowledged_at_kills))],
        ["of these missing right after it", run.missing_at_kills],
        ["finished", run.finished],
        ["acknowledged answers lost", run.exchange.lost],
        ["rows doubled", run.exchange.doubled],
    ]


def _hostile(run: HostileRun) -> list[list[Scalar]]:
    return [
        ["requests", run.requests],
        ["by kind", ", ".join(f"{kind} {n}" for kind, n in sorted(run.kinds.items()))],
        [
            "answers by status",
            ", ".join(f"{code}: {n}" for code, n in sorted(run.statuses.items())),
        ],
        ["not refused", len(run.not_refused)],
        ["database as before", run.database_unchanged],
        ["page's files as before", run.files_unchanged],
    ]


def _book(run: BookKillRun) -> list[list[Scalar]]:
    at_work: list[list[Scalar]] = [[f"of these, {it}", n] for it, n in sorted(run.at_work.items())]
    return [
        ["kill -9 of the whole process group, and start again", run.kills],
        *at_work,
        ["programs that outlived their command by ten seconds", run.left_behind],
        ["builds that finished and were compared", run.builds],
        ["files of each compared, byte for byte", run.files],
        ["of these different from an undisturbed build's", len(run.differing)],
    ]


def _faults(run: GeneratedFaults) -> list[list[Scalar]]:
    return [[kind, it.tried, it.refused, it.read] for kind, it in run.kinds.items()]
