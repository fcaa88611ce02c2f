"""How well the study's server holds up: the counts that ``benchmarks/study_*.py`` stored.

Each benchmark starts the real server as a process of its own, talks HTTP to it over the loopback,
and compares what was acknowledged with what the database holds afterwards. This module only reads
what they stored and writes the book's reliability page from it.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from artifact.book.tables import show
from artifact.common.files import read_record, write_atomically
from artifact.common.provenance import Hardware
from artifact.workflow.results import Scalar, Table

STORED = Path(__file__).with_suffix(".json")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Exchange(_Record):
    """What was acknowledged, set against what is stored.

    Attributes:
        requests: sent by participants, repetitions included.
        acknowledged: answers (one a trial) that the server said it had stored, of people who
            did not leave.
        lost: of these, the answers that the database lacks or holds differently.
        doubled: rows, of any table, beyond one for each participant and trial.
        unasked: stored answers that nobody sent.
    """

    requests: int
    acknowledged: int
    lost: int
    doubled: int
    unasked: int


class LoadRun(_Record):
    """Many participants at once.

    Attributes:
        participants: that arrived at the same moment.
        left: of these, left half-way; as many others arrived for them, again at once.
        finished: participants with a completion code.
        groups: finished participants by group.
        widest: greatest difference between two groups in any snapshot of the database taken
            while people arrived and nobody had left.
        snapshots: taken then.
        seconds: from the first request to the last.
        slowest_ms: time of the slowest acknowledgement, waiting in the server included.
    """

    command: str
    seed: int
    hardware: Hardware
    participants: int
    left: int
    finished: int
    groups: dict[str, int]
    widest: int
    snapshots: int
    seconds: float
    slowest_ms: float
    exchange: Exchange

    @property
    def holds(self) -> bool:
        """Nothing lost or doubled, everyone finished, the groups even."""
        return (
            _sound(self.exchange)
            and self.finished == self.participants
            and self.widest <= 1
            and max(self.groups.values()) - min(self.groups.values()) <= 1
        )


class KillRun(_Record):
    """The server killed with SIGKILL while answers came in, and started again.

    Attributes:
        participants: at work all the while; they repeat what was not acknowledged.
        kills: times that the server was killed.
        acknowledged_at_kills: answers acknowledged before each kill.
        missing_at_kills: of these, those that the database lacked right after the kill.
        finished: participants with a completion code in the end.
    """

    command: str
    seed: int
    hardware: Hardware
    participants: int
    kills: int
    acknowledged_at_kills: tuple[int, ...]
    missing_at_kills: int
    finished: int
    seconds: float
    exchange: Exchange

    @property
    def holds(self) -> bool:
        """Every acknowledged answer is there after each kill, and all could finish."""
        return (
            _sound(self.exchange)
            and self.missing_at_kills == 0
            and self.finished == self.participants
        )


class HostileRun(_Record):
    """Malformed and hostile requests against a server with participants in it.

    Attributes:
        requests: sent.
        kinds: requests by what is wrong with them.
        statuses: answers by HTTP status.
        not_refused: kinds of the requests that were answered otherwise than expected (always
            with a 4xx).
        closed: connections closed for a request that never came, besides `requests`.
        database_unchanged: the dump of the database is the same as before.
        files_unchanged: the page's files, the key and the list of files are the same as before.
        log_silent: the server's log holds no address, token, id or text of a request.
    """

    command: str
    seed: int
    hardware: Hardware
    requests: int
    kinds: dict[str, int]
    statuses: dict[str, int]
    not_refused: tuple[str, ...]
    closed: int
    database_unchanged: bool
    files_unchanged: bool
    log_silent: bool
    seconds: float

    @property
    def holds(self) -> bool:
        """All were refused, nothing changed, and nothing was written down."""
        unchanged = self.database_unchanged and self.files_unchanged
        return not self.not_refused and unchanged and self.log_silent


class CollectionRuns(_Record):
    """The runs as they were last made; None where one was not made yet."""

    load: LoadRun | None = None
    kill: KillRun | None = None
    hostile: HostileRun | None = None


def read_runs(path: Path = STORED) -> CollectionRuns:
    """The stored runs.

    Raises:
        InputError: there are none, or a field is not as it should be.
    """
    return read_record(path, CollectionRuns)


def store_run(run: LoadRun | KillRun | HostileRun, path: Path = STORED) -> None:
    """Replace the stored run of its kind by `run`."""
    runs = read_runs(path) if path.exists() else CollectionRuns()
    match run:
        case LoadRun():
            runs = runs.model_copy(update={"load": run})
        case KillRun():
            runs = runs.model_copy(update={"kill": run})
        case HostileRun():
            runs = runs.model_copy(update={"hostile": run})
    write_atomically(path, runs.model_dump_json(indent=2) + "\n")


def _sound(exchange: Exchange) -> bool:
    return exchange.lost == exchange.doubled == exchange.unasked == 0


# The page

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
