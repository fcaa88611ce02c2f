"""The reliability page: what the study's server was put through, and what came of it."""

from __future__ import annotations

from pathlib import Path

from artifact.book.measurements.collection_runs import (
    CollectionRuns,
    HostileRun,
    KillRun,
    LoadRun,
    read_runs,
)
from artifact.book.tables import show
from artifact.common.files import write_atomically
from artifact.workflow.results import Scalar, Table

PAGE = "reliability.md"


def write_page(folder: Path) -> None:
    """Write ``reliability.md``, which the book's page of that name includes."""
    write_atomically(folder / PAGE, as_markdown(read_runs()))


def as_markdown(runs: CollectionRuns) -> str:
    """Every run that was made: its table, and the command that makes it again."""
    made = [run for run in (runs.load, runs.kill, runs.hostile) if run is not None]
    parts = []
    for run in made:
        title, table = described(run)
        caption = f"{title}: {'held' if run.holds else 'NOT held'}"
        parts.append(f"## {title}\n\n{show(table, caption=caption).markup}\n")
        machine = f"{run.hardware.cpu}, {run.hardware.cores} cores"
        parts.append(f"```bash\n{run.command}\n```\n\nSeed {run.seed}; {machine}.\n")
    return "\n".join(parts)


def described(run: LoadRun | KillRun | HostileRun) -> tuple[str, Table]:
    """A run's title and its counts as a table."""
    match run:
        case LoadRun():
            title, rows = "Many people at once", _load(run)
        case KillRun():
            title, rows = "Killed while answers came in", _kill(run)
        case HostileRun():
            title, rows = "Malformed and hostile requests", _hostile(run)
    return title, Table(columns=["what", "count"], rows=rows, evidence="simulated")


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
        ["SIMULATED participants at work all the while", run.participants],
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
        ["answered otherwise than refused", len(run.not_refused)],
        ["database as before", run.database_unchanged],
        ["page's files as before", run.files_unchanged],
    ]
